"""Does length decide? Each answer is judged as it is and with padding that says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalfirst.judge.answers import Answer
from evalfirst.judge.asking import all_of, answers_in, refuse_silence, verdict_on, without_verdict
from evalfirst.judge.finding import Finding
from evalfirst.stats.paired import paired_shares

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from evalfirst.evals.eval_run import Failure
    from evalfirst.judge.asking import Judge
    from evalfirst.judge.verdict import Verdict
    from evalfirst.stats.paired import PairedDifference

_OPENING = "Thank you very much for your message, which I have read with great care."
_PADDING = (
    "I hope that this answers your question in full.",
    "Please take all the time that you need to read it.",
    "It is always important to look at the whole picture.",
    "As you can see, this covers what is relevant here.",
    "If anything is unclear, reading it once more may help.",
    "I have done my best to be thorough, complete and clear.",
)


@dataclass(frozen=True)
class VerbosityBias(Finding):
    """How a judge's verdicts change when an answer gets longer and says no more.

    Attributes:
        change: share of passes with padding against without.
        gained: the answers that pass only with padding.
        lost: the answers that pass only without.
        failures: why verdicts are missing.
    """

    change: PairedDifference
    gained: tuple[Answer, ...]
    lost: tuple[Answer, ...]
    failures: tuple[Failure, ...] = ()

    @property
    def n(self) -> int:
        """Answers with both verdicts."""
        return self.change.n

    @property
    def biased(self) -> bool:
        """Whether the interval leaves out "no change", and enough changed for that."""
        return self.change.clear and not self.change.caution

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        d = self.change
        said = [f"Of {d.n} answers {d.better} passed only with padding and {d.worse} only without."]
        if self.biased:
            what = "likes" if d.effect > 0 else "punishes"
            said.append(
                f"The judge {what} length: padding changes the share of passes by "
                f"{d.effect * 100:+.0f} points, likely {d.low * 100:+.0f} to {d.high * 100:+.0f}."
            )
        elif d.low <= 0 <= d.high:
            said.append(
                f"That shows no taste for length: anything from {d.low * 100:+.0f} to "
                f"{d.high * 100:+.0f} points fits."
            )
        if d.caution:
            said.append(f"Caution: {d.caution}.")
        said.append(without_verdict(self.failures))
        return " ".join(filter(None, said))


def padded(text: str, times: float = 2.0) -> str:
    """Return a text of at least `times` as many words that says no more than before.

    Raises:
        ValueError: `times` is not above 1.

    >>> padded("Within 30 days.").endswith("I hope that this answers your question in full.")
    True
    """
    if times <= 1:
        raise ValueError(f"times must be above 1, got {times}")
    wanted = len(text.split()) * times
    said = [_OPENING, text, _PADDING[0]]
    while sum(len(part.split()) for part in said) < wanted:
        said.append(_PADDING[(len(said) - 2) % len(_PADDING)])
    return " ".join(said)


def verbosity_bias(
    judge: Judge,
    answers: Iterable[Any],
    *,
    lengthen: Callable[[str], str] = padded,
    threads: int = 4,
) -> VerbosityBias:
    """Measure how far a judge of one answer goes by its length.

    Assumes independent answers, and that `lengthen` adds nothing that the rubric asks for: a
    rubric on brevity rightly fails what is padded.

    Args:
        judge: a `RubricJudge`, or `f(input, output)` -> bool or `Verdict`.
        answers: `Answer`s with texts as outputs, or `(input, output)` tuples. Take good and bad
            ones: where all pass already, no padding can add a pass.
        lengthen: what makes a text longer.
        threads: questions under way at once.

    Raises:
        ValueError: no answer, an output that is no text, a `lengthen` that does not lengthen, or
            no answer with both verdicts.
        TypeError: the judge returns something else.
        LLMError: the model cannot be asked as things are set up.

    Source: K. Saito and others, Verbosity Bias in Preference Labeling, 2023, arXiv:2310.10076;
    the interval is Newcombe's for paired shares.
    """
    short = answers_in(answers)
    long = [Answer(a.input, lengthened(a.output, lengthen), a.target) for a in short]
    verdicts = all_of(lambda answer: verdict_on(judge, answer), [*short, *long], threads)
    pairs = list(zip(short, verdicts[: len(short)], verdicts[len(short) :], strict=True))
    judged: list[tuple[Answer, Verdict, Verdict]] = [
        (answer, before, after)
        for answer, before, after in pairs
        if before.passes is not None and after.passes is not None
    ]
    missing = tuple(v.failure for v in verdicts if v.passes is None and v.failure)
    refuse_silence(missing, len(judged))
    change = paired_shares(
        [bool(before.passes) for _, before, _ in judged],
        [bool(after.passes) for _, _, after in judged],
    )
    return VerbosityBias(
        change=change,
        gained=tuple(a for a, before, after in judged if after.passes and not before.passes),
        lost=tuple(a for a, before, after in judged if before.passes and not after.passes),
        failures=missing,
    )


def lengthened(text: Any, lengthen: Callable[[str], str]) -> str:
    """Return a text made longer.

    Raises:
        ValueError: it is no text, or did not get longer.
    """
    if not isinstance(text, str):
        raise ValueError(f"only texts can be padded, got the output {text!r}")
    long = lengthen(text)
    if len(long.split()) <= len(text.split()):
        raise ValueError(f"lengthen left the text as long as it was: {long!r}")
    return long
