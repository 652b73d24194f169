"""Live: a real server over HTTP, and each usual mistake explained with its mend."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import openai
import pytest

from evalfirst.llm import (
    LLMError,
    Meter,
    RefusedKey,
    UnknownModel,
    Unreachable,
    WrongBaseURL,
    async_client,
    client,
    provenance,
)
from evalfirst.llm.engine import weights
from evalfirst.llm.models import SMALL

from .conftest import answer, loopback, question

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "a-key-of-our-own"


@pytest.fixture(scope="module")
def runtime() -> Iterator[str]:
    """The embedded runtime's own OpenAI-compatible server, on a free port of loopback."""
    import xllamacpp

    settings = xllamacpp.CommonParams()
    settings.model.path = str(weights(SMALL))
    settings.n_ctx = 512
    settings.n_parallel = 1
    settings.cache_ram_mib = 0
    settings.verbosity = 0
    settings.api_keys = [KEY]
    server = xllamacpp.Server(settings)
    yield f"{server.listening_address}/v1"
    del server


@pytest.fixture
def live(runtime: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPENAI_BASE_URL", runtime)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return runtime


@pytest.mark.model
@pytest.mark.usefixtures("live")
@pytest.mark.xdist_group("model")
class TestAgainstARealServer:
    def test_it_answers_and_nothing_is_flagged_as_recorded(self) -> None:
        meter = Meter()
        response = client(meter=meter).chat.completions.create(**question(seed=1))
        assert response.choices[0].message.content
        assert not provenance(response).recorded
        (call,) = meter.calls
        assert response.usage is not None
        assert call.prompt_tokens == response.usage.prompt_tokens > 0
        assert call.seconds is not None
        assert call.seconds > 0

    def test_the_async_client_answers_the_same(self) -> None:
        sync = client().chat.completions.create(**question())
        other = asyncio.run(_ask(question()))
        assert other.choices[0].message.content == sync.choices[0].message.content

    def test_it_streams(self) -> None:
        whole = client().chat.completions.create(**question())
        pieces = [
            chunk.choices[0].delta.content or ""
            for chunk in client().chat.completions.create(**question(), stream=True)
            if chunk.choices
        ]
        assert "".join(pieces) == whole.choices[0].message.content
        assert sum(bool(piece) for piece in pieces) > 1

    def test_a_wrong_key_is_refused_with_the_mend(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "wrong")
        with pytest.raises(RefusedKey, match="OPENAI_API_KEY"):
            client().chat.completions.create(**question())

    def test_a_base_url_without_its_path_is_explained(
        self, live: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPENAI_BASE_URL", live.removesuffix("/v1") + "/api/v2")
        with pytest.raises(WrongBaseURL, match="ends in /v1"):
            client().chat.completions.create(**question())

    def test_too_long_a_prompt_is_the_sdks_own_error(self) -> None:
        with pytest.raises(openai.BadRequestError, match="context"):
            client().chat.completions.create(**question("hello " * 800))


async def _ask(asked: dict[str, Any]) -> Any:
    return await async_client().chat.completions.create(**asked)


@pytest.mark.parametrize(
    ("status", "body", "expected", "says"),
    [
        (401, {"error": {"message": "bad key"}}, RefusedKey, "OPENAI_API_KEY"),
        (403, {"error": {"message": "not in this region"}}, RefusedKey, "not in this region"),
        (404, "<html>Not found</html>", WrongBaseURL, "OPENAI_BASE_URL"),
        (405, "", WrongBaseURL, "OPENAI_BASE_URL"),
        (
            404,
            {"error": {"message": "no access to it", "code": "model_not_found"}},
            UnknownModel,
            "EVALFIRST_MODEL",
        ),
        (
            404,
            {"error": {"message": "model 'gpt-4.1-mini' not found, try pulling it first"}},
            UnknownModel,
            "try pulling",
        ),
    ],
)
def test_a_refusal_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, status: int, body: Any, expected: type[LLMError], says: str
) -> None:
    with loopback(status, body) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        with pytest.raises(expected, match=says):
            client().chat.completions.create(**question())
        with pytest.raises(expected, match=says):
            asyncio.run(_ask(question()))
        assert len(server.requests) == 2  # not retried: it would be refused again


def test_our_errors_are_the_sdks_errors_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback(401, {"error": {"message": "bad key"}}) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        with pytest.raises(openai.AuthenticationError) as caught:
            client().chat.completions.create(**question())
    assert caught.value.status_code == 401


def test_nothing_at_the_base_url_says_which_and_what_to_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as taken:  # bound but not listening: the connection is refused
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        with pytest.raises(Unreachable, match=url) as caught:
            client().chat.completions.create(**question())
    assert isinstance(caught.value, openai.APIConnectionError)


def test_the_alias_becomes_the_servers_model_and_the_key_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with loopback(200, answer("Hello.")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        client().chat.completions.create(**question())
        monkeypatch.setenv("EVALFIRST_MODEL", "llama3.2:1b")
        client().chat.completions.create(**question("Grüß dich"))
        client().chat.completions.create(**question(model="o4-mini"))
    models = [request["body"]["model"] for request in server.requests]
    assert models == ["gpt-4.1-mini", "llama3.2:1b", "o4-mini"]
    assert server.requests[1]["body"]["messages"][0]["content"] == "Grüß dich"
    assert server.requests[0]["key"] == "Bearer sk-test"
    assert server.requests[0]["path"] == "/v1/chat/completions"


def test_a_server_in_trouble_is_tried_again_by_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback(500, {"error": {"message": "overloaded"}}) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        with pytest.raises(openai.InternalServerError):
            client(max_retries=1).chat.completions.create(**question())
        assert len(server.requests) == 2
