"""Search by meaning: each text is a point, and close points mean similar things."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from evalfirst.retrieval.search_index import SearchIndex

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import NDArray

    from evalfirst.retrieval.chunk import Chunk

Embed = Callable[[Sequence[str]], Any]

_loading = threading.Lock()


class EmbeddingIndex(SearchIndex):
    """An index by cosine similarity of embeddings.

    The default embeddings are WordLlama's (256 dimensions, the weights are in its package, no
    network): the mean of a text's word vectors, so they know synonyms but no word order. Every
    chunk gets a score, so a question without any answer finds something, too.
    """

    kind: ClassVar[str] = "embedding"

    def __init__(self, chunks: Iterable[Chunk], embed: Embed | None = None) -> None:
        """Index the chunks; see `build`."""
        super().__init__(chunks)
        self._embed = embed or wordllama_embeddings
        self._vectors = _unit(self._embed([chunk.searched for chunk in self.chunks]))

    @classmethod
    def build(cls, chunks: Iterable[Chunk], *, embed: Embed | None = None) -> Self:
        """Index the chunks.

        Args:
            chunks: what to index.
            embed: your own embeddings: texts in, one vector a text out, `(texts, dimensions)`.
                A loaded index has the default ones: embeddings of your own are not saved.

        Raises:
            ModuleNotFoundError: the `embeddings` extra is not installed; the message says how.
            ValueError: there is no chunk, or two have one id.
        """
        return cls(chunks, embed)

    def save(self, path: str | Path) -> None:
        """Write the index to one JSON file, as `SearchIndex.save` does.

        Raises:
            OSError: it cannot be written; an older file stays as it was.
            ValueError: it has embeddings of your own, which a file cannot hold.
        """
        if self._embed is not wordllama_embeddings:
            raise ValueError(
                "an index with embeddings of your own cannot be saved: loading would use others. "
                "Build it from the chunks where you need it."
            )
        super().save(path)

    def _scores(self, query: str) -> NDArray[Any]:
        scores: NDArray[Any] = self._vectors @ _unit(self._embed([query]))[0]
        return scores


def wordllama_embeddings(texts: Sequence[str]) -> Any:
    """Return WordLlama's embeddings, `(texts, 256)`.

    Raises:
        ModuleNotFoundError: the `embeddings` extra is not installed.
    """
    with _loading:
        model = _model()
    return model.embed(list(texts))


@cache
def _model() -> Any:
    # it sets up logging for the whole program, unless somebody did already
    somebody = logging.NullHandler()
    logging.getLogger().addHandler(somebody)
    try:
        import wordllama
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "search by embeddings needs the package wordllama: pip install 'evalfirst[embeddings]'"
        ) from error
    finally:
        logging.getLogger().removeHandler(somebody)
    weights = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=weights, disable_download=True)


def _unit(vectors: Any) -> NDArray[Any]:
    """Return vectors of length 1, so that their product is the cosine; none stays 0."""
    import numpy as np

    plain = np.nan_to_num(np.asarray(vectors, dtype=np.float32))
    lengths = np.linalg.norm(plain, axis=1, keepdims=True)
    unit: NDArray[Any] = plain / np.where(lengths > 0, lengths, 1)
    return unit
