"""The environment chooses who answers, and says clearly what it cannot make sense of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evalfirst.llm import (
    BadSetting,
    MissingWeights,
    ReplayMiss,
    client,
    engine,
    provenance,
    transport_name,
)
from evalfirst.llm.recordings import OWN, append, read_recordings

from .conftest import answer, exchange, loopback, question

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, "recorded, then embedded"),
        ({"OPENAI_API_KEY": "k"}, "live"),
        ({"OPENAI_BASE_URL": "http://localhost:1/v1"}, "live"),
        ({"OPENAI_API_KEY": "k", "EVALFIRST_LLM": "embedded"}, "embedded"),
        ({"OPENAI_API_KEY": "k", "EVALFIRST_LLM": " Replay "}, "replay"),
        ({"EVALFIRST_LLM": "live"}, "live"),
        ({"OPENAI_API_KEY": "k", "EVALFIRST_LLM": "local"}, "recorded, then embedded"),
    ],
)
def test_the_choice_follows_the_environment(environment: dict[str, str], name: str) -> None:
    assert transport_name(environment) == name


def test_a_meaningless_choice_lists_what_may_be_chosen() -> None:
    with pytest.raises(BadSetting, match=r"'gpt'.*live.*embedded.*replay"):
        transport_name({"EVALFIRST_LLM": "gpt"})


def test_live_without_key_or_url_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALFIRST_LLM", "live")
    with pytest.raises(BadSetting, match="needs OPENAI_API_KEY"):
        client()


def test_a_base_url_without_scheme_is_named_before_any_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "localhost:11434/v1")
    with pytest.raises(BadSetting, match=r"localhost:11434/v1.*http://"):
        client()


def test_replay_reads_the_workspaces_own_recordings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EVALFIRST_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("EVALFIRST_LLM", "replay")
    append(
        tmp_path / "feature" / "recordings" / OWN,
        exchange(question("mine"), "Yours.", model="gpt-4.1-mini"),
    )
    response = client().chat.completions.create(**question("mine"))
    assert response.choices[0].message.content == "Yours."
    with pytest.raises(ReplayMiss):
        client().chat.completions.create(**question("never asked"))


def test_in_a_workspace_calls_leave_a_recording_and_replay_from_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EVALFIRST_WORKSPACE", str(tmp_path))
    with loopback(200, answer("Hello.", model="gpt-4.1-mini-2025-04-14")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        client().chat.completions.create(**question())
    kept = read_recordings(tmp_path / "feature" / "recordings")
    assert [e.request["model"] for e in kept] == ["small"]
    assert kept[0].model == "gpt-4.1-mini-2025-04-14"
    assert kept[0].seconds is not None
    monkeypatch.setenv("EVALFIRST_LLM", "replay")
    assert provenance(client().chat.completions.create(**question())).recorded


def test_outside_a_workspace_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with loopback(200, answer("Hello.")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        client().chat.completions.create(**question())
    assert list(tmp_path.iterdir()) == []


def test_by_default_recordings_answer_without_a_model_and_only_the_embedded_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EVALFIRST_DATASETS", str(tmp_path))
    monkeypatch.setattr(engine, "find_spec", lambda _: None)
    monkeypatch.setattr(engine, "_engines", {})
    shipped = tmp_path / "recordings" / "shipped.jsonl"
    append(shipped, exchange(question("known"), "Yes."))
    append(shipped, exchange(question("of another model"), "No.", model="gpt-4.1-mini"))
    response = client().chat.completions.create(**question("known"))
    assert provenance(response).recorded
    for text in ("of another model", "never asked"):
        with pytest.raises(MissingWeights):
            client().chat.completions.create(**question(text))
