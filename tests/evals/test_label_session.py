from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalfirst.evals import BadEvalSet, EvalSet, Sample
from evalfirst.evals.label_session import RARE, LabelSession, LabelsGone, NotSaved

CATEGORIES = ("billing", "email", "other")
SLICES = {1: ["typos"], 2: ["typos", "angry"], 5: ["long"], 7: ["angry"], 8: ["long"]}
POOL = EvalSet(
    tuple(
        Sample(f"T{i}", f"text {i}", None, {"slices": SLICES.get(i, []), "source": "pool"})
        for i in range(12)
    ),
    "tickets",
)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "evals" / "triage.jsonl"


def session(path, pool=POOL, **options):
    opened = LabelSession(pool, CATEGORIES, path, now=lambda: NOON, **options)
    opened.reload()
    return opened


def label_next(opened, category="billing"):
    ticket = opened.shown.id
    opened.label(ticket, category)
    return ticket


def on_disk(path):
    return [(s.id, s.target) for s in EvalSet.load(path)]


def refuse_to_write(monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("evalfirst.atomic.write_text", refuse)


def test_a_label_is_on_disk_with_its_metadata_before_the_next_ticket_shows(path):
    opened = session(path, labeller="ada")
    ticket = opened.shown.id
    opened.note(ticket, "  two requests  ")
    opened.label(ticket, "email")
    (saved,) = EvalSet.load(path)
    original = next(s for s in POOL if s.id == ticket)
    assert (saved.id, saved.input, saved.target) == (ticket, original.input, "email")
    assert saved.metadata == {
        **original.metadata,
        "labeller": "ada",
        "reviewed": "2026-03-02T12:00:00+00:00",
        "note": "two requests",
    }
    assert opened.shown.id != ticket


def test_rows_stand_in_the_order_of_labelling_and_a_changed_label_keeps_its_place(path):
    opened = session(path)
    order = [label_next(opened) for _ in range(4)]
    opened.open(order[1])
    opened.label(order[1], "other")
    assert [i for i, _ in on_disk(path)] == order
    assert dict(on_disk(path))[order[1]] == "other"


def test_the_order_is_a_shuffle_that_is_the_same_every_time_and_differs_by_labeller(tmp_path):
    def order(name, labeller):
        opened = session(tmp_path / name, labeller=labeller)
        return [label_next(opened) for _ in range(len(POOL))]

    mine = order("a.jsonl", "me")
    assert mine == order("b.jsonl", "me")
    assert mine != order("c.jsonl", "ada")
    assert mine != [s.id for s in POOL]
    assert sorted(mine) == sorted(s.id for s in POOL)


def test_the_order_of_the_old_tickets_stays_when_the_pool_grows(tmp_path):
    bigger = EvalSet((*POOL, *(Sample(f"N{i}", f"new {i}") for i in range(5))))
    old, new = session(tmp_path / "a.jsonl"), session(tmp_path / "b.jsonl", bigger)
    old_order = [label_next(old) for _ in range(len(POOL))]
    new_order = [label_next(new) for _ in range(len(bigger))]
    assert [i for i in new_order if i in old_order] == old_order


def test_reopening_continues_with_the_same_ticket_skips_drafts_and_choice(path):
    opened = session(path)
    label_next(opened)
    skipped = opened.shown.id
    opened.skip(skipped)
    opened.note(opened.shown.id, "ask a colleague")
    opened.choose("slice:angry")
    opened.note(opened.shown.id, "half a thought")
    again = session(path)
    assert again.labels == opened.labels
    assert again.shown == opened.shown
    assert (again.skipped, again.show) == ((skipped,), "slice:angry")
    assert again.note_on(again.shown.id) == "half a thought"


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"ticket": 1}', '{"show": null}'])
def test_without_a_readable_place_file_every_label_is_still_there(path, damage):
    opened = session(path)
    labelled = label_next(opened)
    (path.parent / ".triage.labelling.json").write_text(damage, encoding="utf-8")
    again = session(path)
    assert list(again.labels) == [labelled]
    assert again.shown is not None


def test_a_skipped_ticket_comes_back_only_when_the_others_are_done(path):
    opened = session(path)
    first = opened.shown.id
    opened.skip(first)
    seen = [label_next(opened) for _ in range(len(POOL) - 1)]
    assert first not in seen
    assert opened.shown.id == first
    opened.skip(first)
    assert opened.shown.id == first
    opened.label(first, "email")
    assert opened.shown is None


def test_a_chosen_slice_shows_only_its_tickets_and_then_says_that_none_is_left(path):
    opened = session(path)
    opened.choose("slice:typos")
    seen = {label_next(opened), label_next(opened)}
    assert seen == {"T1", "T2"}
    assert opened.shown is None
    opened.choose("any")
    assert opened.shown is not None
    with pytest.raises(ValueError, match=r"show must be 'any', 'rare' or 'slice:<name>'"):
        opened.choose("slice:nonsense")


