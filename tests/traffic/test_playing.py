"""Played traffic: every arrival once, resumed after a kill, and figures that add up."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap

import numpy as np
import pandas as pd
import pytest

from evalfirst.evals import EvalSet, Sample
from evalfirst.llm.tally import Call, current
from evalfirst.service import Budget, start
from evalfirst.traffic import BadStore, CannotPlay, Played, play, simulate
from tests.service.test_process import FEATURE
from tests.traffic.conftest import make_set


@pytest.fixture
def store(tmp_path):
    return f"sqlite:///{tmp_path}/traffic.sqlite"


@pytest.fixture(scope="module")
def day():
    return simulate(make_set(40), days=1, per_day=120, seed=3)


class Desk:
    version = "d1"
    prompt_version = "p1"
    __name__ = "desk"

    def __init__(self):
        self.asked = []

    def __call__(self, text):
        self.asked.append(text)
        current().add(Call("gpt-test", 10, 2, 0.5, recorded=True, dollars=0.001))
        number = int(text.split()[1])
        if number % 10 == 0:
            raise KeyError(text)
        return {"desk": number % 3, "fallback": number % 10 == 1}


def test_every_arrival_is_asked_once_and_what_it_got_is_kept(day, store):
    desk = Desk()
    played = play(day, desk, store=store)
    assert sorted(desk.asked) == sorted(day.frame["text"])
    frame = played.frame()
    assert list(frame.index) == list(day.frame.index)
    for name in ("at", "user", "sample"):
        assert frame[name].to_list() == day.frame[name].to_list()
    number = day.frame["text"].str.split().str[1].astype(int)
    assert (
        frame["outcome"]
        == np.select([number % 10 == 0, number % 10 == 1], ["error", "fallback"], "ok")
    ).all()
    answered = frame[frame["outcome"] != "error"]
    assert [output["desk"] for output in answered["output"]] == (
        number[answered.index] % 3
    ).to_list()
    assert set(frame.loc[frame["outcome"] == "error", "kind"]) == {"KeyError"}
    assert (frame["latency"] == frame["seconds"] + 0.5).all()
    assert set(frame["feature_version"]) == {"d1"}


def test_figures_by_hour_add_up_to_those_of_the_whole(day, store):
    played = play(day, Desk(), store=store)
    frame, hourly, summary = played.frame(), played.hourly(), played.summary()
    assert summary["requests"] == len(day) == hourly["requests"].sum()
    for name, outcomes in (("error_share", ["error"]), ("fallback_share", ["fallback"])):
        share = frame["outcome"].isin(outcomes).mean()
        assert summary[name] == pytest.approx(share)
        assert (hourly[name] * hourly["requests"]).sum() == pytest.approx(share * len(day))
    assert (
        summary["dollars"]
        == pytest.approx(0.001 * len(day))
        == pytest.approx(hourly["dollars"].sum())
    )
    answered = frame.loc[frame["outcome"] != "error", "latency"]
    for p in (50, 95, 99):
        assert summary[f"p{p}"] == pytest.approx(np.percentile(answered, p))
    assert (hourly.index[1:] - hourly.index[:-1] == pd.Timedelta("1h")).all()
    quiet = hourly[hourly["requests"] == 0]
    assert quiet["error_share"].isna().all()
    assert f"requests: {len(day)} of {len(day)}" in repr(played)
    assert "without an answer" in played._repr_html_()
    assert "refused by the service: 0.0%" in repr(played)


def test_an_unknown_price_makes_the_sum_unknown(day, store):
    def desk(text):
        current().add(Call("new", 1, 1, 0.1, recorded=False, dollars=None if "9" in text else 1.0))
        return text

    summary = play(day, desk, store=store).summary()
    assert summary["dollars"] is None


def test_playing_again_asks_nobody_and_another_version_everybody(day, store):
    first, again, other = Desk(), Desk(), Desk()
    other.version = "d2"
    played = play(day, first, store=store)
    same = play(day, again, store=store)
    assert (again.asked, same.number) == ([], played.number)
    pd.testing.assert_frame_equal(same.frame(), played.frame())
    newer = play(day, other, store=store)
    assert len(other.asked) == len(day)
    assert newer.number != played.number
    assert Played(store).number == newer.number
    assert len(Played(store, played.number)) == len(day)


def test_an_async_feature_and_messages(store):
    messages = [{"role": "user", "content": "Hi"}]
    traffic = simulate(EvalSet((Sample("a", messages),)), days=1, per_day=20, seed=1)

    async def echo(given):
        return given

    frame = play(traffic, echo, store=store).frame()
    assert all(output == messages for output in frame["output"])


def test_a_play_inside_an_event_loop_works_as_in_a_notebook(day, store):
    import asyncio

    async def cell():
        return play(day, str.upper, store=store)

    assert len(asyncio.run(cell())) == len(day)


KILLED = """
import os, sys
from evalfirst.traffic import play, simulate
from tests.traffic.conftest import make_set

