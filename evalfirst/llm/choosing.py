"""Which transport answers, as the environment says."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

from evalfirst.datasets import dataset
from evalfirst.llm import embedded, faults, models, replay
from evalfirst.llm.embedded import EmbeddedTransport
from evalfirst.llm.errors import BadSetting
from evalfirst.llm.faulty import FaultyTransport
from evalfirst.llm.live import LiveTransport
from evalfirst.llm.recorder import RecordingTransport
from evalfirst.llm.recordings import OWN, Shelf
from evalfirst.llm.replay import ReplayTransport
from evalfirst.llm.variables import CHOICE, FAULTS, LOCAL, RECORD
from evalfirst.workspace import VARIABLE as WORKSPACE
from evalfirst.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

# With no choice made and no key: recordings in front of the embedded model.
DEFAULT = "recorded, then embedded"
LIVE, EMBEDDED, REPLAY = "live", "embedded", "replay"
# the SDK's own variables
KEY, URL = "OPENAI_API_KEY", "OPENAI_BASE_URL"


def transport_name(environment: Mapping[str, str] | None = None) -> str:
    """Return what answers: `live`, `embedded`, `replay` or `recorded, then embedded`.

    Raises:
        BadSetting: `EVALFIRST_LLM` has another value.
    """
    env = os.environ if environment is None else environment
    chosen = _value(CHOICE, env).lower()
    if chosen in (LIVE, EMBEDDED, REPLAY):
        return chosen
    if chosen == LOCAL:
        return DEFAULT
    if chosen:
        raise BadSetting(
            f"{CHOICE} is {chosen!r}; it may be live (a server), embedded (only the model), "
            "replay (only recordings), local (recordings first, then the embedded model) or unset: "
            "then a key or base URL means live, and without either it is local."
        )
    return LIVE if _value(KEY, env) or _value(URL, env) else DEFAULT


def build(*, for_async: bool) -> tuple[Any, dict[str, str]]:
    """Return the transport for one client, and the SDK's `base_url` and `api_key` for it.

    Raises:
        BadSetting: a variable has a value that means nothing, or the key is missing.
    """
    transport, settings = _build(for_async=for_async)
    if wanted := _value(FAULTS):
        transport = FaultyTransport(transport, faults.parse(wanted, FAULTS))
    return transport, settings


def _build(*, for_async: bool) -> tuple[Any, dict[str, str]]:
    name = transport_name()
    record = [_path(RECORD)] if _value(RECORD) else []
    if name == LIVE:
        transport: Any = LiveTransport.for_async() if for_async else LiveTransport.sync()
        return _recording(transport, record), _live_settings()
    if name == EMBEDDED:
        transport = _recording(EmbeddedTransport(), record)
        if record:  # what is in the file already is not asked again
            transport = ReplayTransport(_shelf(tuple(record), models.SMALL.embedded), transport)
        return transport, {"base_url": embedded.BASE_URL, "api_key": EMBEDDED}
    if name == REPLAY:
        # a submission that was made with a live model replays, too: any model's answers will do
        transport = ReplayTransport(_shelf((*record, *_places()), None))
        return transport, {"base_url": replay.BASE_URL, "api_key": REPLAY}
    # in front of the embedded model stand only its own answers, never another model's
    shelf = _shelf((*record, *_places()), models.SMALL.embedded)
    transport = ReplayTransport(shelf, _recording(EmbeddedTransport(), record))
    return transport, {"base_url": embedded.BASE_URL, "api_key": EMBEDDED}


def _live_settings() -> dict[str, str]:
    url, key = _value(URL), _value(KEY)
    if not url and not key:
        raise BadSetting(
            f"{CHOICE}=live needs {KEY}, or {URL} for a server of your own "
            f"(such as http://localhost:11434/v1). Unset {CHOICE} to use the embedded model."
        )
    if url and (fault := _no_url(url)):
        raise BadSetting(
            f"{URL} is {url!r}; {fault}. Write an address such as http://localhost:11434/v1."
        )
    if not (key.isascii() and key.isprintable()):
        # not shown: the rest may be a real key
        raise BadSetting(f"{KEY} holds a character that no key has. Copy the key again.")
    # servers of one's own mostly ask for no key, but the SDK wants one
    return {"api_key": key or "none"} | ({"base_url": url} if url else {})


def _no_url(text: str) -> str | None:
    """Return what keeps a text from being a server's address, or `None`."""
    if not text.startswith(("http://", "https://")):
        return "it must start with http:// or https://"
    if len(text.split()) > 1:
        return "it has a space in it"
    try:
        # one knows all ports, the other all characters
        host = httpx2.URL(text).host and urlsplit(text).port != 0
        return None if host else "it names no host and port"
    except (httpx2.InvalidURL, ValueError) as error:
        return f"it cannot be read ({error})"


def _path(name: str) -> Path:
    try:
        return Path(_value(name)).expanduser()
    except RuntimeError as error:
        raise BadSetting(
            f"{name} is {_value(name)!r}; nobody here has that home folder. Write the whole path."
        ) from error


def _value(name: str, environment: Mapping[str, str] | None = None) -> str:
    return (os.environ if environment is None else environment).get(name, "").strip()


def _recording(transport: Any, record: list[Path]) -> Any:
    own = _own_recording()
    for path in (*record, *([own] if own else [])):
        transport = RecordingTransport(transport, path)
    return transport


def _own_recording() -> Path | None:
    """Return where the learner's calls are kept; `None` outside a workspace.

    A submission is graded on this recording, so it belongs to the learner's work.
    """
    workspace = Workspace.here()
    if os.environ.get(WORKSPACE) or workspace.feature.is_dir():
        return workspace.recordings / OWN
    return None


def _places() -> tuple[Path, ...]:
    try:
        shipped: tuple[Path, ...] = (dataset("recordings"),)
    except FileNotFoundError:
        shipped = ()  # evalfirst on its own, outside the course
    return (Workspace.here().recordings, *shipped)


@cache
def _shelf(paths: tuple[Path, ...], model: str | None) -> Shelf:
    """Return one shelf for all clients of a process that look in the same places."""
    return Shelf(paths, model)
