"""The prompts of triage: versioned files in `datasets/triage_prompts`, one for each arm."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import yaml

from evalfirst.datasets import dataset
from graders.support_desk.tickets import CATEGORIES, gold, tickets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class BadPrompt(ValueError):
    """A prompt file is damaged; the message names file, field and mend."""


@dataclass(frozen=True)
class Prompt:
    """One versioned prompt.

    Attributes:
        name: the file's name without its ending; also the arm's name.
        title: what it is, in a few words.
        version: number that goes up with every change of what is sent or read.
        stage: place in the order in which a team tries the prompts.
        read: `schema`: the answer is JSON; `logprob`: the category is the one whose words the
            model finds likeliest as the next word.
        system, user: messages; `{ticket}` in `user` becomes the ticket.
        prefill: beginning of the assistant's answer, or empty.
        max_tokens: longest answer.
        max_characters: a longer ticket keeps this many characters from its beginning.
        shots: ids of tickets that the prompt gives as examples.
        words: for `logprob`, the next words that speak for each category.
        usual: for `logprob`, what the words of each category get on average over tickets.
        alternatives: for `logprob`, how many next words the model is asked for.
        digest: six hexadecimal digits of the file's content.
    """

    name: str
    title: str
    version: int
    stage: int
    read: Literal["schema", "logprob"]
    user: str
    max_tokens: int
    max_characters: int
    system: str = ""
    prefill: str = ""
    shots: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    usual: Mapping[str, float] = field(default_factory=dict)
    alternatives: int = 0
    digest: str = ""

    def messages(self, text: str) -> list[dict[str, str]]:
        """Return the chat messages for one ticket."""
        messages = [{"role": "system", "content": self.system}] if self.system else []
        for shot, answer in self._examples():
            messages += [self._user(shot), {"role": "assistant", "content": answer}]
        messages.append(self._user(text))
        if self.prefill:
            messages.append({"role": "assistant", "content": self.prefill})
        return messages

    def _user(self, text: str) -> dict[str, str]:
        shown = text.strip()[: self.max_characters]
        # not str.format: a ticket may hold braces of its own
        return {"role": "user", "content": self.user.replace("{ticket}", shown)}

    def _examples(self) -> list[tuple[str, str]]:
        texts = {ticket.id: ticket.text for ticket in tickets()} if self.shots else {}
        return [(texts[shot], self.answer(gold()[shot].category)) for shot in self.shots]

    def answer(self, category: str) -> str:
        """Return what the model should have said for a category."""
        if self.read == "schema":
            return f'{{"category": "{category}"}}'
        return f"{self.prefill} {category}".strip()


@cache
def prompts() -> dict[str, Prompt]:
    """Return the prompts by name, in the order in which a team tries them.

    Raises:
        BadPrompt: a file is damaged.
    """
    files = sorted(dataset("triage_prompts").glob("*.yaml"))
    return {p.name: p for p in sorted(map(load, files), key=lambda prompt: prompt.stage)}


def load(path: Path) -> Prompt:
    """Return the prompt in one file.

    Raises:
        BadPrompt: it is damaged.
    """
    text = path.read_text(encoding="utf-8")
    try:
        given: Any = yaml.safe_load(text)
        prompt = Prompt(
            name=path.stem,
            digest=hashlib.sha256(text.encode()).hexdigest()[:6],
            **{key: _frozen(value) for key, value in dict(given).items()},
        )
    except (yaml.YAMLError, TypeError, ValueError) as error:
        raise BadPrompt(f"{path}: {error}") from error
    _check(path, prompt)
    return prompt


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(value) if isinstance(value, list) else value


def _check(path: Path, prompt: Prompt) -> None:
    if prompt.read not in ("schema", "logprob"):
        raise BadPrompt(f"{path}: field 'read' is {prompt.read!r}; write schema or logprob")
    if "{ticket}" not in prompt.user:
        raise BadPrompt(f"{path}: field 'user' has no {{ticket}} in it")
    if prompt.read == "logprob" and set(prompt.words) != set(CATEGORIES):
        raise BadPrompt(f"{path}: field 'words' must name each of {', '.join(CATEGORIES)}")
    if prompt.usual and set(prompt.usual) != set(CATEGORIES):
        raise BadPrompt(f"{path}: field 'usual' must name each of {', '.join(CATEGORIES)}")
    known = {ticket.id for ticket in tickets()} if prompt.shots else set()
    if unknown := set(prompt.shots) - known:
        raise BadPrompt(f"{path}: field 'shots' names no ticket: {', '.join(sorted(unknown))}")
