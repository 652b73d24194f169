"""The store of runs: nothing lost, nothing twice, and a trend that reads well."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from evalfirst.evals import EvalRun, EvalSet, Sample, SampleResult, Score, run
from evalfirst.evals.eval_run import Failure
from evalfirst.evals.scorers import exact
from evalfirst.trend import BadStore, TrendStore
from evalfirst.trend.tables import SCHEMA
from tests.trend.writers import write_at_once


def made(right: int, n: int = 50, *, failed: int = 0, started: str = "", version: str = "v1"):
    results = []
    for i in range(n):
        common = {"id": f"s{i}", "input": "x", "target": 1}
        slices = ("typos",) if i % 5 == 0 else ()
        if i >= n - failed:
            lost = Failure("TimeoutError", "no answer")
            results.append(SampleResult(**common, slices=slices, failure=lost))
        else:
            score = Score(1.0 if i < right else 0.0)
            results.append(
                SampleResult(
                    **common, slices=slices, output=1, scores={"exact": score}, seconds=0.2
                )
            )
    return EvalRun(
        tuple(results),
        f"triage {version}",
        "mail set 0123456789ab",
        ("exact",),
        started=started,
        versions={"model": "small", "prompt": "7", "git_commit": "abc"},
    )


def parity(text: str) -> int:
    return int(text) % 2


def night(i: int) -> str:
    return f"2026-01-{i + 1:02d}T02:00:00+00:00"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'quality.sqlite'}"


@pytest.fixture
def store(url: str):
    opened = TrendStore(url)
    yield opened
    opened.close()


def test_a_trend_has_one_row_a_run_with_interval_release_and_versions(store):
    for i, right in enumerate((40, 42, 30)):
        store.record(made(right, started=night(i)), release="1.4" if i == 2 else "1.3")
    trend = store.trend()
    assert trend["share"].tolist() == [0.8, 0.84, 0.6]
    assert trend["release"].tolist() == ["1.3", "1.3", "1.4"]
    assert trend.loc[0, ["low", "high"]].tolist() == pytest.approx([0.6696, 0.8876], abs=1e-4)
    assert trend.loc[0, ["feature_version", "eval_set_version", "model", "prompt"]].tolist() == [
        "v1",
        "0123456789ab",
        "small",
        "7",
    ]
    assert trend.attrs["feature"] == "triage"
    assert trend["at"].dt.hour.tolist() == [2, 2, 2]


def test_the_same_run_is_recorded_once_and_at_another_time_again(store):
    one = made(40, started=night(0))
    assert store.record(one) == store.record(one)
    assert len(store.trend()) == 1
    other = store.record(one, at="2026-02-01")
    assert other != store.record(one)
    assert store.record(one, at=datetime(2026, 2, 1, tzinfo=UTC)) == other
    assert store.record(one, at=one.started) == store.record(one)
    assert len(store.trend()) == 2


def test_a_release_named_later_belongs_to_the_run_that_was_recorded_already(store):
    one = made(40, started=night(0))
    assert store.record(one) == store.record(one, release="1.4") == store.record(one)
    assert store.trend()["release"].tolist() == ["1.4"]


def test_short_runs_one_after_the_other_are_runs_of_their_own(store):
    samples = EvalSet((Sample("1", "1", 1),), "numbers")
    numbers = {store.record(run(parity, samples, [exact()])) for _ in range(3)}
    assert len(numbers) == 3


def test_a_run_that_holds_a_sample_twice_is_refused_and_leaves_nothing(store):
    one = made(40, started=night(0))
    with pytest.raises(ValueError, match="holds a sample twice"):
        store.record(replace(one, results=one.results + one.results[:1]))
    assert store.features().empty


def test_a_store_that_can_only_be_read_says_so_and_still_answers(tmp_path, store):
    store.record(made(40, started=night(0)))
    store.close()
    reader = TrendStore(f"sqlite:///file:{tmp_path / 'quality.sqlite'}?mode=ro&uri=true")
    with pytest.raises(BadStore, match="the run was not recorded: attempt to write a readonly"):
        reader.record(made(41, started=night(1)))
    with pytest.raises(BadStore, match="nothing was noted: attempt to write a readonly"):
        reader.annotate("2026-01-02", "index rebuilt")
    assert reader.trend()["passes"].tolist() == [40]
    reader.close()


def test_failed_samples_count_as_wrong_unless_excluded_on_purpose(store):
    store.record(made(40, failed=5, started=night(0)))
    (row,) = store.trend().itertuples()
    assert (row.n, row.passes, row.failed, row.share) == (50, 40, 5, 0.8)
    (row,) = store.trend(errors="excluded").itertuples()
    assert (row.n, row.share) == (45, 40 / 45)
    with pytest.raises(ValueError, match="'wrong' or 'excluded'"):
        store.trend(errors="ignored")


def test_slices_have_trends_of_their_own(store):
    number = store.record(made(40, started=night(0)))
    trend = store.trend(slice="typos")
    assert trend[["n", "passes"]].to_numpy().tolist() == [[10, 8]]
    table = store.slices()
    assert table.loc["all", "n"] == 50
    assert table.loc["typos", "passes"] == 8
    samples = store.samples(number)
    assert len(samples) == 50
    assert samples["value"].sum() == 40


def test_weeks_and_days_are_sums_of_their_runs(store):
    # 2026-01-05 is a Monday
    for i in (4, 6, 10, 11):
        store.record(made(40 if i < 10 else 30, started=night(i)))
    weeks = store.trend(by="week")
    # the eleventh is a Sunday
    assert [str(at.date()) for at in weeks["at"]] == ["2026-01-05", "2026-01-12"]
    assert weeks["n"].tolist() == [150, 50]
    assert weeks["passes"].tolist() == [110, 30]
    assert len(store.trend(by="day")) == 4
    with pytest.raises(ValueError, match="'run', 'day' or 'week'"):
        store.trend(by="moon")


def test_times_are_kept_in_utc(store):
    store.record(made(40), at="2026-01-01T01:00:00+02:00")
    assert str(store.trend()["at"].iloc[0]) == "2025-12-31 23:00:00"
    with pytest.raises(ValueError, match="'soon' is no time"):
        store.record(made(41), at="soon")


def test_what_happened_is_noted_and_a_new_release_notes_itself(store):
    for i, release in enumerate(("1.3", "1.3", "1.4")):
        store.record(made(40 + i, started=night(i)), release=release)
    store.annotate("2026-01-02", "index rebuilt")
    store.annotate("2026-01-02T12:00", "elsewhere", feature="answers")
    noted = store.annotations("triage")
    assert noted["text"].tolist() == ["1.3", "index rebuilt", "1.4"]
    assert noted["kind"].tolist() == ["release", "note", "release"]
    with pytest.raises(ValueError, match="text is empty"):
        store.annotate("2026-01-02", " ")


def test_a_wrong_name_lists_the_right_ones(store):
    with pytest.raises(LookupError, match="the store is empty"):
        store.trend()
    store.record(made(40, started=night(0)))
    with pytest.raises(LookupError, match="'triag'; there are: triage"):
        store.trend("triag")
    with pytest.raises(LookupError, match="'other'; there are: mail set"):
        store.trend(eval_set="other")
    with pytest.raises(LookupError, match="slice 'angry'; slices: typos"):
        store.trend(slice="angry")
    with pytest.raises(LookupError, match="scorer 'chrf'; there are: exact"):
        store.trend(scorer="chrf")
    with pytest.raises(LookupError, match="no run 99"):
        store.samples(99)
    store.record(replace(made(40, started=night(0)), feature="answers v1"))
    with pytest.raises(LookupError, match="more than one feature: name one of answers, triage"):
        store.trend()


def test_a_real_run_can_be_recorded_and_read(store):
    samples = EvalSet(tuple(Sample(str(i), str(i), i % 2) for i in range(9)), "numbers")
    store.record(run(parity, samples, [exact()]))
    (row,) = store.trend().itertuples()
    assert (row.n, row.passes) == (9, 9)


def test_an_empty_run_is_refused(store):
    with pytest.raises(ValueError, match="empty"):
        store.record(replace(made(0), results=()))


def _write(url: str, first: int) -> None:
    store = TrendStore(url)
    for i in range(first, first + 5):
        store.record(made(40, started=night(i)))
    # every writer also records this one
    store.record(made(33, started=night(27)))
    store.close()


def test_writers_at_once_lose_nothing_and_double_nothing(url):
    write_at_once(_write, url, [5 * i for i in range(4)])
    store = TrendStore(url)
    trend = store.trend()
    assert len(trend) == 21
    assert trend["n"].tolist() == [50] * 21
    assert len(store.samples(int(trend["run"].iloc[0]))) == 50


_KILLED = """
import os, signal, sys
from evalfirst.trend import TrendStore
from evalfirst.trend import store as module
from tests.trend.test_store import made, night
store = TrendStore(sys.argv[1])
store.record(made(40, started=night(0)))
rows = module._sample_rows
def half(*arguments):
    for i, row in enumerate(rows(*arguments)):
        if i == 2500:
            os.kill(os.getpid(), signal.SIGKILL)
        yield row
