"""Cutting articles into chunks along their headings.

Nothing is in two chunks, and nothing of a section's text is left out. Headings and blocks are
found by a CommonMark parser, so that a `#` in a code block is no heading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from evalfirst.retrieval.articles import Article, BadArticles, read_article, read_folder
from evalfirst.retrieval.chunk import Chunk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_WORDS = 200
# cutting these would make each half wrong
_WHOLE = ("fence", "code_block", "table_open", "html_block")
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+")


@dataclass
class _Section:
    headings: tuple[str, ...]
    blocks: list[list[str]] = field(default_factory=list)  # the pieces of each block


def chunk_folder(folder: str | Path, *, max_words: int = MAX_WORDS) -> list[Chunk]:
    """Return the chunks of all Markdown files below `folder`, by file name and place in the file.

    Other files and hidden ones are left out. YAML front matter becomes metadata; `title` (a text),
    `updated` (a date) and `tags` (a list of texts) are checked. The title is the front
    matter's, else the first heading, else the file's name.

    Args:
        folder: where the articles are.
        max_words: longer sections are cut between paragraphs, list items, or sentences. Code,
            tables and HTML stay whole, even if they are longer.

    Raises:
        FileNotFoundError, NotADirectoryError: there is no such folder.
        BadArticles: it holds no text, or some files cannot be read; with file and line.
        ValueError: `max_words` is below 1.
    """
    folder = Path(folder)
    _check(max_words)
    chunks = [c for article in read_folder(folder) for c in _chunks(article, max_words)]
    if not chunks:
        raise BadArticles(str(folder), ["its Markdown files are empty: write some text"])
    return chunks


def chunk_article(
    text: str, name: str = "article.md", *, max_words: int = MAX_WORDS
) -> list[Chunk]:
    """Return the chunks of one article that is no file; see `chunk_folder`.

    Raises:
        BadArticles: the front matter is damaged.
        ValueError: `max_words` is below 1.

    >>> [chunk.id for chunk in chunk_article("Hello.\\n\\n# Refunds\\n\\nWithin 30 days.")]
    ['article.md', 'article.md#refunds']
    """
    _check(max_words)
    return list(_chunks(read_article(text.encode(), name), max_words))


def _check(max_words: int) -> None:
    if max_words < 1:
        raise ValueError(f"max_words is at least 1, got {max_words}")


def _chunks(article: Article, max_words: int) -> Iterator[Chunk]:
    sections = list(_sections(article.text, max_words))
    first = next((s.headings[0] for s in sections if s.headings), None)
    metadata = {"title": first or Path(article.name).stem, **article.metadata}
    taken: set[str] = set()
    for section in sections:
        anchor = _unused(_slug(section.headings[-1]), taken) if section.headings else ""
        for part, text in enumerate(_packed(section.blocks, max_words), 1):
            # a slug holds no full stop, so the part's number never meets another heading's slug
            place = anchor + (f".{part}" if part > 1 else "")
            yield Chunk(
                id=f"{article.name}#{place}" if place else article.name,
                text=text,
                headings=section.headings,
                article=article.name,
                article_hash=article.hash,
                metadata=metadata,
            )


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")


def _sections(text: str, max_words: int) -> Iterator[_Section]:
    """Yield the sections in order; one without text of its own only if nothing stands below it."""
    lines = text.split("\n")
    tokens = _parser().parse(text)
    path: list[tuple[int, str]] = []
    section, done = _Section(()), 0
    for index, token in enumerate(tokens):
        if token.level or token.map is None:
            continue
        start, end = token.map
        if token.type == "heading_open":
            level = int(token.tag[1:])
            _add_rest(section, lines[done:start])
            if section.blocks or (section.headings and level <= path[-1][0]):
                yield section
            while path and path[-1][0] >= level:
                path.pop()
            path.append((level, _heading(tokens[index + 1])))
            section = _Section(tuple(name for _, name in path))
        else:
            # from the last block's end on: what makes no block (link targets) is kept, too
            pieces = _pieces(token, tokens[index:], lines, max_words)
            _add_rest(section, lines[done:start])
            section.blocks.append([piece for piece in pieces if piece.strip()])
        done = end
    _add_rest(section, lines[done:])
    if section.blocks or section.headings:
        yield section


def _add_rest(section: _Section, lines: list[str]) -> None:
    if text := "\n".join(lines).strip():
        section.blocks.append([text])


def _heading(inline: Token) -> str:
    """Return a heading as people read it, without the signs of Markdown."""
    words = "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in inline.children or ()
        if child.type in ("text", "code_inline", "softbreak", "hardbreak")
    )
    return " ".join(words.split()) or "untitled"


def _pieces(token: Token, rest: list[Token], lines: list[str], max_words: int) -> list[str]:
    """Return one block, in as many pieces as `max_words` asks for."""
    start, end = token.map or (0, 0)
    text = "\n".join(lines[start:end]).strip("\n")
    if token.type in _WHOLE or len(text.split()) <= max_words:
        return [text]
    if token.type in ("bullet_list_open", "ordered_list_open"):
        starts = _item_starts(rest)
        items = zip(starts, [*starts[1:], end], strict=True)
        texts = ["\n".join(lines[one:other]).strip("\n") for one, other in items]
        return [piece for item in texts for piece in _sentences(item, max_words)]
    return _sentences(text, max_words)


def _item_starts(tokens: list[Token]) -> list[int]:
    close = tokens[0].type.replace("_open", "_close")
    starts = []
    for token in tokens:
        if token.type == "list_item_open" and token.level == 1 and token.map:
            starts.append(token.map[0])
        if token.type == close and token.level == 0:
            break
    return starts


def _sentences(text: str, max_words: int) -> list[str]:
    """Return the sentences of a text that is too long, and parts of those that still are."""
    if len(text.split()) <= max_words or "```" in text or "~~~" in text:
        return [text]
    pieces: list[str] = []
    for sentence in _SENTENCE_END.split(text):
        words = sentence.split()
        if len(words) <= max_words:
            pieces.append(sentence)
        else:
            pieces += [
                " ".join(words[at : at + max_words]) for at in range(0, len(words), max_words)
            ]
    return pieces


def _packed(blocks: list[list[str]], max_words: int) -> Iterator[str]:
    """Yield texts of at most `max_words` words, each as full as the pieces allow."""
    text, words = "", 0
    for block in blocks or [[""]]:
        for n, piece in enumerate(block):
            more = len(piece.split())
            if text and words + more > max_words:
                yield text.strip("\n")
                text, words = "", 0
            gap = "\n\n" if n == 0 else _gap(piece)
            text += gap + piece if text else piece
            words += more
    yield text.strip("\n")


def _gap(piece: str) -> str:
    return "\n" if re.match(r"\s*([-*+]|\d+[.)])\s", piece) else " "


def _slug(heading: str) -> str:
    """Return a heading's anchor as Markdown hosts make it."""
    kept = "".join(c for c in heading.lower() if c.isalnum() or c in " -_")
    return "-".join(kept.split()) or "section"


def _unused(slug: str, taken: set[str]) -> str:
    name, n = slug, 1
    while name in taken:
        n += 1
        name = f"{slug}-{n}"
    taken.add(name)
    return name
