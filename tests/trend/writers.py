"""Several processes that write to one store at once."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def write_at_once(write: Callable[[str, int], None], url: str, firsts: Sequence[int]) -> None:
    """Run `write(url, first)` in a process for each of `firsts`; all must end well.

    Spawned, so that each opens (and the first makes) the store by itself.
    """
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write, args=(url, first)) for first in firsts]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * len(firsts)
