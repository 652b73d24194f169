"""Ticket triage: the feature that phase 1 ships, in the arms that a team would try.

An arm is a prompt and the way its answer is read. All arms call the model through the real SDK.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from evalfirst.llm import MODEL, client, transport_name
from evalfirst.llm.choosing import LIVE
from evalfirst.llm.models import live_name
from graders.support_desk.keywords import keyword_baseline
from graders.support_desk.prompts import Prompt, prompts
from graders.support_desk.tickets import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Mapping


__all__ = ["ARMS", "Arm", "Triage", "UnreadableAnswer", "few_shot_ids", "keyword_baseline"]

_SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "triage",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"category": {"type": "string", "enum": list(CATEGORIES)}},
            "required": ["category"],
            "additionalProperties": False,
        },
    },
}


class UnreadableAnswer(ValueError):
    """The model's answer names no category; the message holds it and why it ended."""


@dataclass(frozen=True)
class Arm:
    """One way to do triage: a prompt version and how its answer is read."""

    name: str
    prompt: Prompt

    @property
    def version(self) -> str:
        """Name, version and content of the prompt: it changes whenever the prompt does."""
        return f"{self.name} v{self.prompt.version} {self.prompt.digest}"

    @property
    def shots(self) -> tuple[str, ...]:
        """Ids of the tickets that the prompt gives as examples."""
        return self.prompt.shots

    def request(self, text: str) -> dict[str, Any]:
        """Return the arguments of `chat.completions.create` for one ticket."""
        asked: dict[str, Any] = {
            "model": MODEL,
            "messages": self.prompt.messages(text),
            "temperature": 0,
            "max_tokens": self.prompt.max_tokens,
        }
        if self.prompt.read == "schema":
            asked["response_format"] = _SCHEMA
        else:
            asked |= {"logprobs": True, "top_logprobs": self.prompt.alternatives}
        return asked

    def read(self, response: Any) -> str:
        """Return the category that a response names.

        Raises:
            UnreadableAnswer: it names none.
        """
        choice = response.choices[0]
        if self.prompt.read == "schema":
            return _category_in(choice)
        return max(scores := self.scores(response), key=scores.__getitem__)

    def scores(self, response: Any) -> dict[str, float]:
        """Return each category's score: log probability of its words, less what is usual.

        Source of the correction: batch calibration (Zhou et al., 2024, arXiv:2309.17249), with
        the means of unlabelled tickets in place of a batch.

        Raises:
            UnreadableAnswer: the response carries no log probabilities.
        """
        logprobs = response.choices[0].logprobs
        if logprobs is None or not logprobs.content:
            raise UnreadableAnswer("the answer carries no log probabilities of its words")
        listed = {word.token: word.logprob for word in logprobs.content[0].top_logprobs}
        return {
            category: _together(listed, words) - self.prompt.usual.get(category, 0.0)
            for category, words in self.prompt.words.items()
        }


def _together(listed: Mapping[str, float], words: tuple[str, ...]) -> float:
    """Return the log probability of any of `words`."""
    # a word that the model did not list is less likely than the last that it did
    unlisted = min(listed.values()) - 1
    return math.log(sum(math.exp(listed.get(word, unlisted)) for word in words))


def _category_in(choice: Any) -> str:
    said = choice.message.content or ""
    try:
        category = json.loads(said)["category"]
    except (ValueError, KeyError, TypeError):
        category = None
    if category not in CATEGORIES:
        raise UnreadableAnswer(
            f"no category in the answer {said!r}; it ended because of {choice.finish_reason!r}"
        )
    return str(category)


def arms() -> dict[str, Arm]:
    """Return the arms by name, in the order in which a team tries them.

    Raises:
        BadPrompt: a prompt file is damaged.
    """
    return {name: Arm(name, prompt) for name, prompt in prompts().items()}


ARMS: dict[str, Arm] = arms()

# The arm that the benchmark finds best; phase 1 ships it.
BEST = "label_scores"


@cache
def few_shot_ids() -> frozenset[str]:
    """Return the ids of all tickets that any prompt gives as an example."""
    return frozenset(shot for arm in ARMS.values() for shot in arm.shots)


class Triage:
    """Text of a ticket -> category.

    ```python
    triage = Triage()
    triage("My invoice shows the old address.")
    ```

    Attributes:
        arm: how it is done.
        version: names the version, and a live model, for eval runs.
        shots: ids of the tickets inside its prompt.
    """

    def __init__(self, arm: str = BEST, client: Any = None) -> None:
        """Use one of `ARMS`.

        Args:
            arm: its name.
            client: an OpenAI client; by default `evalfirst.llm.client()`.

        Raises:
            ValueError: there is no such arm; the message lists those that exist.
            BadSetting: an environment variable has a value that means nothing.
        """
        if arm not in ARMS:
            raise ValueError(f"no arm {arm!r}; there are: {', '.join(ARMS)}")
        self.arm = ARMS[arm]
        self.version = self.arm.version
        if client is None and transport_name() == LIVE:
            # a run that is kept must not be filled up with another model's answers
            self.version += f" on {live_name(MODEL)}"
        self.shots = self.arm.shots
        self.__name__ = "triage"
        self._client = client

    def __call__(self, text: str) -> str:
        """Return the category of one ticket.

        Raises:
            UnreadableAnswer: the model's answer names no category.
            LLMError: no answer can be had; the message says what to do.
        """
        return self.arm.read(self.ask(text))

    def ask(self, text: str) -> Any:
        """Return the model's whole response, for whoever wants tokens or log probabilities."""
        if self._client is None:
            self._client = client()
        return self._client.chat.completions.create(**self.arm.request(text))
