"""Chunks: nothing lost, nothing twice, and ids that stay."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalfirst.retrieval import BadArticles, chunk_article, chunk_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_a_section_is_a_chunk_with_the_path_of_its_headings() -> None:
    text = "Hello.\n\n# Refunds\n\nFor all.\n\n## Within 30 days\n\nFull.\n\n# Other\n\nMore.\n"
    chunks = chunk_article(text, "billing.md")
    assert [(c.id, c.headings, c.text) for c in chunks] == [
        ("billing.md", (), "Hello."),
        ("billing.md#refunds", ("Refunds",), "For all."),
        ("billing.md#within-30-days", ("Refunds", "Within 30 days"), "Full."),
        ("billing.md#other", ("Other",), "More."),
    ]
    assert chunks[2].searched == "Refunds\nWithin 30 days\nFull."


def test_a_repeated_heading_gets_a_number_that_no_other_heading_has() -> None:
    chunks = chunk_article("# Note\n\na\n\n# Note 2\n\nb\n\n# Note\n\nc\n\n# Note\n\nd\n")
    ids = [c.id.partition("#")[2] for c in chunks]
    assert ids == ["note", "note-2", "note-3", "note-4"]


def test_an_id_stays_while_the_heading_does() -> None:
    before = chunk_article("# A\n\none\n\n# B\n\ntwo\n")
    after = chunk_article("# New\n\nzero\n\n# A\n\nnow longer than it was\n\n# B\n\ntwo\n")
    assert {c.id for c in before} < {c.id for c in after}


def test_headings_are_read_as_people_see_them() -> None:
    chunks = chunk_article("# Use `ssh` & *keys* [here](x.md)\n\na\n\nSecond\n------\n\nb\n")
    assert [c.headings for c in chunks] == [
        ("Use ssh & keys here",),
        ("Use ssh & keys here", "Second"),
    ]
    assert chunks[0].id == "article.md#use-ssh-keys-here"


@pytest.mark.parametrize(
    "block",
    [
        "```sh\n# no heading\nls\n```",
        "~~~\n# no heading\n~~~",
        "    # no heading\n    ls",
        "- item\n  # inside the item",
        "> # inside the quotation",
        "| # a | b |\n|---|---|\n| 1 | 2 |",
    ],
)
def test_a_number_sign_inside_a_block_is_no_heading(block: str) -> None:
    (chunk,) = chunk_article(f"# Title\n\n{block}\n")
    assert chunk.headings == ("Title",)
    assert chunk.text == block


def test_a_heading_that_stands_alone_is_found_and_one_above_others_is_no_chunk() -> None:
    chunks = chunk_article("# All\n\n## Alone\n\n## With text\n\na\n")
    assert [(c.id, c.text) for c in chunks] == [
        ("article.md#alone", ""),
        ("article.md#with-text", "a"),
    ]
    assert "Alone" in chunks[0].searched


def test_long_sections_are_cut_between_paragraphs_then_items_then_sentences() -> None:
    paragraph = "One two three. Four five six! Seven eight nine ten?"
    items = "- red green blue\n- more of it\n- and the last"
    chunks = chunk_article(f"# T\n\nShort one.\n\n{paragraph}\n\n{items}\n", max_words=6)
    assert [c.text for c in chunks] == [
        "Short one.\n\nOne two three.",
        "Four five six!",
        "Seven eight nine ten?",
        "- red green blue",
        "- more of it",
        "- and the last",
    ]
    assert [c.id for c in chunks][:3] == ["article.md#t", "article.md#t.2", "article.md#t.3"]


def test_a_sentence_without_end_is_cut_into_words() -> None:
    chunks = chunk_article(" ".join(["word"] * 25), max_words=10)
    assert [c.words for c in chunks] == [10, 10, 5]


@pytest.mark.parametrize("block", ["```\n{}\n```", "| a |\n|---|\n| {} |", "<p>\n{}\n</p>"])
def test_code_tables_and_html_stay_whole(block: str) -> None:
    whole = block.format(" ".join(["x = 1;"] * 50))
    chunks = chunk_article(f"# T\n\nBefore it.\n\n{whole}\n\nAfter it.\n", max_words=10)
    assert [c.text for c in chunks] == ["Before it.", whole, "After it."]


_LINE = st.sampled_from(
    [
        "# head{0}",
        "## sub{0} `head{0}b`",
        "word{0} and more{0} words. Another{0} one{0}.",
        "- item{0}",
        "  nested{0}",
        "1. first{0}",
        "```",
        "~~~",
        "> quote{0}",
        "    code{0}",
        "| a{0} | b{0} |",
        "|---|---|",
        "---",
        "===",
        "",
        "<div> html{0}",
        "[ref{0}]: target{0}.md",
    ]
)
_NUMBERED = re.compile(r"[a-zA-Z]+\d+b?")


@given(st.lists(_LINE, max_size=25), st.integers(1, 12))
def test_every_word_of_any_article_is_in_one_chunk_or_in_a_heading(
    lines: list[str], limit: int
) -> None:
    text = "\n".join(line.format(n) for n, line in enumerate(["start{0}", *lines]))
    chunks = chunk_article(text, max_words=limit)
    assert len({c.id for c in chunks}) == len(chunks)
    found = Counter(word for c in chunks for word in _NUMBERED.findall(c.text))
    above = {word for c in chunks for h in c.headings for word in _NUMBERED.findall(h)}
    for word in _NUMBERED.findall(text):
        assert found[word] + (word in above) == 1, word


@given(st.text(), st.integers(1, 50))
def test_any_text_at_all_can_be_chunked(text: str, limit: int) -> None:
    try:
        chunks = chunk_article(f"x\n{text}", max_words=limit)
    except BadArticles:
        pytest.fail("a text without front matter is always an article")
    assert chunks
    assert all(c.id.startswith("article.md") for c in chunks)


# --- files and front matter


def test_front_matter_becomes_metadata_and_dates_become_text() -> None:
    front = "title: Refunds\nupdated: 2026-03-31\ntags: billing, money\nowner: Kim"
    (chunk,) = chunk_article(f"---\n{front}\n---\n# R\n\na\n")
    assert chunk.metadata == {
        "title": "Refunds",
        "updated": "2026-03-31",
        "tags": ["billing", "money"],
        "owner": "Kim",
    }
    assert chunk.searched == "Refunds\nR\na"


def test_without_a_title_the_first_heading_or_the_file_name_is_it() -> None:
    assert chunk_article("# Mail\n\na", "x/mail.md")[0].metadata["title"] == "Mail"
    assert chunk_article("a", "x/mail.md")[0].metadata["title"] == "mail"


@pytest.mark.parametrize(
    ("front", "line", "says"),
    [
        ("title: 2026", 2, "in quotes"),
        ("title: a\nupdated: last week", 3, "2026-03-31"),
        ("updated: 2026-02-30", 2, "day is out of range"),
        ("tags: [1, 2]", 2, "list of texts"),
        ("title: a\ntitle: b", 3, "twice"),
        ("title: a\n  b: [", 3, "no YAML"),
        ("- a\n- b", 2, "title: Refunds"),
    ],
)
def test_damaged_front_matter_names_file_line_and_mend(front: str, line: int, says: str) -> None:
    with pytest.raises(BadArticles, match=f"billing.md, line {line}: .*{says}"):
        chunk_article(f"---\n{front}\n---\ntext\n", "billing.md")


def test_front_matter_without_an_end_says_so() -> None:
    with pytest.raises(BadArticles, match=r"line 1: .* does not end"):
        chunk_article("---\ntitle: a\n\ntext\n")


def test_only_markdown_is_read_and_in_a_fixed_order(help_centre: Path) -> None:
    (help_centre / "notes.txt").write_text("# no article")
    (help_centre / ".drafts").mkdir()
    (help_centre / ".drafts" / "draft.md").write_text("# no article")
    (help_centre / "empty.md").write_text("")
    (help_centre / "Windows.MD").write_bytes("\ufeff# Über\r\n\r\nText.\r\n".encode())
    chunks = chunk_folder(help_centre)
    names = list(dict.fromkeys(c.article for c in chunks))
    assert names == [
        "Windows.MD",
        "access/sign_in.md",
        "billing/invoices.md",
        "domains/transfer.md",
        "email/trouble.md",
        "website/php.md",
    ]
    assert (chunks[0].id, chunks[0].text) == ("Windows.MD#über", "Text.")
    assert chunk_folder(str(help_centre)) == chunks


def test_all_bad_files_are_named_at_once(help_centre: Path) -> None:
    (help_centre / "a.md").write_text("---\ntags: 5\n---\nx")
    (help_centre / "b.md").write_bytes(b"fine\nM\xfcller")
    with pytest.raises(BadArticles) as caught:
        chunk_folder(help_centre)
    assert caught.value.problems == (
        "a.md, line 2: tags is 5; write a list of texts, such as [billing, refunds]",
        "b.md, line 2: this is no UTF-8 text; save the file in UTF-8",
    )


def test_a_folder_without_articles_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(BadArticles, match=r"no Markdown in it: add articles"):
        chunk_folder(tmp_path)
    (tmp_path / "a.md").write_text("\n\n")
    with pytest.raises(BadArticles, match="are empty"):
        chunk_folder(tmp_path)
    with pytest.raises(FileNotFoundError, match="no folder"):
        chunk_folder(tmp_path / "missing")
    with pytest.raises(NotADirectoryError, match="is a file"):
        chunk_folder(tmp_path / "a.md")
    with pytest.raises(ValueError, match="at least 1"):
        chunk_folder(tmp_path, max_words=0)
