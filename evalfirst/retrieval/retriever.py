"""Search as a feature, so that `run` can score it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from evalfirst.retrieval.search_index import SearchIndex

Level = Literal["chunk", "article"]


@dataclass(frozen=True)
class Retriever:
    """A question in, ids out, best first; see `SearchIndex.retriever`."""

    index: SearchIndex
    k: int = 5
    level: Level = "chunk"

    def __post_init__(self) -> None:
        """Refuse a level that does not exist."""
        if self.level not in ("chunk", "article"):
            raise ValueError(f"level is 'chunk' or 'article', not {self.level!r}")

    @property
    def __name__(self) -> str:
        """What eval runs call it."""
        return f"{self.index.kind}_retriever"

    @property
    def version(self) -> str:
        """Changes with the index and with `k`, so that no old answers are taken from a cache."""
        return f"{self.index.version} k={self.k} {self.level}"

    def __call__(self, question: str) -> list[str]:
        """Return up to `k` ids."""
        if self.level == "chunk":
            return [hit.chunk.id for hit in self.index.search(question, self.k)]
        every = self.index.search(question, len(self.index))
        return list(dict.fromkeys(hit.chunk.article for hit in every))[: self.k]
