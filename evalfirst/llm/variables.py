"""Names of environment variables that others set, apart from what imports the SDK."""

from __future__ import annotations

CHOICE = "EVALFIRST_LLM"
RECORD = "EVALFIRST_RECORD"
FAULTS = "EVALFIRST_FAULTS"

# Recordings first, then the embedded model, even where a key for a live service is set.
LOCAL = "local"
