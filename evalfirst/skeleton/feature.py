"""Triage: which desk of the library answers this message?

The prompt lives in `prompts/`, in a file with a version, so that a change of it is a change that
somebody can review, measure and take back.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any

import yaml
from evalfirst.llm import MODEL, client

PROMPT = Path(__file__).parent / "prompts" / "triage.v1.yaml"


class Triage:
    """Text of a message -> `loans`, `rooms`, `events`, `account` or `other`.

    Attributes:
        prompt: the content of the prompt file.
        prompt_version: its version number and six digits that change with its content.
        version: what tells one version of this feature from another in an eval run.
    """

    def __init__(self, path: Path = PROMPT) -> None:
        """Read the prompt file at `path`."""
        text = path.read_text(encoding="utf-8")
        self.prompt: dict[str, Any] = yaml.safe_load(text)
        digest = hashlib.sha256(text.encode()).hexdigest()[:6]
        self.prompt_version = self.version = f"v{self.prompt['version']} {digest}"
        self.__name__ = "triage"
        self._client: Any = None

    def __call__(self, message: str) -> str:
        """Return the desk that answers `message`."""
        if self._client is None:
            # a real OpenAI client; the environment says who answers (see README.md)
            self._client = client()
        response = self._client.chat.completions.create(
            model=MODEL,
            messages=self.messages(message),
            temperature=0,
            max_tokens=1,
            logprobs=True,
            top_logprobs=self.prompt["alternatives"],
        )
        scores = self.scores(response.choices[0].logprobs.content[0].top_logprobs)
        return max(scores, key=scores.__getitem__)

    def messages(self, message: str) -> list[dict[str, str]]:
        """Return the chat messages for one message of a visitor."""
        shown = message.strip()[: self.prompt["max_characters"]]
        return [
            {"role": "system", "content": self.prompt["system"]},
            # not str.format: a message may hold braces of its own
            {"role": "user", "content": self.prompt["user"].replace("{message}", shown)},
            {"role": "assistant", "content": self.prompt["prefill"]},
        ]

    def scores(self, alternatives: list[Any]) -> dict[str, float]:
        """Return each desk's score: log probability of its words, less what is usual."""
        listed = {word.token: word.logprob for word in alternatives}
        # a word that the model did not list is less likely than the last that it did
        unlisted = min(listed.values()) - 1
        return {
            desk: math.log(sum(math.exp(listed.get(word, unlisted)) for word in words))
            - self.prompt["usual"][desk]
            for desk, words in self.prompt["words"].items()
        }


triage = Triage()
