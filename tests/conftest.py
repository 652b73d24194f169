"""No test asks a live service, whatever keys the person who runs them has."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# how long an example takes says how busy the machine is; CI tries the same ones every time
settings.register_profile(
    "evalfirst",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("evalfirst")


# what decides which model answers, and how well
_CHOOSING = ("EVALFIRST_LLM", "EVALFIRST_RECORD", "EVALFIRST_FAULTS")


@pytest.fixture(scope="session", autouse=True)
def _no_live_service():
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("OPENAI_") or name in _CHOOSING:
                patch.delenv(name)
        yield
