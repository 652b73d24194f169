"""A language model as judge: one rubric, pass or fail, the critique first."""

from __future__ import annotations

import hashlib
import json
import threading
from typing import TYPE_CHECKING, Any, Literal, cast

from evalfirst.judge import prompt
from evalfirst.judge.answers import Answer, Labelled
from evalfirst.judge.verdict import Choice, Pick, Preference, Verdict
from evalfirst.llm.models import MODEL, live_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evalfirst.evals.eval_run import Failure

_SAID = 200  # characters of an unreadable verdict that its message shows


class RubricJudge:
    """Judges answers by one rubric, at temperature 0, through the structured-output API.

    Pass or fail and nothing between: people agree on it more often than on a scale from 1 to 5,
    and it can be compared with their labels. One rubric a judge: a judge of three things at once
    cannot be mended. Before you trust it, `calibrate` it.

    ```python
    judge = RubricJudge("The reply says how long the refund takes.")
    judge("Where is my money?", "It arrives within five working days.").passes
    ```

    Attributes:
        rubric, model, examples: as given.
        version: changes with rubric, examples, model and the wording around them.
    """

    def __init__(
        self,
        rubric: str,
        client: Any = None,
        *,
        model: str = MODEL,
        examples: Sequence[Labelled] = (),
        max_tokens: int = 400,
        name: str = "rubric_judge",
    ) -> None:
        """Set up a judge; it asks nothing yet.

        Args:
            rubric: what an answer must do to pass, in the words that people label by.
            client: an OpenAI client; by default `evalfirst.llm.client()`, at the first question.
                Give it a `Meter` to count what the judge costs.
            model: name of the model.
            examples: labelled answers with critiques that the judge sees before each question.
                Take them from the training part of your labels: on the rest the judge is measured.
            max_tokens: for critique and verdict together. Too few end in verdicts that failed.
            name: what runs call it.

        Raises:
            ValueError: the rubric is empty, or an example has no critique.
            BadSetting: an environment variable has a value that means nothing.
        """
        if not rubric.strip():
            raise ValueError("write a rubric: what must an answer do to pass?")
        for number, shot in enumerate(examples, 1):
            if not shot.critique.strip():
                raise ValueError(
                    f"example {number} has no critique: the judge copies how you give reasons"
                )
        self.rubric = rubric.strip()
        self.model = model
        self.examples = tuple(examples)
        self.max_tokens = max_tokens
        self.__name__ = name
        self.version = self._version(live=client is None and _live())
        self._client = client
        self._lock = threading.Lock()

    def __call__(self, input: Any, output: Any, target: Any = None) -> Verdict:  # noqa: A002  (the field's own word)
        """Judge one answer. Safe from many threads.

        Returns:
            The verdict. Where the model refuses, breaks off or answers in another form, or the
            call fails, `passes` is `None` and `failure` says why.

        Raises:
            LLMError: the set-up is wrong (key, model, weights); no later question can be answered.
        """
        messages = prompt.about_one(self.rubric, self.examples, Answer(input, output, target))
        critique, verdict, failure = self._ask(messages, prompt.PASS, prompt.FAIL)
        return Verdict(None if failure else verdict == prompt.PASS, critique, failure)

    def choose(self, input: Any, first: Any, second: Any) -> Choice:  # noqa: A002  (the field's own word)
        """Say which of two answers is better, in this order; see `prefer` for a fair answer.

        Raises:
            LLMError: as for a call.
        """
        messages = prompt.about_two(self.rubric, input, first, second)
        critique, verdict, failure = self._ask(messages, prompt.FIRST, prompt.SECOND, prompt.TIE)
        return Choice(None if failure else cast("Pick", verdict), critique, failure)

    def prefer(
        self,
        input: Any,  # noqa: A002  (the field's own word)
        one: Any,
        other: Any,
        *,
        order: Literal["both", "random"] = "both",
    ) -> Preference:
        """Say which of two answers is better, whatever their order.

        Args:
            input: the question.
            one: an answer.
            other: another one.
            order: `both` asks twice, and a verdict that changes with the order is a tie. `random`
                asks once, in an order drawn from the texts themselves: half the price, and the
                judge's preference for a place cancels out over many pairs, not in one.

        Raises:
            LLMError: as for a call.
            ValueError: another order.
        """
        if order not in ("both", "random"):
            raise ValueError(f"order is 'both' or 'random', not {order!r}")
        turned = order == "random" and _coin(input, one, other)
        choices = []
        if not turned:
            choices.append(self.choose(input, one, other))
        if turned or order == "both":
            choices.append(self.choose(input, other, one))
        names: dict[str, Literal["one", "other", "tie"]]
        picks = []
        for choice, swapped in zip(choices, [True] if turned else [False, True], strict=False):
            names = {"first": "one", "second": "other", "tie": "tie"}
            if swapped:
                names = {"first": "other", "second": "one", "tie": "tie"}
            picks.append(None if choice.pick is None else names[choice.pick])
        if None in picks:
            return Preference(None, False, tuple(choices))
        flipped = len(set(picks)) > 1
        return Preference("tie" if flipped else picks[0], flipped, tuple(choices))

    def __repr__(self) -> str:
        """Name the judge by its version."""
        return f"RubricJudge({self.__name__} {self.version})"

    def _version(self, *, live: bool) -> str:
        model = live_name(self.model) if live else self.model
        shots = [[s.input, s.output, s.target, s.passes, s.critique] for s in self.examples]
        wording = [
            prompt.about_one(self.rubric, self.examples, Answer("", "")),
            prompt.about_two(self.rubric, "", "", ""),
        ]
        content = json.dumps([model, self.max_tokens, shots, wording], default=repr, sort_keys=True)
        return f"{hashlib.sha256(content.encode()).hexdigest()[:12]} on {model}"

    def _ask(
        self, messages: list[dict[str, str]], *verdicts: str
    ) -> tuple[str, str, Failure | None]:
        from evalfirst.evals.eval_run import Failure
        from evalfirst.llm.errors import LLMError, Unreachable

        create = self._sdk().chat.completions.create
        try:
            response = create(
                model=self.model,
                messages=messages,
                temperature=0,
                max_tokens=self.max_tokens,
                response_format=prompt.form(*verdicts),
            )
        except Exception as error:
            if isinstance(error, LLMError) and not isinstance(error, Unreachable):
                raise
            return "", "", Failure(type(error).__name__, str(error) or repr(error))
        return _read(response, verdicts)

    def _sdk(self) -> Any:
        with self._lock:
            if self._client is None:
                from evalfirst.llm import client

                self._client = client()
            return self._client


