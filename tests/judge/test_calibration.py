"""Calibration: a judge against labels, and runs and trends corrected by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from evalfirst.evals import EvalSet, Sample, run
from evalfirst.evals.eval_run import Failure
from evalfirst.evals.scorers import exact
from evalfirst.judge import Answer, Labelled, RubricJudge, Verdict, calibrate
from evalfirst.llm.tally import counting
from evalfirst.trend import TrendStore

from .scripted import model, part, said

if TYPE_CHECKING:
    from pathlib import Path


def labels(passes: int = 40, fails: int = 40) -> list[Labelled]:
    good = [Labelled("q", f"good {i}", passes=True, critique="Good.") for i in range(passes)]
    return good + [Labelled("q", f"bad {i}", passes=False, critique="Bad.") for i in range(fails)]


def wrong_on_tens(_: object, output: str) -> Verdict:
    """Wrong on every tenth answer, so that TPR and TNR are .9."""
    kind, number = output.split()
    return Verdict((kind == "good") != (int(number) % 10 == 0), f"about {output}")


def test_rates_agreement_and_what_to_read_first() -> None:
    found = calibrate(wrong_on_tens, labels())
    assert (found.rates.tpr, found.rates.tnr) == (0.9, 0.9)
    low, high = found.rates.tpr_interval
    assert low < 0.9 < high
    assert found.kappa is not None
    assert found.kappa.value == pytest.approx(0.8)
    assert [item.output for item, _ in found.wrongly_passed] == [
        f"bad {i}" for i in (0, 10, 20, 30)
    ]
    assert found.wrongly_failed[0][1].critique == "about good 0"
    assert found.sentence.startswith(
        "Of 40 answers that people pass the judge passes 36 (TPR 90%, likely 77% to 96%)"
    )
    assert "Kappa is 0.80" in found.sentence


def test_a_judge_that_passes_everything_is_no_better_than_chance_and_cannot_correct() -> None:
    found = calibrate(lambda *_: True, labels())
    assert (found.rates.tpr, found.rates.tnr) == (1.0, 0.0)
    assert "no better than chance" in found.sentence
    with pytest.raises(ValueError, match="mend the judge"):
        found.correct(30, 50)


def test_missing_verdicts_are_counted_and_not_taken_for_fails() -> None:
    def judge(_: object, output: str) -> Verdict:
        if output.endswith("1"):
            return Verdict(None, failure=Failure("Truncated", "raise max_tokens"))
        return Verdict(output.startswith("good"))

    found = calibrate(judge, labels())
    assert (found.rates.tpr, found.rates.tnr, found.n) == (1.0, 1.0, 72)
    assert (
        "8 verdicts are missing (Truncated: 8); an answer that lacks one is not counted."
        in found.sentence
    )
    with pytest.raises(ValueError, match="no verdict at all, first because of Truncated"):
        calibrate(lambda *_: Verdict(None, failure=Failure("Truncated", "x")), labels())


def test_too_few_labels_are_refused_with_how_many_it_takes() -> None:
    with pytest.raises(ValueError, match="9 human fails; label until there are 10"):
        calibrate(wrong_on_tens, labels(fails=9))
    with pytest.raises(ValueError, match="0 human passes"):
        calibrate(wrong_on_tens, [])


def test_a_judge_is_not_measured_on_its_own_examples() -> None:
    judge = RubricJudge("Good?", model(lambda _: said("pass")), examples=labels()[:2])
    with pytest.raises(ValueError, match="2 of the labelled answers are examples"):
        calibrate(judge, labels())


def test_the_judges_version_is_kept_and_its_calls_are_counted_where_the_caller_counts() -> None:
    sdk = model(lambda r: said("pass" if part(r, "answer").startswith("good") else "fail"))
    judge = RubricJudge("Good?", sdk)
    with counting() as tally:
        found = calibrate(judge, labels(10, 10))
    assert found.judge == judge.version
    assert (found.rates.tpr, found.rates.tnr) == (1.0, 1.0)
    assert tally.usage is not None
    assert tally.usage.calls == 20


# --- correcting


def outputs(good: int, n: int) -> EvalSet:
    return EvalSet(
        tuple(
            Sample(str(i), f"{'good' if i < good else 'bad'} {i}", target=i < good)
            for i in range(n)
        )
    )


def test_a_runs_share_is_corrected_towards_what_people_would_find() -> None:
    found = calibrate(wrong_on_tens, labels())
    judged = run(lambda text: text.startswith("good"), outputs(80, 100), [exact()])
    assert judged.passes() == 100
    # the judge sees .9 * .6 + .1 * .4 = .58 where people pass 60 of 100
    share = found.correct(58, 100)
    assert share.share == pytest.approx(0.6)
    assert share.low < 0.6 < share.high
    corrected = found.corrected(judged)
    assert corrected.observed == 1.0
    with pytest.raises(ValueError, match="no scorer 'judged'; it has exact"):
        found.corrected(judged, "judged")


def test_failed_samples_are_no_verdicts_of_the_judge() -> None:
    found = calibrate(wrong_on_tens, labels())

    def feature(text: str) -> bool:
        if text.endswith("9"):
            raise TimeoutError
        return text.startswith("good")

    judged = run(feature, outputs(50, 100), [exact()])
    assert found.corrected(judged).observed == 1.0


def test_a_trend_gets_what_people_would_have_found_beside_what_the_judge_found() -> None:
    found = calibrate(wrong_on_tens, labels())
    trend = pd.DataFrame({"n": [100, 100, 5], "passes": [58, 74, 5]}, index=["a", "b", "c"])
    corrected = found.corrected_trend(trend)
    assert list(trend.columns) == ["n", "passes"]
    assert corrected["corrected_share"].round(3).tolist()[:2] == [0.6, 0.8]
    assert (corrected["corrected_low"] < corrected["corrected_share"])[:2].all()
    assert corrected.loc["c"].isna().sum() == 3
    assert len(found.corrected_trend(trend[:0])) == 0
    with pytest.raises(ValueError, match="no column passes"):
        found.corrected_trend(pd.DataFrame({"n": [1]}))


def test_the_trend_of_a_store_is_corrected_without_the_samples_that_failed(tmp_path: Path) -> None:
    def feature(text: str) -> bool:
        if text.endswith("9"):
            raise TimeoutError
        return text.startswith("good")

    store = TrendStore(f"sqlite:///{tmp_path / 'quality.sqlite'}")
    done = run(feature, outputs(50, 100), [exact()])
    store.record(done)
    trend = calibrate(wrong_on_tens, labels()).corrected_trend(store.trend(errors="excluded"))
    store.close()
    assert trend["n"].tolist() == [90]
    assert trend["share"].tolist() == [1.0]
    assert trend["corrected_share"].tolist() == [1.0]
    assert trend["corrected_low"].iloc[0] > 0.9


# --- labels of a run


def test_answers_and_labels_come_from_a_run_without_its_failed_samples() -> None:
    def feature(text: str) -> str:
        if text == "b":
            raise TimeoutError
        return text.upper()

    done = run(feature, EvalSet((Sample("1", "a", "A"), Sample("2", "b", "B"))), [exact()])
    assert Answer.of(done) == [Answer("a", "A", "A")]
    assert Labelled.of_run(done, {"1": False}) == [Labelled("a", "A", "A", passes=False)]
    with pytest.raises(ValueError, match="without an answer in the run: 2, 9"):
        Labelled.of_run(done, {"1": True, "2": True, "9": True})