def test_rare_always_serves_the_slice_with_the_fewest_labels_that_still_has_tickets(path):
    opened = session(path)
    opened.choose(RARE)
    while opened.thinnest():
        counts = {n: done for n, (done, waiting) in opened.per_slice().items() if waiting}
        served = opened.shown.slices
        assert min(counts[name] for name in served if name in counts) == min(counts.values())
        label_next(opened)
    assert set(opened.labels) == {"T1", "T2", "T5", "T7", "T8"}
    assert opened.shown is not None  # tickets without a slice follow


def test_undo_takes_back_label_change_skip_note_and_removal_one_by_one(path):
    opened = session(path)
    first = label_next(opened)
    second = opened.shown.id
    opened.skip(second)
    opened.open(first)
    opened.label(first, "email")
    opened.note(first, "hm")
    opened.remove(first)
    assert opened.undo() == f"removed label on {first}"
    assert on_disk(path) == [(first, "email")]
    assert opened.note_on(first) == "hm"
    assert opened.undo() == f"note on {first}"
    assert opened.note_on(first) == ""
    assert opened.undo() == f"changed label on {first}"
    assert on_disk(path) == [(first, "billing")]
    assert opened.undo() == f"skip of {second}"
    assert (opened.shown.id, opened.skipped) == (second, ())
    assert opened.undo() == f"label on {first}"
    assert (on_disk(path), opened.shown.id) == ([], first)
    assert opened.undo() is None


def test_undo_after_a_restart_takes_back_the_last_label_and_keeps_its_note(path):
    opened = session(path)
    label_next(opened)
    second = opened.shown.id
    opened.note(second, "unsure")
    opened.label(second, "email")
    again = session(path)
    assert again.undo() == f"label on {second}"
    assert (again.shown.id, again.note_on(second)) == (second, "unsure")
    assert len(on_disk(path)) == 1


def test_back_and_forward_walk_through_the_labels_and_end_at_the_new_ticket(path):
    opened = session(path)
    order = [label_next(opened) for _ in range(3)]
    new = opened.shown.id
    seen = []
    for _ in range(4):
        opened.back()
        seen.append((opened.shown.id, opened.review_position))
    assert seen == [(order[2], 3), (order[1], 2), (order[0], 1), (order[0], 1)]
    opened.label(order[0], "other")
    assert opened.shown.id == order[1]
    opened.forward()
    opened.forward()
    assert (opened.shown.id, opened.review_position) == (new, None)


def test_a_removed_label_waits_again_and_keeps_its_note(path):
    opened = session(path)
    ticket = opened.shown.id
    opened.note(ticket, "why?")
    opened.label(ticket, "email")
    opened.remove(ticket)
    assert on_disk(path) == []
    assert (opened.shown.id, opened.note_on(ticket)) == (ticket, "why?")


@pytest.mark.parametrize("act", ["label", "skip", "note", "remove", "undo", "change"])
def test_when_the_disk_refuses_the_ticket_and_all_labels_stay(path, monkeypatch, act):
    opened = session(path)
    label_next(opened)
    second = label_next(opened)
    if act in ("remove", "change"):
        opened.open(second)
    shown, labels, before = opened.shown, opened.labels, path.read_bytes()
    refuse_to_write(monkeypatch)
    actions = {
        "label": lambda: opened.label(shown.id, "email"),
        "change": lambda: opened.label(shown.id, "email"),
        "skip": lambda: opened.skip(shown.id),
        "note": lambda: opened.note(shown.id, "a note"),
        "remove": lambda: opened.remove(second),
        "undo": opened.undo,
    }
    with pytest.raises(NotSaved, match=r"cannot write .*No space left on device"):
        actions[act]()
    assert (opened.shown, opened.labels, opened.skipped) == (shown, labels, ())
    assert opened.note_on(shown.id) == ""
    assert path.read_bytes() == before
    monkeypatch.undo()
    actions[act]()
    after = (opened.labels, opened.skipped, opened.note_on(shown.id))
    assert after != (labels, (), "")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "T3", "input": "cut o', r"line 2: not JSON"),
        ('{"id": "T3", "input": "x", "target": "biling"}', r"line 2: field 'target': 'biling'"),
        ('{"id": "T3", "input": "x"}', r"line 2: field 'target': None is none of billing, email"),
        ('{"id": "T3", "target": "email"}', r"line 2: field 'input'"),
    ],
)
def test_a_line_broken_by_hand_is_named_and_nothing_is_overwritten(path, line, message):
    opened = session(path)
    label_next(opened)
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    edited, shown = path.read_bytes(), opened.shown
    for act in (lambda: opened.label(shown.id, "email"), opened.undo, opened.reload):
        with pytest.raises(BadEvalSet, match=message):
            act()
    assert path.read_bytes() == edited
    assert opened.shown == shown
    fresh = LabelSession(POOL, CATEGORIES, path)
    with pytest.raises(BadEvalSet, match=message):
        fresh.label(fresh.shown.id, "email")
    assert path.read_bytes() == edited


def test_the_line_of_a_wrong_target_counts_blank_lines(path):
    path.parent.mkdir()
    path.write_text('\n\n{"id": "a", "input": "x", "target": "nope"}\n', encoding="utf-8")
    with pytest.raises(BadEvalSet, match=r"line 3: field 'target': 'nope'"):
        session(path)


