"""Search: the right chunk, ties in a fixed order, and an index that knows when it is stale."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from evalfirst.evals import run
from evalfirst.evals.scorers import ndcg, recall_at_k, reciprocal_rank
from evalfirst.retrieval import (
    BadIndex,
    Chunk,
    EmbeddingIndex,
    HybridIndex,
    Index,
    StaleIndex,
    chunk_folder,
    chunking,
    words,
)

from .help_centre import QUESTIONS, questions

if TYPE_CHECKING:
    from pathlib import Path

    from evalfirst.retrieval.search_index import SearchIndex

KINDS = (Index, EmbeddingIndex, HybridIndex)


def texts(*said: str) -> list[Chunk]:
    return [Chunk(f"{n}.md", text, article=f"{n}.md") for n, text in enumerate(said)]


def recalls(index: SearchIndex, k: int) -> dict[str, bool]:
    """Question -> whether its chunk is among the first k."""
    done = run(index.retriever(k), questions(), [recall_at_k(k)], progress=False)
    return {r.input: r.scores[f"recall_at_{k}"].value == 1 for r in done.results}


# --- what each kind finds


def test_bm25_finds_every_answer_that_shares_its_words_and_few_of_the_others(
    help_centre: Path,
) -> None:
    found = list(recalls(Index.build(chunk_folder(help_centre)), 1).values())
    assert all(found[:10])
    assert sum(found[10:]) <= 2


def test_embeddings_find_answers_in_other_words_and_all_within_five(help_centre: Path) -> None:
    index = EmbeddingIndex.build(chunk_folder(help_centre))
    assert sum(list(recalls(index, 1).values())[10:]) >= 4
    assert all(recalls(index, 5).values())


def test_joined_they_beat_words_alone_within_five(help_centre: Path) -> None:
    chunks = chunk_folder(help_centre)
    words, both = (recalls(kind.build(chunks), 5) for kind in (Index, HybridIndex))
    assert sum(both.values()) >= sum(words.values()) + 3


def test_a_retriever_is_scored_by_every_ranking_scorer(help_centre: Path) -> None:
    index = Index.build(chunk_folder(help_centre))
    done = run(index.retriever(3), questions(), [recall_at_k(3), reciprocal_rank(), ndcg(3)])
    assert not done.failures
    first = done.results[0]
    assert first.output[0] == QUESTIONS[first.input]
    assert {score.value for score in first.scores.values()} == {1.0}
    assert done.feature.startswith("bm25_retriever ")


def test_on_the_level_of_articles_each_file_is_named_once(help_centre: Path) -> None:
    index = Index.build(chunk_folder(help_centre))
    found = index.retriever(3, level="article")("Which PHP version, and how to restore a database?")
    assert found[0] == "website/php.md"
    assert len(found) == len(set(found)) <= 3
    with pytest.raises(ValueError, match="'chunk' or 'article'"):
        index.retriever(3, level="file")


@pytest.mark.parametrize(
    ("query", "right"),
    [
        ("error 550", "Error 550 means a full mailbox"),
        ("PHP 8", "PHP 8.3 is the default"),
        ("wp-config.php", "Edit wp-config.php by hand"),
        ("wp config", "Edit wp-config.php by hand"),
        ("c++ compiler", "There is a compiler for C++"),
        ("Moving domains", "How a domain is moved"),
        ("the customer\u2019s invoices", "An invoice of a customer"),
    ],
)
def test_numbers_names_and_endings_are_found(query: str, right: str) -> None:
    others = ["Error 503 means a full queue", "PHP 7.4 is old", "Edit the file by hand"]
    others += ["There is a compiler for C", "How it works", "An answer of a person"]
    index = Index.build(texts(*others, right))
    assert index.search(query, 1)[0].chunk.text == right


def test_words_that_nobody_wrote_find_nothing_and_stop_words_neither() -> None:
    index = Index.build(texts("Refunds within 30 days", "The invoice"))
    assert index.search("zebra") == []
    assert index.search("is it in the") == []
    assert index.search("  ") == []


@pytest.mark.parametrize("kind", KINDS)
def test_equal_scores_stand_in_the_order_of_ids_whatever_the_order_of_building(
    kind: type[SearchIndex],
) -> None:
    same = [Chunk(f"{name}.md", "Restore a backup.") for name in "dbeac"]
    for chunks in (same, same[::-1]):
        hits = kind.build(chunks).search("restore backup", 4)
        if kind is not HybridIndex:  # its parts' places differ even where their scores are equal
            assert len({hit.score for hit in hits}) == 1
        assert [hit.chunk.id for hit in hits] == ["a.md", "b.md", "c.md", "d.md"]
        assert [hit.rank for hit in hits] == [1, 2, 3, 4]


@pytest.mark.parametrize("kind", KINDS)
def test_many_threads_get_the_answers_of_one(kind: type[SearchIndex], help_centre: Path) -> None:
    index = kind.build(chunk_folder(help_centre))
    asked = list(QUESTIONS) * 5
    one = [index.search(question) for question in asked]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(index.search, asked)) == one


def test_a_hit_shows_itself_on_one_line(help_centre: Path) -> None:
    hits = Index.build(chunk_folder(help_centre)).search("What does error 550 mean?")
    assert repr(hits[0]).startswith("Hit(1. email/trouble.md#error-550, ")
    assert repr(hits[0]).endswith("text after 550:...')")
    assert "\n" not in repr(hits[0])


def test_a_wrong_question_or_k_is_refused() -> None:
    index = Index.build(texts("a word"))
    with pytest.raises(ValueError, match="k is a whole number"):
        index.search("word", 0)
    messages: Any = [{"role": "user", "content": "word"}]
    with pytest.raises(TypeError, match="a query is a text, got list"):
        index.search(messages)


def test_what_cannot_be_indexed_is_refused() -> None:
    with pytest.raises(ValueError, match="no chunks"):
        Index.build([])
    with pytest.raises(ValueError, match=r"two chunks have the id 'a.md'"):
        Index.build([Chunk("a.md", "x"), Chunk("a.md", "y")])
    with pytest.raises(ValueError, match="no word to index"):
        Index.build([Chunk("a.md", "!?")])


def test_embeddings_of_your_own_are_used_and_not_saved(tmp_path: Path) -> None:
    index = EmbeddingIndex.build(
        texts("aaa", "bbb"), embed=lambda said: [[t.count("a"), t.count("b")] for t in said]
    )
    assert [hit.chunk.text for hit in index.search("b")] == ["bbb"]
    with pytest.raises(ValueError, match="embeddings of your own"):
        index.save(tmp_path / "index.json")


def test_without_the_extra_the_message_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['wordllama'] = None\n"
        "from evalfirst.retrieval import Chunk, EmbeddingIndex\n"
        "EmbeddingIndex.build([Chunk('a.md', 'x')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "pip install 'evalfirst[embeddings]'" in done.stderr


def test_building_and_searching_write_nothing_to_stderr() -> None:
    code = (
        "import logging\n"
        "from evalfirst.retrieval import Chunk, HybridIndex\n"
        "HybridIndex.build([Chunk('a.md', 'a word')]).search('word')\n"
        "logging.getLogger('another').info('chatter')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_importing_it_is_light() -> None:
    code = (
        "import sys, evalfirst.retrieval\n"
        "from evalfirst.retrieval import HybridIndex, chunk_folder\n"
        "print(sorted({'numpy', 'bm25s', 'wordllama', 'markdown_it'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- saved, and stale


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_index_gives_the_same_answers(
    kind: type[SearchIndex], help_centre: Path, tmp_path: Path
) -> None:
    index = kind.build(chunk_folder(help_centre))
    index.save(tmp_path / "index.json")
    again = kind.load(tmp_path / "index.json", folder=help_centre)
    assert again.version == index.version
    assert [again.search(q) for q in QUESTIONS] == [index.search(q) for q in QUESTIONS]


def test_a_stale_index_is_refused_and_names_what_changed(help_centre: Path, tmp_path: Path) -> None:
    path = tmp_path / "index.json"
    index = Index.build(chunk_folder(help_centre))
    index.save(path)
    (help_centre / "empty.md").write_text("\n")  # without text it changes no answer
    assert not index.changes(help_centre)
    (help_centre / "new.md").write_text("# New\n\nText.")
    (help_centre / "website" / "php.md").write_text("# PHP\n\nPHP 9 is here.")
    (help_centre / "access" / "sign_in.md").unlink()
    with pytest.raises(StaleIndex) as caught:
        Index.load(path, folder=help_centre)
    changes = caught.value.changes
    assert (changes.added, changes.changed, changes.removed) == (
        ("new.md",),
        ("website/php.md",),
        ("access/sign_in.md",),
    )
    assert str(caught.value) == (
        f"{path} is stale: added new.md; changed website/php.md; removed access/sign_in.md. "
        "Chunk the folder and build the index again."
    )
    old = Index.load(path)  # on purpose, to see what a stale index does
    assert old.search("recovery codes", 1)[0].chunk.article == "access/sign_in.md"


def test_the_version_changes_with_the_text_and_not_with_the_order(help_centre: Path) -> None:
    chunks = chunk_folder(help_centre)
    index = Index.build(chunks)
    assert Index.build(chunks[::-1]).version == index.version
    path = help_centre / "website" / "php.md"
    path.write_text(path.read_text().replace("8.3", "8.4"))
    assert Index.build(chunk_folder(help_centre)).version != index.version
    assert index.retriever(3).version != index.retriever(5).version


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda text: text[:200], "damaged"),
        (lambda _: "[]", "damaged"),
        (lambda text: text.replace("30 days", "90 days"), "changed after it was saved"),
        (lambda text: text.replace('"bm25"', '"embedding"'), "no bm25 index"),
    ],
)
def test_a_damaged_file_is_refused_with_the_mend(
    damage: Any, says: str, help_centre: Path, tmp_path: Path
) -> None:
    path = tmp_path / "index.json"
    Index.build(chunk_folder(help_centre)).save(path)
    path.write_text(damage(path.read_text()))
    with pytest.raises(BadIndex, match=rf"index.json .*{says}.*Build the index again"):
        Index.load(path)


def test_a_file_is_readable_json_with_every_chunk(help_centre: Path, tmp_path: Path) -> None:
    chunks = chunk_folder(help_centre)
    Index.build(chunks).save(tmp_path / "index.json")
    content = json.loads((tmp_path / "index.json").read_text())
    assert len(content["chunks"]) == len(chunks)


@pytest.mark.parametrize(("module", "examples"), [(words, 1), (chunking, 1)])
def test_the_examples_in_docstrings_are_true(module: Any, examples: int) -> None:
    assert doctest.testmod(module) == (0, examples)
