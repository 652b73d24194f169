"""Eval sets on disk and in memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalfirst.evals import BadEvalSet, EvalSet, Sample


def small() -> EvalSet:
    return EvalSet(
        (
            Sample("a", "My invoice is wrong", "billing", {"slices": ["angry"]}),
            Sample("b", [{"role": "user", "content": "Site down"}], "website"),
            Sample("c", "my   INVOICE is wrong", None),
        ),
        "small",
        "# Why\nTo learn.",
    )


def test_a_saved_set_comes_back_equal_with_its_card(tmp_path):
    path = small().save(tmp_path / "evals" / "small.jsonl")
    assert EvalSet.load(path) == small()


texts = st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip)


@given(st.lists(texts, max_size=5), st.one_of(st.none(), st.text(), st.integers()))
def test_any_text_survives_the_file(tmp_path_factory, inputs, target):
    written = EvalSet(tuple(Sample(f"s{i}", text, target) for i, text in enumerate(inputs)), "x")
    path = written.save(tmp_path_factory.mktemp("sets") / "x.jsonl")
    assert EvalSet.load(path) == written


def test_all_bad_lines_are_named_at_once_with_field_and_mend(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text(
        '{"id": "a", "input": "x", "target": 1}\n'
        '{"id": "b", "input": "x", "tar\n'
        '{"id": "", "input": ""}\n'
        "\n"
        '{"id": "a", "input": "y"}\n'
        '{"id": "c", "input": 3, "metadata": {"slices": "angry"}, "label": "z"}\n'
        "[1]\n"
    )
    with pytest.raises(BadEvalSet) as caught:
        EvalSet.load(path)
    shown = str(caught.value)
    for part in (
        f"{path}: 8 problems",
        "line 2: not JSON from column 27 on (Unterminated string)",
        "line 3: field 'id': missing or not a text",
        "line 3: field 'input': empty",
        "line 5: field 'id': 'a' stands on line 1 already",
        "line 6: field 'input': missing, or neither",
        "line 6: field 'metadata.slices': not a list",
        "line 6: field 'label': unknown. Put extra facts into 'metadata'",
        "line 7: not an object",
    ):
        assert part in shown


def test_another_encoding_is_named_with_its_line(tmp_path):
    path = tmp_path / "latin.jsonl"
    path.write_bytes(
        '{"id": "a", "input": "x"}\n{"id": "b", "input": "Gr\xfc\xdfe"}\n'.encode("latin-1")
    )
    with pytest.raises(BadEvalSet, match="line 2: not UTF-8"):
        EvalSet.load(path)


def test_a_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match="Label some examples first"):
        EvalSet.load(tmp_path / "none.jsonl")


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = small().save(tmp_path / "small.jsonl")
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        small()[:1].save(path)
    assert path.read_bytes() == before


def test_repeated_ids_are_refused():
    with pytest.raises(BadEvalSet, match="id 'a' stands on more than one sample"):
        EvalSet((Sample("a", "x"), Sample("a", "y")))


def test_the_version_follows_the_content_and_not_the_name():
    base = small()
    assert base.version == EvalSet(base.samples, "other name").version
    changed = EvalSet((*base.samples[:2], Sample("c", "other text")))
    assert base.version != changed.version
    assert base.version != base[:2].version


def test_describe_counts_duplicates_slices_and_says_what_the_size_can_tell():
    counted = small().describe()
    assert (counted["rows"], counted["labelled"], counted["duplicates"]) == (3, 2, 1)
    assert counted["slices"] == {"angry": 1}
    fifty = EvalSet(tuple(Sample(str(i), f"text {i}", "x") for i in range(50))).describe()
    # Wilson 95 % for 40 of 50 is 67 % to 89 %
    assert "67% to 89%" in fifty["precision"]


def test_where_keeps_the_order_and_names_unknown_ids():
    assert [s.id for s in small().where(["c", "a"])] == ["a", "c"]
    with pytest.raises(KeyError, match="not in small: zz"):
        small().where(["zz"])


def test_messages_read_as_one_text():
    messages = [{"role": "system", "content": "Sort."}, {"role": "user", "content": "Site down"}]
    assert Sample("a", messages).text == "Sort.\nSite down"


def labelled(n: int) -> EvalSet:
    return EvalSet(tuple(Sample(str(i), f"text {i}", "x") for i in range(n)), "labelled")


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "0 labelled rows cannot show any change: label more."),
        (1, "1 labelled row cannot show any change"),
        (2, "2 labelled rows cannot show any drop below a bar of 80%: even all answers wrong"),
        (10, "To compare two versions on the same rows, label 30 or more."),
        # share_minimum_effect(50, .8) is .188; Miller's formula gives 2.80 * sqrt(1 / 9 / 50)
        (50, "50 labelled rows can show a drop of 19 points or more below a bar of 80%"),
        (50, "on the same rows it is a difference of about 13 points."),
        # 969 rows show 3 points (Miller, section 5)
        (969, "a difference of about 3.0 points."),
    ],
)
def test_describe_says_the_smallest_change_that_the_set_can_show(n, words):
    assert words in labelled(n).describe()["minimum_effect"]


def test_only_labelled_rows_can_show_a_change():
    half = EvalSet((*labelled(50).samples, *(Sample(f"u{i}", f"new {i}") for i in range(50))))
    told = half.describe()
    assert (told["rows"], told["labelled"]) == (100, 50)
    assert told["minimum_effect"] == labelled(50).describe()["minimum_effect"]


def test_a_description_is_shown_as_a_table_with_its_sentences():
    named = EvalSet((*small().samples, Sample("d", "text", "<b>")))
    shown = named.describe()._repr_html_()
    assert "3 of 4" in shown
    assert "billing: 1" in shown
    assert "&lt;b&gt;: 1" in shown
    assert "3 labelled rows" in shown
    many = EvalSet(tuple(Sample(str(i), f"t {i}", i) for i in range(20)))
    assert "and 12 more" in many.describe()._repr_html_()


def test_a_set_that_could_not_be_read_again_is_not_saved(tmp_path):
    path = tmp_path / "set.jsonl"
    EvalSet((Sample("1", "x"),)).save(path)
    before = path.read_bytes()
    bad = EvalSet((Sample("nan", "x", float("nan")), Sample("half", "\ud800"), Sample("ok", "x")))
    with pytest.raises(BadEvalSet) as error:
        bad.save(path)
    assert [problem.split(":")[0] for problem in error.value.problems] == [
        "sample 'nan'",
        "sample 'half'",
    ]
    assert path.read_bytes() == before
    assert len(bad.version) == 12


def test_a_card_in_another_encoding_is_named(tmp_path):
    path = EvalSet((Sample("1", "x"),), "set", "card").save(tmp_path / "set.jsonl")
    (tmp_path / "set.card.md").write_bytes("fine\nZoë".encode("latin-1"))
    with pytest.raises(BadEvalSet, match=r"set\.card\.md: 1 problem\n  line 2: not UTF-8"):
        EvalSet.load(path)


def test_one_name_where_a_list_of_slices_is_meant_is_refused():
    sample = Sample("a", "x", "y", {"slices": "typos"})
    with pytest.raises(BadEvalSet, match=r"sample 'a': slices is a list of names.*\['typos'\]"):
        EvalSet((sample,), "tickets")
