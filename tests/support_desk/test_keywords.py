"""The keyword baseline: fair, quick, and a category for everything."""

from __future__ import annotations

import pytest

from evalfirst.stats import wilson
from graders.support_desk.keywords import keyword_baseline
from graders.support_desk.tickets import CATEGORIES, gold, tickets


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("I was charged twice on invoice 20418, please refund one.", "billing"),
        ("Please add an MX record for kiln.example.", "domains"),
        ("My mailbox is full and Outlook shows IMAP errors.", "email"),
        ("WordPress shows a white page since the PHP update.", "website"),
        ("The authenticator app rejects my two-factor code.", "access"),
        ("I am not a customer yet. Do you offer a student discount?", "other"),
        ("", "other"),
        ("???", "other"),
    ],
)
def test_plain_cases_go_where_the_guide_sends_them(text: str, category: str) -> None:
    assert keyword_baseline(text) == category


def test_an_attack_outranks_the_product() -> None:
    assert keyword_baseline("Our WordPress site was hacked, there is malware.") == "access"


def test_the_newest_message_outweighs_the_quoted_ones() -> None:
    newest = "Thanks, that works. Now my mailbox rejects every attachment via SMTP."
    older = "\n\n> Please refund invoice 7, I was charged twice on my credit card."
    assert keyword_baseline(newest + older) == "email"


def test_it_is_no_straw_man() -> None:
    asked = tickets()
    answers = [keyword_baseline(ticket.text) for ticket in asked]
    assert set(answers) == set(CATEGORIES)
    right = sum(a == gold()[t.id].category for a, t in zip(answers, asked, strict=True))
    low, _ = wilson(right, len(asked))
    assert low > 0.5
