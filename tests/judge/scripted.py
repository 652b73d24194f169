"""Judges whose bias is known: plain functions, and models behind the real SDK."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING, Any

import httpx2

from evalfirst.judge import Pair
from evalfirst.llm import client

if TYPE_CHECKING:
    from collections.abc import Callable

    import openai


def completion(content: str | None, **choice: Any) -> dict[str, Any]:
    """Return a chat completion that says `content`."""
    extra = choice.pop("message", {})
    message = None if extra is None else {"role": "assistant", "content": content, **extra}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message, **choice}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25},
    }


def said(verdict: str, critique: str = "It does.") -> dict[str, Any]:
    return completion(json.dumps({"critique": critique, "verdict": verdict}))


def model(answer: Callable[[dict[str, Any]], Any]) -> openai.OpenAI:
    """Return an SDK client whose model is `answer(request)`: a body, or a whole response."""

    def handle(request: httpx2.Request) -> httpx2.Response:
        body = answer(json.loads(request.content))
        return body if isinstance(body, httpx2.Response) else httpx2.Response(200, json=body)

    sdk: openai.OpenAI = client(httpx2.MockTransport(handle), max_retries=0)
    return sdk


def part(request: dict[str, Any], tag: str) -> str:
    """Return what the last message of a request shows inside a tag."""
    found = re.search(rf"<{tag}>\n(.*)\n</{tag}>", request["messages"][-1]["content"], re.DOTALL)
    assert found
    return found[1]


def pairs(n: int) -> list[Pair]:
    """Return pairs of a good and a bad answer, half of them the other way round."""
    made = []
    for i in range(n):
        answers = (f"good {i}", f"bad {i}")
        made.append(Pair(f"question {i}", *(answers if i % 2 else answers[::-1])))
    return made


def by_content(first: str, second: str) -> str:
    assert {first[:3], second[:3]} == {"goo", "bad"}
    return "first" if first.startswith("good") else "second"


def first_place(share: float, seed: int) -> Callable[[Any, str, str], str]:
    """Return a judge that takes the first answer unread, in `share` of all questions."""

    def judge(_: Any, first: str, second: str) -> str:
        unread = random.Random(f"{seed} {first} {second}").random() < share
        return "first" if unread else by_content(first, second)

    return judge


def coin(share: float, seed: int) -> Callable[[Any, str, str], str]:
    """Return a judge that throws a coin, in `share` of all questions, and has no favourite."""

    def judge(_: Any, first: str, second: str) -> str:
        chance = random.Random(f"{seed} {first} {second}")
        if chance.random() < share:
            return chance.choice(["first", "second"])
        return by_content(first, second)

    return judge
