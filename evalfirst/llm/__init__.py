"""Models behind the real OpenAI SDK: live, embedded or recorded, chosen by the environment.

`client()` returns an `openai.OpenAI` and `async_client()` an `openai.AsyncOpenAI`. Only their
transport differs, so a feature that works here works against any OpenAI-compatible server.
"""

from __future__ import annotations

from evalfirst.lazy import exports

__getattr__, __all__ = exports(
    __name__,
    {
        "BadRecording": "errors",
        "BadSetting": "errors",
        "CannotRecord": "errors",
        "EmbeddedTransport": "embedded",
        "Exchange": "recordings",
        "FaultyTransport": "faulty",
        "LLMError": "errors",
        "LiveTransport": "live",
        "MODEL": "models",
        "Meter": "meter",
        "MissingWeights": "errors",
        "Provenance": "origin",
        "RecordingTransport": "recorder",
        "RefusedKey": "errors",
        "ReplayMiss": "errors",
        "ReplayTransport": "replay",
        "UnknownModel": "errors",
        "Unreachable": "errors",
        "Usage": "tally",
        "WrongBaseURL": "errors",
        "async_client": "clients",
        "client": "clients",
        "counting": "tally",
        "provenance": "origin",
        "read_recordings": "recordings",
        "transport_name": "choosing",
    },
)
