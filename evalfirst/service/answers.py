"""What a service sends, field by field: the service writes it, its clients read it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class Versions(BaseModel):
    """Which version answered; `null` where the feature names none, or no model was called."""

    feature: str
    prompt: str | None
    model: str | None


class Used(BaseModel):
    """What the answer took: model calls, tokens, list price in US dollars, and seconds.

    `recorded_seconds` is what recorded answers took when they were made: they return at once, so
    a user of the model would have waited for both.
    """

    calls: int
    prompt_tokens: int | None
    completion_tokens: int | None
    dollars: float | None
    seconds: float
    recorded_seconds: float | None


class Answer(BaseModel):
    """The feature's output, and how it came about."""

    request_id: str
    output: Any
    versions: Versions
    usage: Used
    fallback: bool


class ProblemDetails(BaseModel):
    """Why there is no answer (RFC 9457); `kind` is what programs look at.

    `usage` is there if a model was called all the same.
    """

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    kind: str
    usage: Used | None = None


class ServedVersions(BaseModel):
    """The versions of one feature; `prompt` is `null` where it names none."""

    feature: str
    prompt: str | None


class Health(BaseModel):
    """Whether the service answers, and if not, why."""

    status: str
    reasons: list[str]
    features: dict[str, ServedVersions]