def desk(text):
    with open("asked", "a") as file:
        file.write(text + "\\n")
    if os.path.exists("kill-after"):
        if sum(1 for _ in open("asked")) >= int(open("kill-after").read()):
            os.kill(os.getpid(), 9)
    return text.upper()

desk.version = "k"
traffic = simulate(make_set(40), days=1, per_day=120, seed=3)
print(len(play(traffic, desk, concurrency=4)))
"""


@pytest.mark.parametrize("after", [1, 17, 90])
def test_a_killed_play_goes_on_where_it_was(tmp_path, day, after):
    (tmp_path / "desk.py").write_text(textwrap.dedent(KILLED))
    (tmp_path / "kill-after").write_text(str(after))
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}

    def run():
        return subprocess.run(
            [sys.executable, "desk.py"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert run().returncode == -signal.SIGKILL
    with sqlite3.connect(tmp_path / "traffic.sqlite") as database:
        (kept,) = database.execute("SELECT count(*) FROM answers").fetchone()
    asked = len((tmp_path / "asked").read_text().splitlines())
    # what was answered is stored, but for those in the workers' hands
    assert asked - 4 <= kept <= asked
    (tmp_path / "kill-after").unlink()
    done = run()
    assert done.stdout.strip() == str(len(day)), done.stderr
    played = Played(f"sqlite:///{tmp_path}/traffic.sqlite")
    assert list(played.frame().index) == list(range(len(day)))
    assert played.frame()["output"].to_list() == day.frame["text"].str.upper().to_list()
    assert len((tmp_path / "asked").read_text().splitlines()) == asked + len(day) - kept


@pytest.fixture
def desk_folder(tmp_path):
    (tmp_path / "desk.py").write_text(FEATURE)
    return tmp_path


def test_log_and_store_of_a_real_service_tell_the_same(day, store, desk_folder):
    with start("desk:triage", folder=desk_folder, budget=Budget(requests=100)) as service:
        played = play(day, service.url, store=store)
    frame = played.frame()
    lines = pd.DataFrame(
        [json.loads(line) for line in service.log.read_text().splitlines()]
    ).set_index("request_id")
    assert len(lines) == len(frame) == len(day)
    lines = lines.loc[frame["request_id"]].reset_index(drop=True)
    for name in ("outcome", "status", "calls", "prompt_tokens", "dollars"):
        assert lines[name].to_list() == frame[name].to_list(), name
    assert lines["dollars"].sum() == pytest.approx(played.summary()["dollars"])
    assert (frame["seconds"] >= lines["seconds"]).all()
    assert frame["status"].value_counts().to_dict() == {200: 100, 429: len(day) - 100}
    assert played.summary()["refused_share"] == pytest.approx(1 - 100 / len(day))
    answered = frame[frame["status"] == 200]
    assert (
        answered["output"].to_list() == day.frame.loc[answered.index, "text"].str.upper().to_list()
    )


def test_a_burst_beyond_the_queue_is_refused_and_no_answer_lost(day, store, desk_folder):
    with start("desk:slow", folder=desk_folder, concurrency=1, queue=1) as service:
        played = play(day, service.url, store=store, concurrency=16)
    frame = played.frame()
    assert len(frame) == len(day)
    assert set(frame["outcome"]) == {"ok", "refused"}
    assert set(frame.loc[frame["outcome"] == "refused", "kind"]) == {"busy"}
    assert len(service.log.read_text().splitlines()) == len(day)
    answered = frame[frame["outcome"] == "ok"]
    assert answered["output"].to_list() == day.frame.loc[answered.index, "text"].to_list()


def test_a_service_that_stops_ends_the_play_and_another_one_goes_on(day, store, desk_folder):
    with (
        start("desk:mortal", folder=desk_folder) as service,
        pytest.raises(CannotPlay, match="does not answer any more"),
    ):
        play(day, service.url, store=store, concurrency=3)
    kept = len(Played(store))
    assert 40 <= kept < len(day)
    (desk_folder / "go").touch()
    with start("desk:mortal", folder=desk_folder) as service:
        played = play(day, service.url, store=store, concurrency=3)
    frame = played.frame()
    assert len(frame) == len(day)
    lost = frame[frame["outcome"] != "ok"]
    # the requests under way when it died
    assert len(lost) <= 3
    assert set(lost["kind"]) <= {"no_answer"}
    if len(lost):
        assert played.summary()["dollars"] is None


def test_a_url_that_leads_nowhere_is_named(day, store, desk_folder):
    with pytest.raises(CannotPlay, match=r"no service answers at http://127\.0\.0\.1:9: "):
        play(day, "http://127.0.0.1:9", store=store)
    with (
        start("desk:triage", folder=desk_folder) as service,
        pytest.raises(CannotPlay, match="has no feature trage; it serves triage"),
    ):
        play(day, f"{service.url}/v1/trage", store=store)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite://", "is no file"),
        ("traffic.sqlite", "is no database URL"),
        ("sqlite:////proc/nowhere/traffic.sqlite", "cannot be made"),
    ],
)
def test_a_store_that_cannot_be_used_is_refused_before_anybody_is_asked(day, url, words):
    desk = Desk()
    with pytest.raises(BadStore, match=words):
        play(day, desk, store=url)
    assert desk.asked == []


def test_a_store_that_is_no_database_is_named(day, tmp_path):
    (tmp_path / "notes.sqlite").write_text("not a database, but long enough to be looked at" * 40)
    with pytest.raises(BadStore, match=r"notes\.sqlite cannot be used as a store"):
        play(day, str, store=f"sqlite:///{tmp_path}/notes.sqlite")


def test_a_full_disk_stops_the_play_with_what_is_stored_intact(day, store):
    play(simulate(make_set(40), days=1, per_day=20, seed=9), str, store=store)
    before = len(Played(store))
    path = store.removeprefix("sqlite:///")
    with sqlite3.connect(path) as database:
        (pages,) = database.execute("PRAGMA page_count").fetchone()
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    def small(connection, _):
        connection.execute(f"PRAGMA max_page_count={pages + 1}")

    event.listen(Engine, "connect", small)
    try:
        with pytest.raises(BadStore, match=r"database or disk is full.*play again"):
            play(day, lambda text: text * 100, store=store)
    finally:
        event.remove(Engine, "connect", small)
    assert len(Played(store, 1)) == before


@pytest.mark.parametrize(
    ("target", "settings", "words"),
    [(str, {"concurrency": 0}, "at least 1"), (3, {}, "neither a feature nor the URL")],
)
def test_arguments_that_mean_nothing_are_refused(day, store, target, settings, words):
    with pytest.raises(ValueError, match=words):
        play(day, target, store=store, **settings)


def test_an_empty_store_says_so(store):
    with pytest.raises(LookupError, match="holds no plays"):
        Played(store)


def test_no_arrivals_are_a_play_too(store):
    nothing = simulate(make_set(3), days=0.001, per_day=0.001)
    played = play(nothing, str, store=store)
    assert (len(played), played.summary()["requests"], len(played.hourly())) == (0, 0, 0)
    assert "requests: 0 of 0" in repr(played)
