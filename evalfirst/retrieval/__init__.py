"""Search in a folder of Markdown: articles are cut into chunks, and an index finds the right ones.

```python
index = Index.build(chunk_folder("help_centre"))
index.search("How do I move my domain?", k=3)
run(index.retriever(k=5), questions, [recall_at_k(5), reciprocal_rank()])
```

`Index` compares words (BM25), `EmbeddingIndex` compares meanings (the `embeddings` extra), and
`HybridIndex` joins the two rankings. All three have the same methods.
"""

from __future__ import annotations

from evalfirst.lazy import exports

__getattr__, __all__ = exports(
    __name__,
    {
        "BadArticles": "articles",
        "BadIndex": "search_index",
        "Changes": "search_index",
        "Chunk": "chunk",
        "EmbeddingIndex": "embedding_index",
        "Hit": "search_index",
        "HybridIndex": "hybrid_index",
        "Index": "bm25_index",
        "Retriever": "retriever",
        "StaleIndex": "search_index",
        "chunk_article": "chunking",
        "chunk_folder": "chunking",
    },
)
