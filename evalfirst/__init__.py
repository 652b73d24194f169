"""Eval First as a library: evals, models behind the OpenAI SDK, and the statistics they need."""
