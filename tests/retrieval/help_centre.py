"""A small help centre, and questions whose answers stand in known chunks of it."""

from __future__ import annotations

from evalfirst.evals import EvalSet, Sample

ARTICLES = {
    "billing/invoices.md": """---
title: Invoices and payments
updated: 2026-02-10
tags: [billing]
---
# Invoices and payments

## Change the billing address

Open the panel, choose *Account* and then *Billing address*. The next invoice shows the new address.
Invoices that were sent already stay as they are.

## Pay by bank transfer

Send the amount to the account on the invoice and name the invoice number. It takes up to three
working days until we see the money.

## Get a refund

You may cancel a new hosting plan within 30 days and get all your money back. Domain names are not
refunded.
""",
    "domains/transfer.md": """# Move a domain to us

## What you need

Unlock the domain at the old registrar and ask them for the authorisation code. The transfer takes
five to seven days.

## Nameservers

After the transfer set the nameservers to ns1.quillmere.example and ns2.quillmere.example. A change
needs up to 48 hours until it is known everywhere.

## DNS-01 challenge

For a wildcard certificate add the TXT record `_acme-challenge`.
""",
    "email/trouble.md": """# Trouble with e-mail

## Messages land in the spam folder

Add an SPF and a DKIM record for your domain, so that other servers trust your messages.

## Error 550

The server of the recipient refuses your message. Look at the text after 550: mostly the mailbox
does not exist or is full.

## Set up Thunderbird

The incoming server is imap.quillmere.example, port 993. The outgoing server uses port 465.
""",
    "website/php.md": """# PHP and databases

## Choose the PHP version

PHP 8.3 is the default. Old applications may need PHP 7.4: choose it in the panel under *Runtime*.

## Raise the memory limit

Put the line below into `.user.ini`:

```ini
memory_limit = 256M
; # this is no heading
```

## Restore a backup

We keep a copy of your files and databases for 14 days. Choose a day and click *Restore*.
""",
    "access/sign_in.md": """# Sign in

## You forgot your password

Click *Forgotten password* on the sign-in page. We send a link that is valid for one hour.

## Two-factor codes

If you lost your phone, use one of the recovery codes that you printed.
""",
}

# question -> chunk; the second half avoids the words of the article
QUESTIONS = {
    "How do I change the billing address on my invoice?": (
        "billing/invoices.md#change-the-billing-address"
    ),
    "How long does a bank transfer take?": "billing/invoices.md#pay-by-bank-transfer",
    "Can I get a refund for my hosting plan?": "billing/invoices.md#get-a-refund",
    "Where do I find the authorisation code to transfer my domain?": (
        "domains/transfer.md#what-you-need"
    ),
    "Which nameservers do I have to enter?": "domains/transfer.md#nameservers",
    "What does error 550 mean?": "email/trouble.md#error-550",
    "What are the Thunderbird settings?": "email/trouble.md#set-up-thunderbird",
    "Can I still use PHP 7.4?": "website/php.md#choose-the-php-version",
    "How do I raise memory_limit?": "website/php.md#raise-the-memory-limit",
    "I lost my phone and cannot enter the two-factor code": "access/sign_in.md#two-factor-codes",
    "I want my cash returned": "billing/invoices.md#get-a-refund",
    "My mails are treated as junk": "email/trouble.md#messages-land-in-the-spam-folder",
    "Undo yesterday's changes to my site": "website/php.md#restore-a-backup",
    "I can't remember my login": "access/sign_in.md#you-forgot-your-password",
    "We moved office, please update our location on the bill": (
        "billing/invoices.md#change-the-billing-address"
    ),
    "Switch my web address over from another provider": "domains/transfer.md#what-you-need",
}


def questions() -> EvalSet:
    rows = enumerate(QUESTIONS.items())
    return EvalSet(tuple(Sample(str(n), q, [a]) for n, (q, a) in rows), "questions")
