"""No test asks a live service, whatever keys the person who runs them has."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def _no_live_service():
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("OPENAI_") or name in ("EVALFIRST_LLM", "EVALFIRST_RECORD"):
                patch.delenv(name)
        yield
