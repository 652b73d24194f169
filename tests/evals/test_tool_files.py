"""Datasets that the other tools wrote themselves are read, and come back with nothing lost."""

import csv
import json
from pathlib import Path

import pytest
import yaml

from evalfirst.evals import EvalSet, interchange

FILES = Path(__file__).parent / "tool_files"
INSPECT = FILES / "inspect_ai"
OPENAI = FILES / "openai_evals"
PROMPTFOO = FILES / "promptfoo"


def json_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def without_new_ids(rows, original):
    """Take off the ids that rows without one were given."""
    return [
        {name: value for name, value in row.items() if name != "id" or "id" in was}
        for row, was in zip(rows, original, strict=True)
    ]


# --- inspect_ai


def test_an_inspect_dataset_comes_back_field_by_field(tmp_path):
    samples = interchange.read_inspect(INSPECT / "samples.jsonl")
    assert [s.id for s in samples] == ["T-1", "samples-2", "3", "T-4"]
    assert samples[0].input == "Where is my invoice?\r\nThanks, Zoë"
    assert samples[2].metadata["inspect_ai"]["choices"] == ["Venus", "Mars"]
    assert samples[3].target == ["access", "login"]
    assert samples[3].slices == ("chat",)
    original = json_lines(INSPECT / "samples.jsonl")
    written = json_lines(interchange.write_inspect(samples, tmp_path / "out.jsonl"))
    for row, was in zip(written, original, strict=True):
        # no metadata at all and metadata that are null are one to inspect_ai
        assert {"metadata": None, **row} == {**was, "id": row["id"]}
        assert row["id"] == (was["id"] or "samples-2")


def test_an_inspect_list_comes_back_field_by_field(tmp_path):
    samples = interchange.read_inspect(INSPECT / "samples.json")
    original = json.loads((INSPECT / "samples.json").read_text(encoding="utf-8"))
    path = interchange.write_inspect(samples, tmp_path / "samples.json")
    written = json.loads(path.read_text(encoding="utf-8"))
    assert without_new_ids(written, original) == original


def test_the_dataset_in_an_inspect_log_is_read_once_for_all_epochs():
    log = json.loads((INSPECT / "log.json").read_text(encoding="utf-8"))
    assert len(log["samples"]) == 8
    from_log = {s.id: s for s in interchange.read_inspect(INSPECT / "log.json")}
    from_file = {s.id: s for s in interchange.read_inspect(INSPECT / "samples.json")}
    # the run gave the sample without an id its number
    assert list(from_log) == ["2", "3", "T-1", "T-4"]
    assert [from_log[i].text for i in from_log] == [
        from_file[i].text for i in ("samples-2", "3", "T-1", "T-4")
    ]
    assert [from_log[i].target for i in ("3", "T-1", "T-4")] == [
        "B",
        "billing",
        ["access", "login"],
    ]
    assert from_log["3"].metadata["inspect_ai"]["choices"] == ["Venus", "Mars"]
    assert from_log["T-4"].slices == ("chat",)


# --- OpenAI Evals


def test_openai_samples_come_back_field_by_field(tmp_path):
    samples = interchange.read_openai(OPENAI / "samples.jsonl")
    assert [s.target for s in samples] == ["time", ["access", "login"], ["4"]]
    assert samples[1].metadata == {"openai_evals": {"difficulty": 2}}
    assert samples[2].slices == ("arithmetic",)
    original = json_lines(OPENAI / "samples.jsonl")
    written = json_lines(interchange.write_openai(samples, tmp_path / "out.jsonl"))
    assert without_new_ids(written, original) == original


# --- promptfoo


def test_a_promptfoo_configuration_comes_back_test_by_test(tmp_path):
    samples = interchange.read_promptfoo(
        PROMPTFOO / "promptfooconfig.yaml", input_variable="ticket"
    )
    assert [(s.id, s.target) for s in samples] == [
        ("invoice lost", "billing"),
        ("promptfooconfig-2", {"queue": "access", "urgent": True}),
        ("promptfooconfig-3", None),
        ("promptfooconfig-4", None),
    ]
    assert samples[0].slices == ("short",)
    written = yaml.safe_load(
        interchange.write_promptfoo(samples, tmp_path / "out.yaml").read_text(encoding="utf-8")
    )
    original = yaml.safe_load((PROMPTFOO / "promptfooconfig.yaml").read_text(encoding="utf-8"))
    for sample, test, was in zip(samples, written, original["tests"], strict=True):
        # a name, and what finds the sample again, is all that was added
        found_by = {**was.get("metadata", {}), "evalfirst": {"id": sample.id}}
        assert test == {"description": sample.id, **was, "metadata": found_by}


def test_tests_that_promptfoo_made_up_are_the_same_in_both_of_its_formats():
    from_yaml = interchange.read_promptfoo(PROMPTFOO / "made_up.yaml", input_variable="ticket")
    from_csv = interchange.read_csv(PROMPTFOO / "made_up.csv", input_column="ticket")
    assert [s.input for s in from_yaml] == [
        'Invoice: 50% off, "today"?',
        "Cannot log in\nsince 2026-05-06, Zoë",
    ]
    assert [s.input for s in from_csv] == [s.input for s in from_yaml]
    assert [s.metadata["tone"] for s in from_csv] == [
        s.metadata["promptfoo"]["vars"]["tone"] for s in from_yaml
    ]


def test_a_promptfoo_table_comes_back_cell_by_cell(tmp_path):
    samples = interchange.read_csv(PROMPTFOO / "made_up.csv", input_column="ticket")
    path = interchange.write_csv(samples, tmp_path / "out.csv")
    with path.open(encoding="utf-8", newline="") as file:
        written = [{"ticket": row["input"], "tone": row["tone"]} for row in csv.DictReader(file)]
    with (PROMPTFOO / "made_up.csv").open(encoding="utf-8", newline="") as file:
        assert written == list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("read", "path"),
    [
        (interchange.read_inspect, INSPECT / "samples.jsonl"),
        (interchange.read_openai, OPENAI / "samples.jsonl"),
        (interchange.read_promptfoo, PROMPTFOO / "promptfooconfig.yaml"),
    ],
)
@pytest.mark.parametrize("other", ["openai", "inspect", "csv", "promptfoo"])
def test_a_file_of_one_tool_goes_through_every_other_format_unchanged(read, path, other, tmp_path):
    given = {"input_variable": "ticket"} if read is interchange.read_promptfoo else {}
    # promptfoo would fill in the one that holds a placeholder, so that its writer refuses it
    samples = [s for s in read(path, **given) if "{{" not in s.text]
    there = getattr(interchange, f"write_{other}")(
        EvalSet(tuple(samples)), tmp_path / f"there.{other}"
    )
    back = getattr(interchange, f"read_{other}")(
        there, **({"input_variable": "ticket"} if given and other == "promptfoo" else {})
    )
    assert list(back) == samples
