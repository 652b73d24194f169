"""What is finished stays finished: kills, full disks, read-only folders, two writers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from evalfirst.evals import EvalRun, EvalSet, Sample, run
from evalfirst.evals.result_log import ResultLog
from evalfirst.evals.scorers import exact
from tests.evals.compared_runs import run_of

ROOT = Path(__file__).parents[2]
NUMBERS = EvalSet(tuple(Sample(str(i), str(i), i % 2) for i in range(40)), "numbers")


def python(code: str, *arguments: object, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        **settings,
    )


def test_a_run_killed_at_any_of_twenty_random_points_ends_with_the_totals_of_an_undisturbed_one(
    tmp_path,
):
    said = subprocess.run(
        [sys.executable, "-m", "tests.evals.killed_runs", str(tmp_path), "2", "20"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    undisturbed, *resumed = map(json.loads, said.stdout.splitlines())
    assert len(resumed) == 20
    assert undisturbed.pop("calls") == 40
    assert undisturbed["summary"]["failures"] == {"ValueError": 1}
    assert undisturbed["totals"]["prompt_tokens"] == 39 * 12
    called = [one.pop("calls") for one in resumed]
    assert all(one == undisturbed for one in resumed)
    # what was finished was not asked again
    assert min(called) < 10 < 30 < max(called)


# What a run in a process of its own does; `feature` is set by the test.
RUN = """
import sys
from evalfirst.evals import EvalSet, Sample, run
from evalfirst.evals.scorers import exact

class Feature:
    version = "1"
    calls = 0
    def __call__(self, text):
        Feature.calls += 1
        return int(text) % 2

samples = EvalSet(tuple(Sample(str(i), str(i), i % 2) for i in range(40)), "numbers")
"""
ONCE = f"""{RUN}
try:
    done = run(Feature(), samples, [exact()], cache=sys.argv[1])
    print(done.passes(), Feature.calls)
except OSError as error:
    print(type(error).__name__, error, Feature.calls)
"""
FULL = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
"""


def test_a_full_disk_is_a_clear_error_and_what_was_kept_is_not_run_again(tmp_path):
    cache = tmp_path / "run.jsonl"
    # a file may not grow beyond 3,000 bytes: the kernel cuts the line there and then refuses
    limit = f"{FULL}resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))\n"
    full = python(limit + ONCE, cache)
    assert "finished samples cannot be kept (sample '" in full.stdout, full.stderr
    assert "Free some space or name a cache" in full.stdout
    kept = cache.read_bytes()
    assert kept.endswith(b"\n")  # no half line is left for another writer to run into
    whole = [json.loads(line)["result"]["id"] for line in kept.splitlines()]
    assert 5 < len(whole) < 40
    again = python(ONCE, cache)
    assert again.stdout.split() == ["40", str(40 - len(whole))], again.stderr
    assert cache.read_bytes().startswith(kept)


def test_a_device_without_room_is_refused_at_the_first_result():
    full = python(ONCE, "/dev/full")
    assert "No space left on device" in full.stdout, full.stderr


def as_nobody() -> dict[str, object]:
    """Root may write anywhere, so a test of a read-only folder runs as somebody else."""
    return {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}


@pytest.fixture
def open_folder():
    # pytest's own folders are closed to other users
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder
        folder.chmod(0o777)


def test_a_read_only_folder_is_refused_before_the_first_call(open_folder):
    open_folder.chmod(0o555)
    said = python(ONCE, open_folder / "run.jsonl", **as_nobody())
    assert "PermissionError" in said.stdout, said.stderr
    assert "finished samples cannot be kept: Permission denied" in said.stdout
    assert said.stdout.split()[-1] == "0"  # calls of the feature


def test_a_read_only_cache_still_answers_what_it_holds_and_stays_as_it_is(open_folder):
    cache = open_folder / "run.jsonl"
    assert python(ONCE, cache).stdout.split() == ["40", "40"]
    before = cache.read_bytes()
    cache.chmod(0o444)
    open_folder.chmod(0o555)
    assert python(ONCE, cache, **as_nobody()).stdout.split() == ["40", "0"]
    more = ONCE.replace("range(40)", "range(41)")
    refused = python(more, cache, **as_nobody())
    assert "PermissionError" in refused.stdout, refused.stderr
    assert refused.stdout.split()[-1] == "0"
    assert cache.read_bytes() == before


@pytest.mark.parametrize("harm", ["full", "read-only"])
def test_saving_where_it_cannot_be_done_leaves_the_saved_run(open_folder, harm):
    path = open_folder / "run.jsonl"
    run_of("RRW").save(path)
    path.chmod(0o666)
    before = path.read_bytes()
    code = """
from tests.evals.compared_runs import run_of
try:
    run_of("R" * 200).save(sys.argv[1])
except OSError as error:
    print(type(error).__name__, error)
"""
    head = "import sys\n"
    if harm == "full":
        head += f"{FULL}resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))\n"
        said = python(head + code, path)
        assert "File too large" in said.stdout, said.stderr
    else:
        open_folder.chmod(0o555)
        said = python(head + code, path, **as_nobody())
        assert "PermissionError" in said.stdout, said.stderr
    assert path.read_bytes() == before
    assert list(open_folder.iterdir()) == [path]
    assert EvalRun.load(path).passes() == 2


def test_two_runs_at_once_may_write_to_one_cache(tmp_path):
    cache = tmp_path / "run.jsonl"
    long = ONCE.replace("return int(text) % 2", "return [int(text) % 2, 'x' * 20_000]")
    both = [
        subprocess.Popen([sys.executable, "-c", long, str(cache)], cwd=ROOT, stdout=-1, text=True)
        for _ in range(2)
    ]
    assert [process.communicate()[0].split()[0] for process in both] == ["0", "0"]
    kept = [json.loads(line)["result"]["id"] for line in cache.read_text().splitlines()]
    assert set(kept) == {str(i) for i in range(40)}
    assert python(long, cache).stdout.split() == ["0", "0"]


def test_a_line_that_was_cut_off_is_run_again_and_not_joined_to_the_next(tmp_path):
    cache = tmp_path / "run.jsonl"
    calls: list[str] = []

    class Feature:
        version = "1"

        def __call__(self, text: str) -> int:
            calls.append(text)
            return int(text) % 2

    run(Feature(), NUMBERS, [exact()], cache=cache)
    cache.write_bytes(cache.read_bytes()[:-30])
    calls.clear()
    assert run(Feature(), NUMBERS, [exact()], cache=cache).passes() == 40
    assert len(calls) == 1
    assert run(Feature(), NUMBERS, [exact()], cache=cache).passes() == 40
    assert len(calls) == 1


def test_the_attempt_counts_every_call_of_the_feature_over_the_runs_that_share_a_cache(tmp_path):
    outage = [True]

    class Feature:
        version = "1"

        def __call__(self, text: str) -> int:
            if text == "3" and outage[0]:
                raise ConnectionError("dropped")
            return int(text) % 2

    def third() -> object:
        done = run(Feature(), NUMBERS, [exact()], cache=tmp_path / "run.jsonl")
        return done.results[3]

    assert [third().failure.attempt, third().failure.attempt] == [1, 2]
    outage[0] = False
    mended = third()
    assert (mended.failure, mended.attempt) == (None, 3)
    assert third().attempt == 3


def test_a_text_with_half_a_surrogate_pair_is_kept_and_read_again(tmp_path):
    log = ResultLog(tmp_path / "log.jsonl")
    with log:
        place = log.append("key", run_of("R", output="\ud83d").results[0])
    assert ResultLog(tmp_path / "log.jsonl").read(place).output == "\ud83d"
