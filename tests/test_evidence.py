from __future__ import annotations

import json
from datetime import date

import pytest

from evalfirst import evidence
from evalfirst.evidence import BadEvidence, Practice, done_at_work, practised, read
from evalfirst.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def practice(exercise="p1-eval-set", marks=3.0):
    return Practice(exercise, "An eval set", marks, 4.0, evidence.now())


def test_a_criterion_without_a_file_is_open(workspace):
    assert read(workspace, "1.2").state == "open"


def test_practice_never_fills_or_overwrites_what_was_done_at_work(workspace):
    practised(workspace, "1.2", practice())
    assert read(workspace, "1.2").done_at_work is None
    done_at_work(
        workspace,
        "1.2",
        link="https://example.org/pull/7",
        confirmed_by="Ada",
        on=date(2026, 3, 1),
    )
    practised(workspace, "1.2", practice("p1-figure"))
    found = read(workspace, "1.2")
    assert found.state == "done at work"
    assert found.done_at_work.on == "2026-03-01"
    assert found.practised.keys() == {"p1-eval-set", "p1-figure"}


def test_solving_it_again_worse_or_equal_keeps_the_first_success(workspace):
    practised(workspace, "1.2", practice(marks=4.0))
    before = workspace.evidence("1.2").read_bytes()
    practised(workspace, "1.2", practice(marks=4.0))
    practised(workspace, "1.2", practice(marks=1.0))
    assert workspace.evidence("1.2").read_bytes() == before


def test_fields_that_somebody_added_stay(workspace):
    practised(workspace, "1.2", practice())
    file = workspace.evidence("1.2")
    content = json.loads(file.read_text())
    content["reviewed_by"] = "Grace"
    file.write_text(json.dumps(content))
    practised(workspace, "1.2", practice("p1-figure"))
    assert json.loads(file.read_text())["reviewed_by"] == "Grace"


@pytest.mark.parametrize(("link", "who"), [("", "Ada"), ("https://example.org", "  ")])
def test_work_that_nobody_can_look_up_is_refused(workspace, link, who):
    with pytest.raises(ValueError, match="is empty"):
        done_at_work(workspace, "1.2", link=link, confirmed_by=who)
    assert not workspace.evidence("1.2").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{\n"practised": {', "not JSON from line 2"),
        ("[]", "not an object"),
        ('{"practised": []}', "field 'practised'"),
        ('{"practised": {"p1-x": {"title": "t"}}}', "field 'practised.p1-x'"),
        ('{"done_at_work": "yes"}', "field 'done_at_work'"),
    ],
)
def test_a_damaged_file_is_named_and_left_alone(workspace, content, said):
    file = workspace.evidence("1.2")
    file.parent.mkdir(parents=True)
    file.write_text(content)
    for attempt in (
        lambda: read(workspace, "1.2"),
        lambda: practised(workspace, "1.2", practice()),
    ):
        with pytest.raises(BadEvidence) as error:
            attempt()
        assert str(file) in str(error.value)
        assert said in str(error.value)
    assert file.read_text() == content
