"""Real OpenAI clients; only their transport is chosen here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai

from evalfirst.llm.choosing import build
from evalfirst.llm.meter import Meter, Metered

if TYPE_CHECKING:
    import httpx2


def client(
    transport: httpx2.BaseTransport | None = None, *, meter: Meter | None = None, **settings: Any
) -> openai.OpenAI:
    """Return an `openai.OpenAI` whose answers come from where the environment says.

    - `OPENAI_API_KEY` or `OPENAI_BASE_URL` set: that live server.
    - Neither: recordings first, and the embedded model for what was not recorded.
    - `EVALFIRST_LLM=live|embedded|replay`: only that; `local`: recordings, then embedded, even
      where a key is set. `evalfirst lab` chooses `local` unless you chose.
    - `EVALFIRST_RECORD=path`: new exchanges are appended to that file; a live server is always
      asked, the embedded model only for what is not in the file yet.
    - `EVALFIRST_FAULTS=seed=7,too_many_requests=.05,timeout=.02`: that share of the attempts
      fails, see `evalfirst.llm.faults`.

    In a workspace, the learner's calls leave a recording in `feature/recordings/`.

    Args:
        transport: answers instead, for example `ReplayTransport(path)`.
        meter: counts calls, tokens, seconds and money.
        settings: passed to `openai.OpenAI`, such as `max_retries` or `timeout`.

    Raises:
        BadSetting: an environment variable has a value that means nothing.
    """
    transport, settings = _complete(transport, settings, meter, for_async=False)
    return openai.OpenAI(http_client=openai.DefaultHttpxClient(transport=transport), **settings)


def async_client(
    transport: httpx2.AsyncBaseTransport | None = None,
    *,
    meter: Meter | None = None,
    **settings: Any,
) -> openai.AsyncOpenAI:
    """Return an `openai.AsyncOpenAI`; arguments and errors as for `client`."""
    transport, settings = _complete(transport, settings, meter, for_async=True)
    return openai.AsyncOpenAI(
        http_client=openai.DefaultAsyncHttpxClient(transport=transport), **settings
    )


def _complete(
    transport: Any, settings: dict[str, Any], meter: Meter | None, *, for_async: bool
) -> tuple[Any, dict[str, Any]]:
    if transport is None:
        transport, defaults = build(for_async=for_async)
    else:
        defaults = {"api_key": "none", "base_url": "http://transport.invalid/v1"}
    return Metered(transport, meter), {**defaults, **settings}
