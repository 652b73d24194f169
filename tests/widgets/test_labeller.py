"""The labeller's Python side: messages in, state out. What a person sees is in tests/browser."""

from __future__ import annotations

import pytest

from evalfirst.evals import BadEvalSet, EvalSet, Sample
from evalfirst.evals.label_session import LabelsGone
from evalfirst.widgets import label

CATEGORIES = ("billing", "email", "other")
POOL = EvalSet(
    tuple(
        Sample(
            f"T{i}",
            f"<b>text</b> {i}",
            "email",
            {"slices": ["typos"] if i % 2 else [], "channel": "phone_note", "tier": "none"},
        )
        for i in range(8)
    )
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "triage.jsonl"


@pytest.fixture
def labelling(path):
    return label(POOL, CATEGORIES, path, target=3)


def press(labelling, do, **more):
    """Do what the view does: send a message through the widget's own entry."""
    labelling._handle_custom_msg({"do": do, **more}, [])
    return labelling.state


def press_label(labelling, category="email"):
    return press(labelling, "label", ticket=labelling.state["ticket"]["id"], category=category)


def test_the_state_shows_the_ticket_and_never_the_answer_that_the_pool_may_hold(labelling):
    ticket = labelling.state["ticket"]
    assert ticket["text"].startswith("<b>text</b>")
    assert ticket["label"] is None
    assert ticket["facts"] == ["phone note", "no customer"]
    assert (labelling.state["done"], labelling.state["target"]) == (0, 3)


def test_a_label_is_saved_counted_and_said(labelling, path):
    first = labelling.state["ticket"]["id"]
    state = press_label(labelling)
    assert state["said"] == f"Saved {first} as email"
    assert state["ticket"]["id"] != first
    assert {c["name"]: c["count"] for c in state["categories"]}["email"] == 1
    assert [s.id for s in EvalSet.load(path)] == [first]
    assert state["rows"][0]["id"] == first


def test_the_goal_is_said_once_and_labelling_goes_on(labelling):
    said = [press_label(labelling)["said"] for _ in range(4)]
    assert ["goal" in text for text in said] == [False, False, True, False]
    assert labelling.state["ticket"] is not None


def test_a_second_key_for_a_ticket_that_is_gone_labels_nothing(labelling, path):
    first = labelling.state["ticket"]["id"]
    press_label(labelling)
    state = press(labelling, "label", ticket=first, category="other")
    assert state["said"] == f"{first} is not open any more; nothing was changed"
    assert [s.target for s in EvalSet.load(path)] == ["email"]


def test_every_message_gets_an_answer_even_when_nothing_changes(labelling):
    for do in ("undo", "back", "forward", "front", "open", "reread", "retry", "nonsense"):
        turn = labelling.state["turn"]
        assert press(labelling, do)["turn"] == turn + 1


def test_slices_with_few_labels_are_marked_thin(labelling):
    press(labelling, "show", show="slice:typos")
    for _ in range(2):
        press_label(labelling)
    assert labelling.state["slices"] == [{"name": "typos", "done": 2, "waiting": 2, "thin": True}]
    press_label(labelling)
    assert labelling.state["slices"][0]["thin"] is False


def test_a_full_disk_is_said_plainly_and_try_again_saves_the_same_label(
    labelling, path, monkeypatch
):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    first = labelling.state["ticket"]["id"]
    with monkeypatch.context() as broken:
        broken.setattr("evalfirst.atomic.write_text", refuse)
        state = press_label(labelling, "billing")
    assert state["problem"]["title"] == "Not saved"
    assert "No space left on device" in state["problem"]["text"]
    assert state["ticket"]["id"] == first
    assert press(labelling, "back")["problem"] is not None
    state = press(labelling, "retry")
    assert state["problem"] is None
    assert [(s.id, s.target) for s in EvalSet.load(path)] == [(first, "billing")]


def test_a_file_broken_by_hand_shows_its_lines_and_is_read_again_when_mended(labelling, path):
    press_label(labelling)
    good = path.read_text(encoding="utf-8")
    path.write_text(good + "{oops\n", encoding="utf-8")
    state = press_label(labelling)
    assert state["problem"]["details"][0].startswith("line 2: not JSON")
    assert path.read_text(encoding="utf-8").endswith("{oops\n")
    with pytest.raises(BadEvalSet, match="line 2"):
        labelling.eval_set()
    path.write_text(good, encoding="utf-8")
    assert press(labelling, "reread")["problem"] is None
    assert press_label(labelling)["done"] == 2


def test_a_file_that_is_broken_from_the_start_is_shown_and_not_raised(path):
    path.write_text("{oops\n", encoding="utf-8")
    opened = label(POOL, CATEGORIES, path)
    assert "line 1: not JSON" in opened.state["problem"]["details"][0]
    assert path.read_text(encoding="utf-8") == "{oops\n"


def test_a_file_that_is_gone_can_be_written_again(labelling, path):
    press_label(labelling)
    path.unlink()
    with pytest.raises(LabelsGone):
        labelling.eval_set()
    state = press_label(labelling)
    assert [a["do"] for a in state["problem"]["actions"]] == ["write_again", "start_over"]
    assert press(labelling, "write_again")["problem"] is None
    assert len(EvalSet.load(path)) == 1


def test_displaying_or_calling_again_keeps_the_place(labelling, path):
    press_label(labelling)
    again = label(POOL, CATEGORIES, path, target=3)
    for kept in ("done", "ticket", "rows", "show"):
        assert again.state[kept] == labelling.state[kept]
    assert repr(again).startswith("Labelling: 1 of 3 labelled, in ")


def test_the_eval_set_is_what_stands_on_disk_edits_by_hand_included(labelling, path):
    press_label(labelling, "billing")
    text = path.read_text(encoding="utf-8").replace('"billing"', '"other"')
    path.write_text(text, encoding="utf-8")
    assert [s.target for s in labelling.eval_set()] == ["other"]
    assert labelling.state["rows"][0]["label"] == "other"
    assert labelling.eval_set().name == "triage"


def test_only_a_text_becomes_the_card_and_a_card_is_kept(labelling, path):
    card = path.with_suffix(".card.md")
    labelling.eval_set("# too early")
    assert not card.exists()
    press_label(labelling)
    assert labelling.eval_set(...).card == ""
    assert labelling.eval_set("# why").card == "# why"
    assert card.read_text(encoding="utf-8") == "# why"
    assert labelling.eval_set().card == "# why"
    assert EvalSet.load(path).card == "# why"


def test_html_in_the_guide_stays_text(path):
    guide = (
        "# Guide\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))\n\n|a|b|\n|-|-|\n|1|2|"
    )
    shown = label(POOL, CATEGORIES, path, guide=guide).guide
    assert "<script" not in shown
    assert 'href="javascript' not in shown
    assert "<table>" in shown
    assert "<h4>Guide</h4>" in shown  # below the card's own heading


def test_an_unforeseen_fault_never_looks_like_a_saved_label(labelling, monkeypatch):
    def burst(*_):
        raise RuntimeError("burst")

    monkeypatch.setattr(labelling._session, "label", burst)
    problem = press_label(labelling)["problem"]
    assert (problem["title"], problem["text"]) == ("Not saved", "RuntimeError: burst")
