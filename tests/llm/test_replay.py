"""Replay: recorded answers by content, flagged, with the seconds and tokens of their making."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from pathlib import Path

import httpx2
import openai
import pytest

from evalfirst import atomic
from evalfirst.llm import (
    BadRecording,
    LLMError,
    RecordingTransport,
    ReplayMiss,
    ReplayTransport,
    async_client,
    client,
    provenance,
    read_recordings,
)
from evalfirst.llm.recordings import Shelf, write_compact

from .conftest import answer, exchange, question

Recorded = Callable[..., Path]


def test_the_client_is_the_real_sdk(recorded: Recorded) -> None:
    path = recorded(exchange(question(), "Hello."))
    assert type(client(ReplayTransport(path))) is openai.OpenAI
    assert type(async_client(ReplayTransport(path))) is openai.AsyncOpenAI


def test_a_recorded_answer_is_flagged_and_carries_its_seconds_and_tokens(
    recorded: Recorded,
) -> None:
    sdk = client(ReplayTransport(recorded(exchange(question(), "Hello."))))
    response = sdk.chat.completions.create(**question())
    assert response.choices[0].message.content == "Hello."
    assert response.usage is not None
    assert (response.usage.prompt_tokens, response.usage.completion_tokens) == (12, 3)
    told = provenance(response)
    assert told.recorded
    assert told.seconds == 1.25
    assert told.transport == "replay"
    assert told.recorded_at == "2026-06-01T10:00:00+00:00"


def test_the_async_client_replays_the_same_answer(recorded: Recorded) -> None:
    sdk = async_client(ReplayTransport(recorded(exchange(question(), "Hello."))))
    response = asyncio.run(sdk.chat.completions.create(**question()))
    assert response.choices[0].message.content == "Hello."
    assert provenance(response).recorded


@pytest.mark.parametrize(
    "change",
    [
        {"messages": [{"role": "user", "content": "Say  hello."}]},
        {"model": "other"},
        {"max_tokens": 9},
        {"temperature": 0.5, "seed": 1},
        {"response_format": {"type": "json_object"}},
    ],
)
def test_any_change_that_bears_on_the_answer_is_a_miss(
    recorded: Recorded, change: dict[str, object]
) -> None:
    sdk = client(ReplayTransport(recorded(exchange(question(), "Hello."))))
    with pytest.raises(ReplayMiss):
        sdk.chat.completions.create(**{**question(), **change})


def test_what_does_not_bear_on_the_answer_is_no_miss(recorded: Recorded) -> None:
    sdk = client(ReplayTransport(recorded(exchange(question(temperature=0.0), "Hello."))))
    response = sdk.chat.completions.create(**question(), user="ada", metadata={"run": "7"})
    assert response.choices[0].message.content == "Hello."


def test_a_miss_names_the_prompt_and_how_to_record_it(recorded: Recorded) -> None:
    path = recorded(exchange(question(), "Hello."))
    sdk = client(ReplayTransport(path))
    with pytest.raises(LLMError) as caught:
        sdk.chat.completions.create(**question("Which team gets this ticket?"))
    message = str(caught.value)
    assert "Which team gets this ticket?" in message
    assert str(path) in message
    assert "1 recorded requests" in message
    assert "EVALFIRST_RECORD" in message


def test_a_stream_replays_the_whole_answer_in_pieces(recorded: Recorded) -> None:
    sdk = client(ReplayTransport(recorded(exchange(question(), "Hello there, Ada."))))
    chunks = list(
        sdk.chat.completions.create(
            **question(), stream=True, stream_options={"include_usage": True}
        )
    )
    pieces = [c.choices[0].delta.content or "" for c in chunks if c.choices]
    assert "".join(pieces) == "Hello there, Ada."
    assert sum(bool(piece) for piece in pieces) == 3
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 3


def test_an_async_stream_replays_the_whole_answer(recorded: Recorded) -> None:
    sdk = async_client(ReplayTransport(recorded(exchange(question(), "Hello there."))))

    async def read() -> str:
        stream = await sdk.chat.completions.create(**question(), stream=True)
        return "".join([c.choices[0].delta.content or "" async for c in stream])

    assert asyncio.run(read()) == "Hello there."


def test_a_sampled_request_gets_its_recorded_answers_in_turn(recorded: Recorded) -> None:
    asked = question(temperature=1)
    sdk = client(ReplayTransport(recorded(exchange(asked, "One."), exchange(asked, "Two."))))
    said = [sdk.chat.completions.create(**asked).choices[0].message.content for _ in range(3)]
    assert said == ["One.", "Two.", "One."]


def test_in_front_of_a_model_a_sampled_request_goes_on_to_it_when_recordings_are_used_up(
    recorded: Recorded, tmp_path: Path
) -> None:
    asked = question(temperature=1)
    front = recorded(exchange(asked, "One."))
    write_compact(tmp_path / "behind.jsonl.gz", [exchange(asked, "From behind.")])
    behind = ReplayTransport(tmp_path / "behind.jsonl.gz")
    sdk = client(ReplayTransport(front, behind))
    said = [sdk.chat.completions.create(**asked).choices[0].message.content for _ in range(2)]
    assert said == ["One.", "From behind."]


def test_a_client_never_gets_the_same_sampled_answer_again_because_it_was_recorded_meanwhile(
    tmp_path: Path,
) -> None:
    asked = question(temperature=1)
    texts = iter(("One.", "Two.", "Three."))
    behind = httpx2.MockTransport(lambda _: httpx2.Response(200, json=answer(next(texts))))
    front = tmp_path / "own.jsonl"
    sdk = client(ReplayTransport(front, RecordingTransport(behind, front)))
    said = [sdk.chat.completions.create(**asked).choices[0].message.content for _ in range(3)]
    assert said == ["One.", "Two.", "Three."]
    assert len(read_recordings(front)) == 3


def test_what_is_appended_later_is_found(recorded: Recorded) -> None:
    path = recorded(exchange(question("first"), "One."))
    sdk = client(ReplayTransport(path))
    with pytest.raises(ReplayMiss):
        sdk.chat.completions.create(**question("second"))
    recorded(exchange(question("second"), "Two."))
    said = sdk.chat.completions.create(**question("second")).choices[0].message.content
    assert said == "Two."


def test_a_line_cut_off_by_a_crash_costs_only_itself(recorded: Recorded) -> None:
    path = recorded(exchange(question("first"), "One."))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    recorded(exchange(question("second"), "Two."))
    shelf = Shelf([path])
    assert len(shelf) == 2


@pytest.mark.parametrize("content", [b"no gzip at all", gzip.compress(b"{}\n" * 99, mtime=0)[:-9]])
def test_a_damaged_recording_is_named_at_once(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged.jsonl.gz"
    path.write_bytes(content)
    with pytest.raises(BadRecording, match=r"damaged\.jsonl\.gz"):
        client(ReplayTransport(path)).chat.completions.create(**question())


def test_a_recording_that_was_replaced_is_read_anew(recorded: Recorded) -> None:
    path = recorded(exchange(question("first"), "One."))
    shelf = Shelf([path])
    assert len(shelf) == 1
    atomic.write_text(
        path,
        "".join(exchange(question(text), "Other.").line() + "\n" for text in ("second", "third")),
    )
    assert shelf.find(exchange(question("second"), "").key)
    assert shelf.find(exchange(question("third"), "").key)


def test_a_shelf_kept_to_one_model_never_gives_another_models_answer(recorded: Recorded) -> None:
    path = recorded(exchange(question(), "From a big model.", model="gpt-4.1-mini"))
    assert len(Shelf([path], "SmolLM2-135M-Instruct-Q4_1")) == 0
    assert len(Shelf([path])) == 1


def test_a_compact_recording_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    exchanges = [exchange(question(str(i)), answer(str(i))["id"]) for i in range(5)]
    for name in ("a", "b"):
        write_compact(tmp_path / f"{name}.jsonl.gz", exchanges)
    first, second = ((tmp_path / f"{name}.jsonl.gz").read_bytes() for name in ("a", "b"))
    assert first == second
    assert gzip.decompress(first).count(b"\n") == 5
