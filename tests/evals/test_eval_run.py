"""What a run tells of itself: versions, latency, tokens, money; and the file that keeps it."""

from __future__ import annotations

import asyncio
import json
import subprocess
from datetime import UTC, datetime
from functools import partial

import pytest

from evalfirst.evals import BadEvalRun, EvalRun, EvalSet, Sample, arun, run
from evalfirst.evals.run_view import dollars
from evalfirst.evals.scorers import exact
from evalfirst.evals.versions import run_versions
from evalfirst.llm import LiveTransport, ReplayTransport, Usage, async_client, client
from evalfirst.llm.recordings import append
from tests.evals.compared_runs import run_of
from tests.llm.conftest import answer, exchange, loopback, question

TICKETS = EvalSet(tuple(Sample(f"s{i}", f"ticket {i}", "yes") for i in range(4)), "tickets")


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "recorded.jsonl"
    for i, sample in enumerate(TICKETS):
        given = {"seconds": 1.0 + i, "response": answer("yes", model="gpt-4.1-mini")}
        append(path, exchange(question(sample.input), "yes", **given))
    return path


def asked(sdk, text):
    return sdk.chat.completions.create(**question(text)).choices[0].message.content


async def aasked(sdk, text):
    given = await sdk.chat.completions.create(**question(text))
    return given.choices[0].message.content


# 12 tokens sent and 3 answered, at 0.40 and 1.60 dollars a million
DOLLARS = (12 * 0.40 + 3 * 1.60) / 1e6


@pytest.mark.parametrize("kind", ["threads", "tasks"])
def test_each_sample_knows_what_it_asked_of_the_model(recording, kind):
    source = ReplayTransport(recording)
    feature = partial(asked, client(source))
    if kind == "tasks":
        feature = partial(aasked, async_client(source))
    done = run(feature, TICKETS, [exact()], concurrency=4)
    assert done.accuracy() == 1.0
    for i, result in enumerate(done.results):
        assert result.usage == Usage(
            calls=1,
            recorded=1,
            prompt_tokens=12,
            completion_tokens=3,
            model_seconds=1.0 + i,
            recorded_seconds=1.0 + i,
            dollars=pytest.approx(DOLLARS),
            models=("gpt-4.1-mini",),
        )
    assert done.versions["model"] == "gpt-4.1-mini"
    assert done.totals() == {
        "calls": 4,
        "recorded": 4,
        "retries": 0,
        "prompt_tokens": 48,
        "completion_tokens": 12,
        "model_seconds": 10.0,
        "dollars": pytest.approx(4 * DOLLARS),
    }


def test_latency_is_what_a_user_would_have_waited_and_says_that_it_was_recorded(recording):
    done = run(partial(asked, client(ReplayTransport(recording))), TICKETS, [exact()])
    waited = done.latency()
    # recorded: 1, 2, 3, 4 s; the replay itself takes milliseconds
    assert waited["p50"] == pytest.approx(2.5, abs=0.4)
    assert 3.8 < waited["p95"] <= waited["p99"]
    assert (waited["n"], waited["recorded"]) == (4, 4)
    shown = done._repr_html_()
    assert "recorded seconds in 4 of 4 samples" in shown
    assert "48 sent, 12 answered" in shown
    assert "$0.000038" in shown


def test_what_is_not_known_is_none_and_has_no_row():
    done = run_of("RRW", seconds=0.2)
    assert done.latency() == {"p50": 0.2, "p95": 0.2, "p99": 0.2, "n": 3, "recorded": 0}
    assert set(done.totals().values()) == {None}
    shown = done._repr_html_()
    assert "200 ms (p50), 200 ms (p95)" in shown
    assert "tokens" not in shown
    assert "money" not in shown
    no_seconds = run_of("R", usage=Usage(calls=1, recorded=1, recorded_seconds=None))
    assert no_seconds.latency()["n"] == 0
    assert "latency" not in no_seconds._repr_html_()


def test_a_sum_with_an_unknown_part_is_unknown():
    known = run_of("R", usage=Usage(calls=1, prompt_tokens=5, dollars=0.1)).results[0]
    unknown = run_of("R", first=1, usage=Usage(calls=1, prompt_tokens=7, dollars=None)).results[0]
    none = run_of("R", first=2).results[0]
    both = EvalRun((known, unknown, none), "f 1", "s 1", ("label",))
    assert both.totals()["prompt_tokens"] == 12
    assert both.totals()["dollars"] is None


def test_the_money_of_a_judge_is_not_the_features(recording):
    sdk = client(ReplayTransport(recording))

    def judged(output, target):
        asked(sdk, "ticket 0")
        return exact()(output, target)

    done = run(lambda _: "yes", TICKETS, [judged])
    assert done.accuracy() == 1.0
    assert done.totals()["calls"] is None