def test_a_file_in_another_encoding_is_named_with_line_and_mend(path):
    path.parent.mkdir()
    good = json.dumps({"id": "a", "input": "x", "target": "email"}).encode()
    path.write_bytes(good + b"\n" + good.replace(b'"x"', b'"\xfc"') + b"\n")
    with pytest.raises(BadEvalSet, match=r"line 2: not UTF-8"):
        session(path)


def test_labels_that_were_edited_or_added_by_hand_count_and_survive(path):
    opened = session(path)
    ticket = label_next(opened)
    text = path.read_text(encoding="utf-8").replace('"billing"', '"other"')
    mine = {"id": "own-1", "input": "my own example", "target": "email", "metadata": {"k": 1}}
    path.write_text(text + json.dumps(mine) + "\n", encoding="utf-8")
    third = label_next(opened, "email")
    assert on_disk(path) == [(ticket, "other"), ("own-1", "email"), (third, "email")]
    assert EvalSet.load(path)[1].metadata == {"k": 1}
    opened.open("own-1")
    assert opened.shown.text == "my own example"
    with pytest.raises(ValueError, match=r"added to triage.jsonl by hand. Delete its line there"):
        opened.remove("own-1")


def test_two_open_labellers_never_overwrite_each_other(path):
    one, two = session(path), session(path)
    a = label_next(one)
    b = next(s.id for s in POOL if s.id not in (a, one.shown.id))
    two.label(b, "email")
    c = label_next(one, "other")
    assert on_disk(path) == [(a, "billing"), (b, "email"), (c, "other")]


def test_a_file_that_is_gone_is_said_and_either_written_again_or_begun_anew(path):
    opened = session(path)
    label_next(opened)
    path.unlink()
    with pytest.raises(LabelsGone, match=r"It held 1 labels, which are still here"):
        opened.label(opened.shown.id, "email")
    assert not path.exists()
    opened.write_again()
    assert len(on_disk(path)) == 1
    path.unlink()
    opened.start_over()
    assert opened.labels == {}
    label_next(opened)
    assert len(on_disk(path)) == 1


def test_the_card_beside_the_file_is_not_touched_by_labelling(path):
    opened = session(path)
    card = path.with_suffix(".card.md")
    card.parent.mkdir(exist_ok=True)
    card.write_text("# mine", encoding="utf-8")
    label_next(opened)
    assert card.read_text(encoding="utf-8") == "# mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pool": EvalSet(())}, "the pool is empty"),
        ({"categories": ()}, "categories must be a list"),
        ({"categories": "billing"}, "categories must be a list"),
        ({"categories": ("a", "b", "a")}, "categories stand there twice: a"),
        ({"target": 0}, "target must be at least 1, got 0"),
    ],
)
def test_senseless_arguments_are_refused_with_the_reason(path, arguments, message):
    given_ = {"pool": POOL, "categories": CATEGORIES, "save_to": path} | arguments
    with pytest.raises(ValueError, match=re.escape(message)):
        LabelSession(**given_)


def test_a_folder_as_the_file_is_refused_with_the_reason(tmp_path):
    with pytest.raises(ValueError, match="save_to is a folder"):
        LabelSession(POOL, CATEGORIES, tmp_path)


def test_unknown_categories_and_tickets_are_refused_and_nothing_is_written(path):
    opened = session(path)
    with pytest.raises(ValueError, match="'nope' is none of billing, email, other"):
        opened.label(opened.shown.id, "nope")
    with pytest.raises(ValueError, match="'T99' is not in the pool"):
        opened.label("T99", "email")
    assert not path.exists()


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("label"), st.sampled_from(CATEGORIES)),
        st.tuples(st.just("note"), st.sampled_from(["", "a", "b"])),
        st.tuples(st.just("choose"), st.sampled_from(["any", "rare", "slice:angry"])),
        st.tuples(st.sampled_from(["skip", "undo", "back", "forward", "remove"]), st.just("")),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(ACTIONS)
def test_whatever_is_pressed_disk_and_memory_agree_and_undo_leads_back_to_nothing(
    tmp_path_factory, actions
):
    path = tmp_path_factory.mktemp("any") / "set.jsonl"
    opened = session(path)
    for name, value in actions:
        shown = opened.shown
        if name in ("label", "note") and shown:
            getattr(opened, name)(shown.id, value)
        elif name in ("skip", "remove") and shown:
            getattr(opened, name)(shown.id)
        elif name == "choose":
            opened.choose(value)
        elif name in ("undo", "back", "forward"):
            getattr(opened, name)()
        assert (
            on_disk(path) == [(s.id, s.target) for s in opened.eval_set()]
            if (path.exists())
            else not opened.labels
        )
        again = session(path)
        assert list(again.labels) == list(opened.labels)
        if opened.review_position is None:
            assert again.shown == opened.shown
    while opened.undo():
        pass
    assert opened.labels == {}
    assert opened.skipped == ()
