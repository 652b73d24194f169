"""Words as an index compares them."""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import Any

# letters and digits, and the signs that hold names together: wp-config.php, 8.3, C++, o'clock
_WORD = re.compile(r"[^\W_]+(?:[.\-_'\u2019/:@][^\W_]+)*(?:\+\+|#)?")
_PART = re.compile(r"[^\W_]+")
_local = threading.local()


def words_in(text: str) -> list[str]:
    """Return the words of a text: lower case, without stop words, English endings taken off.

    A name with signs inside (`wp-config.php`, `8.3`) counts as a whole and by its parts, so that
    `PHP 8` finds `PHP 8.3`. A word with a digit keeps its ending.

    >>> words_in("Moving the domains to DNS-01, PHP 8.3 and C++")
    ['move', 'domain', 'dns-01', 'dns', '01', 'php', '8.3', '8', '3', 'c++', 'c']
    """
    stop = _stop_words()
    found: list[str] = []
    for match in _WORD.finditer(text.lower()):
        whole = match[0].replace("\u2019", "'").removesuffix("'s")
        parts = _PART.findall(whole)
        named = [whole] if parts == [whole] else [whole, *parts]
        found += [_stem(word) for word in named if word not in stop]
    return found


@cache
def _stop_words() -> frozenset[str]:
    from bm25s.stopwords import STOPWORDS_EN

    return frozenset(STOPWORDS_EN)


def _stem(word: str) -> str:
    return word if any(c.isdigit() for c in word) else str(_stemmer().stemWord(word))


def _stemmer() -> Any:
    # a stemmer must not be shared between threads
    if not hasattr(_local, "stemmer"):
        import Stemmer

        _local.stemmer = Stemmer.Stemmer("english")
    return _local.stemmer
