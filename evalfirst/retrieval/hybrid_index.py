"""Search by words and by meaning, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from evalfirst.retrieval.bm25_index import Index
from evalfirst.retrieval.embedding_index import EmbeddingIndex
from evalfirst.retrieval.search_index import SearchIndex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from evalfirst.retrieval.chunk import Chunk

# The constant of the paper: how little the first places weigh against the next ones.
_RANK_CONSTANT = 60
# Deeper places of a ranking are noise.
_DEPTH = 50


class HybridIndex(SearchIndex):
    """An index that joins `Index` and `EmbeddingIndex` by reciprocal rank fusion.

    A chunk's score is the sum over both rankings of 1 / (60 + rank), up to rank 50: only places
    count, because scores of different kinds cannot be added.

    Source: G. V. Cormack, C. L. A. Clarke and S. Büttcher, SIGIR 2009, 758-759.
    """

    kind: ClassVar[str] = "hybrid"

    def __init__(self, chunks: Iterable[Chunk]) -> None:
        """Index the chunks; see `build`."""
        super().__init__(chunks)
        self._parts: tuple[SearchIndex, ...] = (Index(self.chunks), EmbeddingIndex(self.chunks))
        self._places = {chunk.id: place for place, chunk in enumerate(self.chunks)}

    def _scores(self, query: str) -> NDArray[Any]:
        import numpy as np

        scores = np.zeros(len(self.chunks))
        for part in self._parts:
            for hit in part.search(query, _DEPTH):
                scores[self._places[hit.chunk.id]] += 1 / (_RANK_CONSTANT + hit.rank)
        return scores
