"""Exercises of phase 1: ship one LLM feature and know how often it is right."""
