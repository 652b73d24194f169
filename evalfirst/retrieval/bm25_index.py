"""Search by words: BM25, the baseline that every other search has to beat."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ClassVar

from evalfirst.retrieval.search_index import SearchIndex
from evalfirst.retrieval.words import words_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from evalfirst.retrieval.chunk import Chunk


class Index(SearchIndex):
    """An index by BM25, with English endings taken off and stop words left out.

    Source: S. Robertson and H. Zaragoza, Foundations and Trends in Information Retrieval 3 (2009),
    333-389, in Lucene's form with k1 = 1.5 and b = .75; computed by bm25s.

    ```python
    index = Index.build(chunk_folder("help_centre"))
    index.search("How do I move my domain?", k=3)
    ```
    """

    kind: ClassVar[str] = "bm25"

    def __init__(self, chunks: Iterable[Chunk]) -> None:
        """Index the chunks; see `build`."""
        import bm25s

        super().__init__(chunks)
        # it logs at DEBUG, which a notebook would show as an error
        logging.getLogger("bm25s").setLevel(logging.WARNING)
        words = [words_in(chunk.searched) for chunk in self.chunks]
        if not any(words):
            raise ValueError("there is no word to index: the chunks hold stop words or signs alone")
        self._bm25 = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
        self._bm25.index(words, show_progress=False)

    def _scores(self, query: str) -> NDArray[Any]:
        import numpy as np

        known = [word for word in words_in(query) if word in self._bm25.vocab_dict]
        if not known:
            return np.zeros(len(self.chunks))
        scores: NDArray[Any] = self._bm25.get_scores(known)
        return scores
