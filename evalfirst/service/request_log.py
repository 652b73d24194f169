"""The request log: one line of JSON for each request to a feature, without its content.

| field | what it says |
|---|---|
| `time` | when the request was answered, ISO 8601, UTC |
| `request_id` | the client's `X-Request-ID`, or one that the service made |
| `trace_id` | of OpenTelemetry, if traces are collected: see `evalfirst.service.telemetry` |
| `feature` | its name; `null` if there is no feature of the name asked for |
| `outcome` | `ok`, `fallback`, `error`, `timeout` or `refused` (the feature was not called) |
| `status` | the HTTP status |
| `kind` | what went wrong, as in the answer's `kind`; `null` if nothing did |
| `error` | the exception's class, and the file and line that raised it; never its text |
| `feature_version`, `prompt_version` | which version answered; `null` if it names none |
| `models` | the models that answered, by their real names |
| `calls`, `retries`, `recorded` | calls answered, sent again, answered from a recording |
| `prompt_tokens`, `completion_tokens` | tokens; `null` if a server did not say |
| `seconds` | from the request's arrival to its answer, waiting included |
| `recorded_seconds` | what recorded answers took when they were made; they return at once |
| `dollars` | list price of the calls; `null` if a price is unknown |
| `input` | only if the app was made with `log_inputs=True` |

A request that times out has the calls that were answered until then; a call that a thread of it
still waits for counts in the budget when it is answered, and not in the log.
"""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import structlog

from evalfirst.llm import Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from evalfirst.service.kinds import Outcome


@dataclass
class Entry:
    """What is known of one request, filled in on its way.

    Attributes:
        request_id: its id.
        started: `time.perf_counter()` at its arrival.
        other: as in the table above.
    """

    request_id: str
    started: float
    trace_id: str | None = None
    feature: str | None = None
    outcome: Outcome = "refused"
    kind: str | None = None
    error: str | None = None
    feature_version: str | None = None
    prompt_version: str | None = None
    usage: Usage = field(default_factory=Usage)
    input: Any = None

    def failed(self, problem: BaseException) -> None:
        """Keep which exception it was and where it came from, without its text."""
        frames = traceback.extract_tb(problem.__traceback__)
        where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
        self.error = f"{type(problem).__name__}{where}"


class RequestLog:
    """Writes the lines, each in one piece, and goes on serving if the disk is full.

    Attributes:
        failure: why the last line could not be written; `None` if it was.
    """

    def __init__(
        self,
        target: str | Path | TextIO | None = None,
        *,
        inputs: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Open the log.

        Args:
            target: a file, which is appended to, or a stream; by default standard output.
            inputs: whether to write the input too; it may hold personal data.
            clock: the time.

        Raises:
            OSError: the file cannot be written.
        """
        self._file: TextIO
        if isinstance(target, (str, Path)):
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            # closed with the app; line buffered, so that a killed service leaves whole lines
            self._file = open(target, "a", encoding="utf-8", buffering=1)  # noqa: SIM115
            self._ours = True
        else:
            self._file, self._ours = target or sys.stdout, False
        self._inputs, self._clock = inputs, clock
        self._logger = structlog.wrap_logger(
            structlog.WriteLogger(self._file),
            processors=[_without_event, structlog.processors.JSONRenderer()],
            # whatever the program around us has set structlog to, these lines stay the same
            wrapper_class=structlog.BoundLogger,
            context_class=dict,
        )
        self.failure: str | None = None

    def write(self, entry: Entry, status: int, seconds: float) -> None:
        """Write the line of one request."""
        usage = entry.usage
        line: dict[str, Any] = {
            "time": self._clock().isoformat(timespec="milliseconds"),
            "request_id": entry.request_id,
            "trace_id": entry.trace_id,
            "feature": entry.feature,
            "outcome": entry.outcome,
            "status": status,
            "kind": entry.kind,
            "error": entry.error,
            "feature_version": entry.feature_version,
            "prompt_version": entry.prompt_version,
            "models": list(usage.models),
            "calls": usage.calls,
            "retries": usage.retries,
            "recorded": usage.recorded,
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "seconds": round(seconds, 6),
            "recorded_seconds": usage.recorded_seconds,
            "dollars": usage.dollars,
        }
        if self._inputs:
            line["input"] = entry.input
        try:
            self._logger.info("request", **line)
            self.failure = None
        except (OSError, ValueError) as error:
            # a full disk, or a stream that somebody closed: clients still get their answers
            if self.failure is None:
                sys.stderr.write(f"The request log cannot be written: {error}\n")
            self.failure = f"the request log cannot be written ({type(error).__name__})"

    def close(self) -> None:
        """Close the file, if it is ours."""
        if self._ours:
            self._file.close()


def _without_event(_: Any, __: str, line: Any) -> Any:
    # structlog names every line; all of ours are requests
    del line["event"]
    return line
