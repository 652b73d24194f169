"""Tests get recorded answers only: no model, no network, no cost."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["EVALFIRST_LLM"] = "replay"
os.environ["EVALFIRST_RECORD"] = str(ROOT / "recordings" / "answers.jsonl")
