"""What must hold whatever the model answers; how good the answers are is the evals' business."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from evalfirst.evals import EvalSet
from feature import PROMPT, Triage

EVALS = Path(__file__).resolve().parent.parent / "evals" / "messages.jsonl"


def test_a_recorded_message_goes_to_its_desk():
    assert Triage()("Reset my password please.") == "account"


def test_the_model_gets_the_message_and_nothing_of_it_is_read_as_a_placeholder():
    _, asked, begun = Triage().messages("Is {room} 2 free? {message}")
    assert asked == {"role": "user", "content": "Is {room} 2 free? {message}"}
    assert begun["role"] == "assistant"


def test_a_message_that_is_too_long_keeps_its_beginning():
    triage = Triage()
    shown = triage.messages("x" * 10_000)[1]["content"]
    assert len(shown) == triage.prompt["max_characters"]


def test_the_likeliest_words_decide():
    triage = Triage()
    listed = [
        SimpleNamespace(token=" password", logprob=-0.1),
        SimpleNamespace(token=" a", logprob=-9),
    ]
    scores = triage.scores(listed)
    assert max(scores, key=scores.get) == "account"


def test_a_changed_prompt_is_another_version(tmp_path):
    changed = tmp_path / "prompt.yaml"
    changed.write_text(PROMPT.read_text().replace("public library", "bookshop"))
    assert Triage(changed).version != Triage().version


@pytest.mark.parametrize("key", ["words", "usual"])
def test_the_prompt_knows_every_desk_that_the_eval_set_asks_for(key):
    asked = {sample.target for sample in EvalSet.load(EVALS)}
    assert asked == set(Triage().prompt[key])


def test_no_message_stands_in_the_eval_set_twice():
    assert EvalSet.load(EVALS).describe()["duplicates"] == 0
