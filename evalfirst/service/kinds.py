"""What can become of a request: one table for answers, log and traffic."""

from __future__ import annotations

from typing import Literal

Outcome = Literal["ok", "fallback", "error", "timeout", "refused"]

#: kind of a problem -> HTTP status, title, outcome. The kind is what programs look at.
KINDS: dict[str, tuple[int, str, Outcome]] = {
    "client_gone": (400, "The client went away", "refused"),
    "unknown_feature": (404, "There is no such feature", "refused"),
    "not_found": (404, "There is nothing here", "refused"),
    "method_not_allowed": (405, "This method is not answered here", "refused"),
    "slow_body": (408, "The request took too long to arrive", "refused"),
    "too_large": (413, "The request is too large", "refused"),
    "bad_body": (422, "The request cannot be read", "refused"),
    "budget_spent": (429, "The budget is spent", "refused"),
    "feature_error": (500, "The feature failed", "error"),
    "bad_output": (500, "The feature's output is not JSON", "error"),
    "internal_error": (500, "The service failed", "error"),
    "model_error": (502, "The model failed", "error"),
    "busy": (503, "The service is busy", "refused"),
    "cut_off": (503, "The service shut down", "error"),
    "draining": (503, "The service is shutting down", "refused"),
    "unpriced": (503, "The budget cannot be kept", "refused"),
    "timeout": (504, "The feature took too long", "timeout"),
}
