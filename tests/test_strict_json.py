import pytest

from evalfirst.strict_json import NotJson, dumps, parse, why_not


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1,}', "not JSON from column"),
        ('{\n"a": 1,}', "not JSON from line 2, column"),
        ("NaN", "NaN is no JSON number"),
        ("[1e999]", "1e999 is no JSON number"),
        ('"\\ud800"', "half a character"),
        ("[" * 20_000, "not JSON that can be read: nested too deeply"),
        ("9" * 5_000, "not JSON that can be read: nested too deeply, or a number too long"),
    ],
)
def test_what_no_other_tool_reads_is_refused_with_its_place(text, said):
    with pytest.raises(NotJson, match="^" + said.replace("[", r"\[")) as error:
        parse(text)
    assert "\n" not in str(error.value)


def test_a_whole_character_may_be_written_in_two_halves():
    assert parse('"\\ud83d\\ude80"') == "🚀"
    assert dumps("🚀") == '"🚀"'


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([float("inf")], "NaN or infinity in it"),
        ("\ud800", "half a character"),
        ({1, 2}, "not JSON: Object of type set"),
    ],
)
def test_what_cannot_be_written_is_told(value, said):
    assert why_not(value).startswith(said)


def test_what_can_be_written_is_not():
    assert why_not({"a": [1, 2.5, None, True, "é"]}) is None
