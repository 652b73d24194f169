"""Recording the embedded model's answers on all tickets, so that nobody has to wait for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from evalfirst.audience import a_person_watches
from evalfirst.datasets import dataset
from evalfirst.llm import EmbeddedTransport, RecordingTransport, client, read_recordings
from evalfirst.llm.recordings import write_compact
from evalfirst.llm.wire import CHAT, content_key
from graders.support_desk.desk import newest_message
from graders.support_desk.tickets import tickets
from graders.support_desk.triage import ARMS, BEST

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def record(arms: Iterable[str] | None = None) -> dict[str, int]:
    """Record what is missing and drop what no arm asks any more; about a second a request.

    What was recorded is on disk at once: a run that is stopped continues where it was.

    Args:
        arms: names of arms; all of them by default.

    Returns:
        How many answers were recorded anew, by arm.

    Raises:
        MissingWeights: the embedded model cannot be loaded.
        CannotRecord: the recording cannot be written.
    """
    recorded = {
        name: _record(recording_of(name), [ARMS[name].request(ticket.text) for ticket in tickets()])
        for name in (ARMS if arms is None else arms)
    }
    return recorded if arms is not None else recorded | {"desk": _record_desk()}


def recording_of(arm: str) -> Path:
    """Return the file that holds an arm's answers."""
    return dataset("recordings") / f"triage_{arm}.jsonl.gz"


def _record_desk() -> int:
    """Record the newest messages of threads, which the desk asks about in place of the whole."""
    newest = [newest_message(ticket.text) for ticket in tickets()]
    whole = {ticket.text for ticket in tickets()}
    requests = [ARMS[BEST].request(text) for text in newest if text not in whole]
    return _record(recording_of("newest_messages"), requests)


def _record(path: Path, asked: list[dict[str, Any]]) -> int:
    fresh = path.with_suffix("")
    keys = [content_key(CHAT, _as_sent(request)) for request in asked]
    kept = {e.key: e for file in (path, fresh) for e in read_recordings(file)}
    missing = [r for key, r in zip(keys, asked, strict=True) if key not in kept]
    # the model itself, not the recordings in front of it; new answers go to a file that can grow
    sdk = client(RecordingTransport(EmbeddedTransport(), fresh))
    for request in _watched(missing, path.name.split(".")[0]):
        sdk.chat.completions.create(**request)
    kept |= {e.key: e for e in read_recordings(fresh)}
    if missing or fresh.exists() or len(kept) > len(set(keys)):
        write_compact(path, (kept[key] for key in dict.fromkeys(keys)))
        fresh.unlink(missing_ok=True)
    return len(missing)


def _as_sent(request: dict[str, Any]) -> dict[str, Any]:
    # as JSON, because that is what a transport sees
    sent: dict[str, Any] = json.loads(json.dumps(request))
    return sent


def _watched(requests: list[dict[str, Any]], name: str) -> Iterable[dict[str, Any]]:
    if not (requests and a_person_watches()):
        return requests
    from tqdm.auto import tqdm

    return tqdm(requests, desc=name, unit="answer")
