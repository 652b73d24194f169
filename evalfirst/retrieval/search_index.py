"""What every index has: search with ties in a fixed order, a version, saving, and staleness."""

from __future__ import annotations

import abc
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any, ClassVar

from evalfirst import atomic
from evalfirst.retrieval import articles
from evalfirst.retrieval.chunk import Chunk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Self

    from numpy.typing import NDArray

    from evalfirst.retrieval.retriever import Level, Retriever

# Scores are compared to this many digits: sums of 32-bit numbers differ in the last ones.
_DIGITS = 5
# Characters of a chunk that a list of hits shows.
_SHOWN = 80


class BadIndex(ValueError):
    """A saved index cannot be used; the message says why and how to make a new one."""


class StaleIndex(BadIndex):
    """The folder is no longer what was indexed; `changes` says which articles differ."""

    def __init__(self, path: Path, changes: Changes) -> None:
        """Keep `changes` and say what to do."""
        super().__init__(f"{path} is stale: {changes}. Chunk the folder and build the index again.")
        self.changes = changes


@dataclass(frozen=True, repr=False)
class Hit:
    """One chunk that was found; `rank` counts from 1, and a higher score is better."""

    chunk: Chunk
    score: float
    rank: int

    def __repr__(self) -> str:
        """Show place, id, score and the beginning of the text."""
        text = shorten(self.chunk.text, _SHOWN, placeholder="...")
        return f"Hit({self.rank}. {self.chunk.id}, {self.score:.3g}: {text!r})"


@dataclass(frozen=True)
class Changes:
    """Names of the articles that differ between an index and a folder; false if none does."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether any article differs."""
        return bool(self.added or self.changed or self.removed)

    def __str__(self) -> str:
        """Name the articles."""
        said = [
            f"{what} {', '.join(names)}"
            for what, names in (
                ("added", self.added),
                ("changed", self.changed),
                ("removed", self.removed),
            )
            if names
        ]
        return "; ".join(said) or "no article differs"


class SearchIndex(abc.ABC):
    """An index over chunks. Searching is safe from many threads.

    Attributes:
        chunks: what was indexed, by id.
    """

    #: the name under which it is saved
    kind: ClassVar[str]

    def __init__(self, chunks: Iterable[Chunk]) -> None:
        """Keep the chunks; use `build`."""
        self.chunks = tuple(sorted(chunks, key=lambda chunk: chunk.id))
        if not self.chunks:
            raise ValueError("there are no chunks to index")
        for one, other in zip(self.chunks, self.chunks[1:], strict=False):
            if one.id == other.id:
                raise ValueError(f"two chunks have the id {one.id!r}: an answer could mean either")

    @classmethod
    def build(cls, chunks: Iterable[Chunk]) -> Self:
        """Index the chunks.

        Raises:
            ValueError: there is no chunk, or two have one id.
        """
        return cls(chunks)

    @abc.abstractmethod
    def _scores(self, query: str) -> NDArray[Any]:
        """Return a score for each chunk, `(chunks,)`; 0 or less for one that does not fit."""

    def search(self, query: str, k: int = 5) -> list[Hit]:
        """Return up to `k` chunks, best first; equal scores in the order of their ids.

        Raises:
            TypeError: the query is no text.
            ValueError: `k` is below 1.
        """
        if not isinstance(query, str):
            raise TypeError(f"a query is a text, got {type(query).__name__}")
        if k < 1:
            raise ValueError(f"k is a whole number of at least 1, not {k!r}")
        if not query.strip():
            return []
        import numpy as np

        scores = np.round(self._scores(query).astype(np.float64), _DIGITS)
        # stable, and the chunks stand in the order of their ids
        best = np.argsort(-scores, kind="stable")[:k]
        found = [(self.chunks[n], float(scores[n])) for n in best if scores[n] > 0]
        return [Hit(chunk, score, rank) for rank, (chunk, score) in enumerate(found, 1)]

    def retriever(self, k: int = 5, *, level: Level = "chunk") -> Retriever:
        """Return a feature for `run`: a question in, the ids of up to `k` chunks out, best first.

        Args:
            k: how many ids.
            level: `chunk` for chunk ids, `article` for file names, each once.
        """
        from evalfirst.retrieval.retriever import Retriever

        return Retriever(self, k, level)

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits that change whenever a chunk does."""
        return _hash(self.chunks)

    def changes(self, folder: str | Path) -> Changes:
        """Return which articles of `folder` differ from what was indexed.

        Raises:
            FileNotFoundError, NotADirectoryError: there is no such folder.
        """
        here = articles.hashes(Path(folder))
        known = {chunk.article: chunk.article_hash for chunk in self.chunks}
        # a file without text has no chunks, so that its name alone is no news
        added = [n for n in here if n not in known and _has_text(Path(folder) / n)]
        return Changes(
            added=tuple(added),
            changed=tuple(n for n in here if n in known and here[n] != known[n]),
            removed=tuple(n for n in sorted(known) if n not in here),
        )

    def save(self, path: str | Path) -> None:
        """Write the index to one JSON file, in one step.

        It holds the chunks and their hash. Loading indexes them anew, so that a file never holds
        numbers that another version of a library reads in another way.

        Raises:
            OSError: it cannot be written; an older file stays as it was.
        """
        content = {
            "kind": self.kind,
            "version": self.version,
            "chunks": [chunk.as_dict() for chunk in self.chunks],
        }
        atomic.write_text(Path(path), json.dumps(content, ensure_ascii=False, indent=1) + "\n")

    @classmethod
    def load(cls, path: str | Path, *, folder: str | Path | None = None) -> Self:
        """Read a saved index.

        Args:
            path: the file.
            folder: the articles; with it, an index that no longer fits them is refused. Without it
                ask `changes` yourself: nobody notices old answers by looking at them.

        Raises:
            FileNotFoundError: there is no such file, or folder.
            BadIndex: the file is damaged, or holds an index of another kind.
            StaleIndex: the folder has changed since; `.changes` names the articles.
        """
        path = Path(path)
        index = cls.build(_read(path, cls.kind))
        if folder is not None and (changes := index.changes(folder)):
            raise StaleIndex(path, changes)
        return index

    def __len__(self) -> int:
        """Return the number of chunks."""
        return len(self.chunks)

    def __repr__(self) -> str:
        """Say what was indexed."""
        names = {chunk.article for chunk in self.chunks}
        return f"{type(self).__name__}({len(self)} chunks of {len(names)} articles, {self.version})"


def _hash(chunks: Sequence[Chunk]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(json.dumps(chunk.as_dict(), sort_keys=True, ensure_ascii=False).encode())
    return digest.hexdigest()[:12]


def _has_text(path: Path) -> bool:
    from evalfirst.retrieval.chunking import chunk_article

    try:
        text = path.read_text(encoding="utf-8-sig")
        return bool(chunk_article(text))
    except ValueError:
        return True  # it cannot be read, which building the index again will say


def _read(path: Path, kind: str) -> list[Chunk]:
    mend = "Build the index again and save it."
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        chunks = [Chunk.from_dict(row) for row in content["chunks"]]
        saved, version = content["kind"], content["version"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadIndex(f"{path} holds no index, or a damaged one ({error}). {mend}") from error
    if saved != kind:
        raise BadIndex(f"{path} holds a {saved} index and no {kind} index. {mend}")
    if version != _hash(chunks):
        raise BadIndex(f"{path} was changed after it was saved. {mend}")
    return chunks