def test_what_the_client_sent_again_is_counted():
    error = {"error": {"message": "wait", "type": "rate_limit", "code": 429}}
    with loopback(500, error) as server:
        one = EvalSet(TICKETS.samples[:1], "one")
        live = client(LiveTransport.sync(), base_url=server.url, api_key="k", max_retries=1)
        done = run(partial(asked, live), one, [exact()])
    assert len(server.requests) == 2
    (failed,) = done.failures
    assert failed.failure.kind == "InternalServerError"
    assert (failed.usage.calls, failed.usage.retries) == (0, 1)


def test_the_bar_shows_the_money_so_far(recording, capfd):
    run(partial(asked, client(ReplayTransport(recording))), TICKETS, [exact()], progress=True)
    assert "right so far 100%, $0.000038" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "$0.00"),
        (0.000038, "$0.000038"),
        (0.0123, "$0.012"),
        (0.5, "$0.50"),
        (1234.5, "$1,234.50"),
    ],
)
def test_money_has_two_digits_that_mean_something(amount, shown):
    assert dollars(amount) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.0002, "under 1 ms"), (1.25, "1.2 s"), (120.4, "120 s")]
)
def test_seconds_read_well_at_any_size(seconds, shown):
    assert f"{shown} (p50)" in run_of("RR", seconds=seconds)._repr_html_()


def test_the_frame_has_a_column_for_each_of_them(recording):
    frame = run(partial(asked, client(ReplayTransport(recording))), TICKETS, [exact()]).frame()
    assert list(frame["prompt_tokens"]) == [12] * 4
    assert list(frame["recorded"]) == [True] * 4
    assert list(frame["attempt"]) == [1] * 4
    assert frame["dollars"].sum() == pytest.approx(4 * DOLLARS)
    assert frame.loc[3, "latency"] == pytest.approx(4.0, abs=0.4)


def test_a_saved_run_comes_back_equal(tmp_path, recording):
    done = run(partial(asked, client(ReplayTransport(recording))), TICKETS, [exact()])
    path = done.save(tmp_path / "runs" / "one.jsonl")
    assert EvalRun.load(path) == done
    failed = run_of("RWFH")
    assert EvalRun.load(failed.save(path)) == failed


def test_what_cannot_be_saved_names_the_sample_and_leaves_the_old_file(tmp_path):
    path = run_of("R").save(tmp_path / "run.jsonl")
    with pytest.raises(TypeError, match="output for sample 's0' cannot be saved"):
        run_of("R", output=object()).save(path)
    assert EvalRun.load(path) == run_of("R")


def edited(**changed):
    return lambda lines: [json.dumps({**json.loads(lines[0]), **changed}), *lines[1:]]


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda _: [], "line 1 is not the header of a saved run"),
        (lambda lines: lines[1:], "line 1 is not the header"),
        (edited(eval_run=99), "line 1 says format 99, and this version of evalfirst reads"),
        (edited(scorers="label"), "line 1 has no right field 'scorers'"),
        (edited(scorers=[]), "line 1 names no scorer"),
        (lambda lines: lines[:-1], "line 3 is the last, but 3 samples were saved"),
        (lambda lines: [*lines[:2], lines[2][:40], lines[3]], "line 3 is no result of a sample"),
        (lambda lines: [lines[0], "7", *lines[2:]], "line 2 is no result of a sample"),
    ],
)
def test_a_damaged_run_names_the_line_and_the_mend(tmp_path, harm, words):
    path = run_of("RRW").save(tmp_path / "run.jsonl")
    path.write_text("\n".join(harm(path.read_text().splitlines())) + "\n")
    with pytest.raises(BadEvalRun, match=words) as caught:
        EvalRun.load(path)
    assert str(caught.value).startswith(f"{path}: line ")


def test_a_missing_run_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Save one with run.save\(path\)"):
        EvalRun.load(tmp_path / "none.jsonl")


def git(folder, *words):
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_a_run_names_the_commit_and_whether_files_were_changed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    class Feature:
        version = "7"
        prompt_version = "v2 ab12cd"

        def __call__(self, text: str) -> str:
            return text

    Feature.__module__ = "__main__x"  # as in a notebook: no file of its own
    assert "git_commit" not in run_versions(Feature())
    git(tmp_path, "init", "-q")
    (tmp_path / "prompt.txt").write_text("Sort.")
    git(tmp_path, "add", "prompt.txt")
    git(tmp_path, "commit", "-qm", "a prompt")
    found = run_versions(Feature())
    assert git(tmp_path, "rev-parse", "HEAD").startswith(found["git_commit"])
    assert (found["git_dirty"], found["feature"], found["prompt"]) == ("no", "7", "v2 ab12cd")
    (tmp_path / "prompt.txt").write_text("Sort well.")
    before = datetime.now(UTC).replace(microsecond=0)
    done = asyncio.run(arun(Feature(), TICKETS, [exact()]))
    assert done.versions["git_dirty"] == "yes"
    assert before <= datetime.fromisoformat(done.started) <= datetime.now(UTC)