def _read(response: Any, verdicts: Sequence[str]) -> tuple[str, str, Failure | None]:
    from evalfirst.evals.eval_run import Failure

    # the SDK hands on what a gateway says in place of a completion: a page, or an error as JSON
    choice: Any = next(iter(getattr(response, "choices", None) or ()), None)
    if getattr(choice, "message", None) is None:
        return "", "", Failure("Malformed", f"the response holds no answer: {response!r:.{_SAID}}")
    content = choice.message.content or ""
    if refusal := getattr(choice.message, "refusal", None):
        return "", "", Failure("Refused", str(refusal))
    if choice.finish_reason == "content_filter":
        return "", "", Failure("Refused", "a content filter stopped the judge")
    try:
        said = json.loads(content)
        critique, verdict = said["critique"], said["verdict"]
    except (ValueError, KeyError, TypeError, RecursionError):
        if choice.finish_reason == "length":
            mend = "the verdict was cut off: raise the judge's max_tokens"
            return "", "", Failure("Truncated", mend)
        return "", "", Failure("Malformed", f"no verdict in {content[:_SAID]!r}")
    if verdict not in verdicts or not isinstance(critique, str):
        wanted = ", ".join(verdicts)
        return "", "", Failure("Malformed", f"the verdict {verdict!r} is none of {wanted}")
    return critique, str(verdict), None


def _live() -> bool:
    from evalfirst.llm import choosing

    return choosing.transport_name() == choosing.LIVE


def _coin(*texts: Any) -> bool:
    """Return heads or tails, the same for the same texts."""
    digest = hashlib.sha256(json.dumps(texts, default=repr, ensure_ascii=False).encode())
    return digest.digest()[0] % 2 == 1
