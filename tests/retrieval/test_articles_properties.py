"""Any Markdown is cut into chunks that lose no word; any index file is loaded or refused."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from evalfirst.retrieval import BadArticles, BadIndex, Index, chunk_article
from tests.any_values import JSON, TEXT, files, json_texts, objects

LINES = TEXT | st.sampled_from(
    [
        "# Refunds",
        "## Refunds",
        "- item",
        "  - deep",
        "1. one",
        "```",
        "> quote",
        "| a | b |",
        "---",
        "---\ntitle: x\n---",
        "a. B. C.",
        "[x](y)",
        "<b>",
        "\t",
        "é" * 30,
        "word " * 30,
    ]
)
MARKDOWN = st.lists(LINES, max_size=8).map("\n".join)
CHUNKS = objects(id=TEXT, article=TEXT, title=TEXT, text=TEXT, heading=TEXT, hash=TEXT)
INDEXES = objects(kind=st.just("bm25"), version=TEXT, chunks=st.lists(CHUNKS | JSON, max_size=2))


def chunks_of(text):
    try:
        return chunk_article(text, max_words=10)
    except BadArticles:
        return []


def words(text):
    return set(re.findall(r"[^\W_]{4,}", text))


@given(text=MARKDOWN)
def test_any_article_is_cut_without_losing_a_word_or_using_an_id_twice(text):
    chunks = chunks_of(text)
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    if "---" not in text:  # front matter is no text
        kept = " ".join(" ".join([*chunk.headings, chunk.text]) for chunk in chunks)
        assert words(text) <= words(kept)


@settings(max_examples=40)
@given(text=MARKDOWN, query=TEXT)
def test_any_index_comes_back_as_it_was_saved(tmp_path_factory, text, query):
    chunks = chunks_of(text)
    if not chunks:
        chunks = chunk_article("Hello.")
    index = Index.build(chunks)
    path = tmp_path_factory.getbasetemp() / "index.json"
    index.save(path)
    again = Index.load(path)
    assert again.version == index.version
    assert again.search(query) == index.search(query)


@given(content=files(json_texts(INDEXES)))
def test_any_index_file_is_loaded_or_refused_with_its_name(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any-index.json"
    path.write_bytes(content)
    try:
        said = f"{path} {Index.load(path)}"
    except BadIndex as error:
        said = str(error)
    assert str(path) in said
