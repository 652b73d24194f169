"""A service in a process of its own on this computer, for tests, notebooks and load."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Self

from evalfirst.service.serving import CannotServe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from evalfirst.service.budget import Budget

_URL = re.compile(r"Serving (http://\S+?)/v1/")

# Seconds that a process gets to begin, and to end when it was told twice.
_PATIENCE = 60.0
_END = 5.0


class ServiceProcess:
    """A running service; a context manager that drains it at the end.

    Attributes:
        url: such as `http://127.0.0.1:41213`.
        log: the file of its request log.
    """

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        """Wait until it answers.

        Raises:
            CannotServe: it ended instead, or does not begin; the message has what it said.
        """
        self._process, self.log = process, log
        self._said: deque[str] = deque(maxlen=50)
        self._begun = threading.Event()
        self.url = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._begun.wait(_PATIENCE)
        if not self.url:
            self.stop()
            said = self.said or "It said nothing."
            raise CannotServe(f"the service did not start. {said}")

    def _read(self) -> None:
        # read to the end: a process whose pipe is full would stand still
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._said.append(line)
            if (found := _URL.search(line)) and not self.url:
                self.url = found[1]
                self._begun.set()
        self._begun.set()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    @property
    def said(self) -> str:
        """The last lines that it wrote to its standard error."""
        return "".join(self._said).strip()

    def drain(self, wait: float | None = None) -> int:
        """Let requests under way end, refuse new ones, and wait for the process to end.

        Args:
            wait: seconds; by default until it ends, which it does after its own `grace`.

        Returns:
            The exit code, 0 if all went well.

        Raises:
            TimeoutError: it did not end within `wait` seconds.
        """
        if self.alive:
            self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(wait)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"the service did not end within {wait} s") from None
        self._close()
        return code

    def stop(self) -> None:
        """End it at once; requests under way are lost."""
        if self.alive:
            self._process.kill()
        self._process.wait(_END)
        self._close()

    def _close(self) -> None:
        self._reader.join(_END)
        if self._process.stderr is not None:
            self._process.stderr.close()

    def __enter__(self) -> Self:
        """Return the service."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        """Drain it; after an error, stop it at once."""
        if error is None:
            self.drain()
        else:
            self.stop()


def start(
    target: str = "feature:triage",
    *,
    folder: str | Path = ".",
    port: int = 0,
    log: str | Path | None = None,
    budget: Budget | None = None,
    timeout: float = 30.0,
    concurrency: int = 8,
    queue: int = 32,
    grace: float = 30.0,
    environment: Mapping[str, str] | None = None,
) -> ServiceProcess:
    """Start `evalfirst serve` in a process of its own on this computer.

    ```python
    with start("feature:triage", folder="desk") as service:
        play(traffic, service.url)
    ```

    Args:
        target: `module:callable` in `folder`; `name=module:callable` names it otherwise.
        folder: the project.
        port: 0 chooses a free one.
        log: file of the request log; by default `requests.jsonl` in `folder`.
        budget, timeout, concurrency, queue, grace: as for `create_app` and `serve`.
        environment: the process's whole environment; by default that of this one.

    Raises:
        CannotServe: it does not start; the message says why.
    """
    folder = Path(folder).resolve()
    log = Path(log).resolve() if log is not None else folder / "requests.jsonl"
    settings: dict[str, object] = {
        "folder": folder,
        "port": port,
        "log": log,
        "timeout": timeout,
        "concurrency": concurrency,
        "queue": queue,
        "grace": grace,
    }
    if budget is not None:
        settings |= {
            "budget-requests": budget.requests,
            "budget-tokens": budget.tokens,
            "budget-dollars": budget.dollars,
            "per": budget.per,
        }
    options = [f"--{name}={value}" for name, value in settings.items() if value is not None]
    process = subprocess.Popen(  # noqa: S603  (our own interpreter and module)
        [sys.executable, "-m", "evalfirst.cli", "serve", target, *options],
        cwd=folder,
        env=None if environment is None else dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    return ServiceProcess(process, log)