module._sample_rows = half
store.record(made(2000, n=4000, started=night(1)))
"""


def test_a_killed_writer_leaves_no_half_run(url):
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, url], cwd=Path(__file__).parents[2], timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    store = TrendStore(url)
    assert store.trend()["n"].tolist() == [50]
    store.record(made(2000, n=4000, started=night(1)))
    assert store.trend()["n"].tolist() == [50, 4000]


def _as_the_first_revision_left_it(path: Path) -> None:
    with sqlite3.connect(path) as old:
        old.execute("DROP TABLE counts")
        old.execute("UPDATE alembic_version SET version_num = '0001'")
    old.close()


def test_an_older_store_that_many_open_at_once_is_copied_and_migrated_once(tmp_path, url):
    path = tmp_path / "quality.sqlite"
    store = TrendStore(url)
    store.record(made(40, started=night(0)))
    store.close()
    _as_the_first_revision_left_it(path)
    start = threading.Barrier(6)

    def opened(_: int) -> int:
        start.wait()
        one = TrendStore(url)
        passes = int(one.trend()["passes"].iloc[0])
        one.close()
        return passes

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(opened, range(6))) == [40] * 6
    with sqlite3.connect(tmp_path / f"quality.sqlite.before-{SCHEMA}") as kept:
        assert kept.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    kept.close()
    assert not list(tmp_path.glob("*.part"))


def test_an_older_store_is_brought_up_to_date_with_a_copy_beside_it(tmp_path, url):
    path = tmp_path / "quality.sqlite"
    store = TrendStore(url)
    store.record(made(40, failed=3, started=night(0)))
    before = store.trend()
    store.close()
    _as_the_first_revision_left_it(path)
    again = TrendStore(url)
    assert again.trend().equals(before)
    assert again.trend(slice="typos")["n"].tolist() == [10]
    copy = tmp_path / f"quality.sqlite.before-{SCHEMA}"
    with sqlite3.connect(copy) as kept:
        assert kept.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert kept.execute("SELECT count(*) FROM samples").fetchone() == (50,)
    kept.close()


def test_a_store_of_a_newer_version_is_refused_untouched(tmp_path, url):
    TrendStore(url).close()
    with sqlite3.connect(tmp_path / "quality.sqlite") as newer:
        newer.execute("UPDATE alembic_version SET version_num = '0099'")
    newer.close()
    with pytest.raises(BadStore, match=r"written by a newer evalfirst .*0099"):
        TrendStore(url)


def test_the_schema_is_what_the_newest_migration_makes(store):
    from alembic.autogenerate import compare_metadata
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from evalfirst.trend import migrations
    from evalfirst.trend.tables import Table

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA
    with store._engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Table.metadata)
    assert differences == []


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        ("quality.sqlite", "no database URL"),
        ("nosuch://x/y", "no database URL"),
        ("sqlite:////proc/nowhere/quality.sqlite", "cannot be made"),
    ],
)
def test_a_url_that_cannot_be_used_says_why(bad, complaint):
    with pytest.raises(BadStore, match=complaint):
        TrendStore(bad)


def test_a_file_that_is_no_store_is_refused_untouched(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, " * 100)
    with pytest.raises(BadStore, match="file is not a database"):
        TrendStore(f"sqlite:///{path}")
    assert path.read_text() == "not a database, " * 100


def test_a_full_disk_keeps_what_was_recorded(url):
    code = """
import resource, sys
from evalfirst.trend import BadStore, TrendStore
from tests.trend.test_store import made, night
store = TrendStore(sys.argv[1])
store.record(made(40, started=night(0)))
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    store.record(made(9000, n=9000, started=night(1)))
except BadStore as problem:
    print(problem)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, url],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "was not recorded" in done.stdout, done.stderr
    store = TrendStore(url)
    assert store.trend()["n"].tolist() == [50]
    with store._engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA integrity_check")).scalar() == "ok"
