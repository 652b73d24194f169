"""Triage: prompts with versions, answers that name a category or say why not, no leak."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalfirst.llm import EmbeddedTransport, ReplayTransport, client, provenance, read_recordings
from evalfirst.llm.recordings import Exchange, append
from evalfirst.llm.wire import CHAT, content_key
from evalfirst.stats import wilson
from graders.support_desk.prompts import BadPrompt, load, prompts
from graders.support_desk.recording import recording_of
from graders.support_desk.tickets import CATEGORIES, gold, tickets
from graders.support_desk.triage import ARMS, Triage, UnreadableAnswer, few_shot_ids

SHIPPED = Path(recording_of("zero_shot")).parent


def triage(arm: str, source: Path = SHIPPED) -> Triage:
    return Triage(arm, client(ReplayTransport(source)))


def test_there_are_three_arms_or_more_with_versions_of_their_own() -> None:
    assert len(ARMS) >= 3
    assert len({arm.version for arm in ARMS.values()}) == len(ARMS)


def test_a_live_models_answers_never_fill_up_a_run_of_the_embedded_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("EVALFIRST_LLM", "EVALFIRST_MODEL", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    own = Triage().version
    monkeypatch.setenv("OPENAI_API_KEY", "a key")
    live = Triage().version
    monkeypatch.setenv("EVALFIRST_MODEL", "another-model")
    assert len({own, live, Triage().version}) == 3


def test_few_shot_ids_are_tickets_of_the_pool_one_of_each_category() -> None:
    ids = {ticket.id for ticket in tickets()}
    assert few_shot_ids() <= ids
    shots = ARMS["few_shot"].shots
    assert {gold()[shot].category for shot in shots} == set(CATEGORIES)
    assert all(gold()[shot].clear for shot in shots)
    assert Triage("few_shot").shots == shots


def test_the_examples_stand_in_the_prompt_word_for_word() -> None:
    texts = {ticket.id: ticket.text for ticket in tickets()}
    messages = ARMS["few_shot"].request("Is my mail down?")["messages"]
    said = [message["content"] for message in messages]
    assert all(texts[shot] in said for shot in ARMS["few_shot"].shots)
    assert said[-1] == "Is my mail down?"


def test_an_unknown_arm_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="zero_shot"):
        Triage("gpt")


@pytest.mark.parametrize("arm", ARMS)
def test_every_ticket_was_recorded_and_nothing_else(arm: str) -> None:
    kept = {exchange.key for exchange in read_recordings(recording_of(arm))}
    asked = {content_key(CHAT, ARMS[arm].request(ticket.text)) for ticket in tickets()}
    assert kept == asked


@pytest.mark.parametrize("arm", ARMS)
def test_tickets_are_answered_from_the_shipped_recordings(arm: str) -> None:
    feature = triage(arm)
    answers = [feature.ask(ticket.text) for ticket in tickets()[::20]]
    assert all(provenance(answer).recorded for answer in answers)
    assert {answer.model for answer in answers} == {"SmolLM2-135M-Instruct-Q4_1"}
    assert all((provenance(answer).seconds or 0) > 0 for answer in answers)
    assert {feature.arm.read(answer) for answer in answers} <= set(CATEGORIES)


def test_the_best_arm_is_wrong_often_and_yet_far_better_than_chance() -> None:
    feature = triage("label_scores")
    asked = [ticket for ticket in tickets() if ticket.id not in few_shot_ids()]
    right = sum(feature(ticket.text) == gold()[ticket.id].category for ticket in asked)
    low, high = wilson(right, len(asked))
    assert low > 1 / len(CATEGORIES)
    assert high < 0.9


@pytest.mark.model
@pytest.mark.xdist_group("model")
@pytest.mark.parametrize("arm", ARMS)
def test_a_recording_equals_what_the_model_answers_today(arm: str) -> None:
    ticket = min(tickets(), key=lambda one: len(one.text))
    recorded = triage(arm).ask(ticket.text)
    live = Triage(arm, client(EmbeddedTransport())).ask(ticket.text)
    assert live.choices[0].message.content == recorded.choices[0].message.content
    assert live.usage == recorded.usage
    assert Triage(arm).arm.read(live) == Triage(arm).arm.read(recorded)


def test_the_same_ticket_gets_the_same_category() -> None:
    feature = triage("label_scores")
    text = tickets()[0].text
    assert len({feature(text) for _ in range(3)}) == 1


def _answer(content: str, reason: str = "stop") -> dict[str, Any]:
    choice = {
        "index": 0,
        "finish_reason": reason,
        "message": {"role": "assistant", "content": content},
    }
    return {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}


@pytest.mark.parametrize(
    ("content", "reason", "says"),
    [
        ('{"category": "sales"}', "stop", "sales"),
        ('{"category": "bil', "length", "length"),
        ("billing", "stop", "billing"),
        ('["billing"]', "stop", "billing"),
    ],
)
def test_an_answer_without_a_category_says_what_came_and_why_it_ended(
    tmp_path: Path, content: str, reason: str, says: str
) -> None:
    request = json.loads(json.dumps(ARMS["zero_shot"].request("Help")))
    exchange = Exchange("chat/completions", request, _answer(content, reason), 1.0, "m", "2026")
    append(tmp_path / "r.jsonl", exchange)
    with pytest.raises(UnreadableAnswer, match=says):
        triage("zero_shot", tmp_path)("Help")


def test_an_answer_without_log_probabilities_says_so(tmp_path: Path) -> None:
    request = json.loads(json.dumps(ARMS["label_scores"].request("Help")))
    exchange = Exchange("chat/completions", request, _answer(" a"), 1.0, "m", "2026")
    append(tmp_path / "r.jsonl", exchange)
    with pytest.raises(UnreadableAnswer, match="log probabilities"):
        triage("label_scores", tmp_path)("Help")


def test_braces_in_a_ticket_stay_text() -> None:
    for arm in ARMS.values():
        asked = arm.request("{{#system}} {ticket} {0}")["messages"]
        assert any("{{#system}} {ticket} {0}" in message["content"] for message in asked)


def test_a_longer_ticket_keeps_its_beginning_and_no_ticket_of_the_course_is_cut() -> None:
    for prompt in prompts().values():
        assert max(len(ticket.text) for ticket in tickets()) < prompt.max_characters
        said = prompt.messages("a" * 3000 + "END")
        assert not any("END" in message["content"] for message in said)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title: x", "missing"),
        ("- a list", "sequence"),
        (
            "title: x\nversion: 1\nstage: 1\nread: guess\nuser: '{ticket}'\n"
            "max_tokens: 1\nmax_characters: 9",
            "'read' is 'guess'",
        ),
        (
            "title: x\nversion: 1\nstage: 1\nread: schema\nuser: hello\n"
            "max_tokens: 1\nmax_characters: 9",
            "{ticket}",
        ),
        (
            "title: x\nversion: 1\nstage: 1\nread: schema\nuser: '{ticket}'\nmax_tokens: 1\n"
            "max_characters: 9\nshots: [T999]",
            "T999",
        ),
        (
            "title: x\nversion: 1\nstage: 1\nread: logprob\nuser: '{ticket}'\nmax_tokens: 1\n"
            "max_characters: 9\nwords: {billing: [' money']}",
            "'words' must name each",
        ),
    ],
)
def test_a_damaged_prompt_names_the_file_and_the_field(
    tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadPrompt) as caught:
        load(path)
    assert "broken.yaml" in str(caught.value)
    assert says in str(caught.value)
