"""Feature and scorers come from the project, and what is wrong with them is said by place."""

from __future__ import annotations

import pytest

from evalfirst.commands.loading import load_feature, load_scorers
from evalfirst.commands.settings import BadSettings, Settings


def test_a_function_and_a_class_can_be_the_feature(project):
    assert load_feature(Settings.load())("a") == "A"
    project.write(
        "shouting.py", "class Shout:\n    def __call__(self, text):\n        return 'B'\n"
    )
    assert load_feature(Settings.load(feature="shouting:Shout"))("a") == "B"


@pytest.mark.parametrize(
    ("code", "feature", "message"),
    [
        ("", "nowhere:f", "there is no module 'nowhere' in"),
        ("import absent_library", "shouting:shout", "imports absent_library, which is not install"),
        ("\n\nshout = 1 / 0", "shouting:shout", r"ZeroDivisionError.*shouting.py, line 3"),
        ("", "shouting:shout", r"shouting.py has nothing called 'shout'"),
        ("shout = 3", "shouting:shout", "shouting:shout is 3, which cannot be called"),
        ("class A:\n    def __init__(self, x): ...", "shouting:A", "cannot be made: TypeError"),
    ],
)
def test_a_feature_that_cannot_be_used_is_named_with_the_reason(project, code, feature, message):
    project.write("shouting.py", code)
    with pytest.raises(BadSettings, match=message):
        load_feature(Settings.load(feature=feature))


def test_scorers_are_named_with_options_or_written_in_the_project(project):
    project.write(
        "shouting.py",
        "from evalfirst.evals import Score\ndef polite(output, target):\n    return Score(1.0)\n",
    )
    toml = project.root / "evalfirst.toml"
    named = '["exact", { name = "label", labels = ["A", "B"] }, "shouting:polite"]'
    toml.write_text(toml.read_text().replace('["exact"]', named))
    exact, label, polite = load_scorers(Settings.load())
    assert exact("a", "a").value == 1
    assert label(" b ", "B").value == 1
    assert polite.__name__ == "polite"


@pytest.mark.parametrize(
    ("scorers", "message"),
    [
        (["exakt"], r"no scorer is called 'exakt'\. There are: contains, exact"),
        ([{"name": "label"}], "label: .*missing 1 required positional argument"),
        (["shouting:absent"], "has nothing called 'absent'"),
    ],
)
@pytest.mark.usefixtures("project")
def test_a_scorer_that_cannot_be_used_is_named(scorers, message):
    with pytest.raises(BadSettings, match=message):
        load_scorers(Settings.load(scorers=scorers))
