"""What can go wrong on the way to a model, each with the mend in its message.

All derive from `openai.OpenAIError`, which the SDK hands through untouched and does not retry.
Where the SDK has an exception for the same thing, ours is one of those too, so that code which
handles `openai.AuthenticationError` handles a refused key here.
"""

from __future__ import annotations

import openai


class LLMError(openai.OpenAIError):
    """No answer can be had from the model as things are set up; the message says what to do."""


class BadSetting(LLMError):
    """An environment variable has a value that means nothing."""


class MissingWeights(LLMError):
    """The embedded model's package or its weights are not installed."""


class UnknownModel(LLMError):
    """The model that was asked for does not exist here."""


class ReplayMiss(LLMError):
    """A request was not recorded, and only recordings may answer."""


class CannotRecord(LLMError):
    """An exchange could not be written to the recording."""


class BadRecording(LLMError):
    """A recording cannot be read."""


class Unreachable(LLMError, openai.APIConnectionError):
    """Nothing answers at the base URL."""


class RefusedKey(LLMError, openai.AuthenticationError):
    """The server does not accept the API key."""


class WrongBaseURL(LLMError, openai.NotFoundError):
    """A server answers at the base URL, but it has no chat completions there."""


class UnknownLiveModel(UnknownModel, openai.NotFoundError):
    """The live server has no model of this name."""
