"""Any stream, any recording, any request and any environment: read, or refused in words."""

from __future__ import annotations

import contextlib
import gzip
import json

import httpx2
import openai
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evalfirst.llm import (
    BadRecording,
    BadSetting,
    FaultyTransport,
    RecordingTransport,
    ReplayTransport,
    client,
    counting,
    faults,
    read_recordings,
    transport_name,
    wire,
)
from evalfirst.llm.faults import Fault
from evalfirst.llm.meter import Metered
from evalfirst.llm.recordings import Exchange, Shelf, parse
from tests.any_values import JSON, ODD_JSON, TEXT, files, json_texts, objects
from tests.llm.conftest import answer, exchange, question

CHAT_URL = "http://x/v1/chat/completions"
# half of a surrogate pair, and ends of lines that JSON does not escape
NASTY = TEXT | st.sampled_from(["cut: \ud83d", "a\u2028b\x85c\u2029", "data: [DONE]", "\r\n\n"])
USAGE = st.fixed_dictionaries({"prompt_tokens": st.integers(0, 99)})
FINISH = st.sampled_from(["stop", "length", "content_filter"])


def _choice(spoken: dict, finish: str, logprobs: list | None) -> dict:
    choice = {"index": 0, "finish_reason": finish} | spoken
    return choice | ({"logprobs": {"content": logprobs}} if logprobs else {})


def _with_tokens(pieces: list[str]) -> st.SearchStrategy:
    """Return messages that say `pieces`, with the tokens, other tokens, or none."""
    message = {"message": {"role": "assistant", "content": "".join(pieces)}}
    tokens = [{"token": piece, "logprob": -0.5} for piece in pieces]
    known = st.sampled_from([None, tokens, tokens[1:], [*tokens, {"token": "?"}]])
    return st.builds(_choice, st.just(message), FINISH, known)


REFUSALS = NASTY.filter(bool).map(
    lambda text: {"message": {"role": "assistant", "content": None, "refusal": text}}
)
CHAT = st.lists(NASTY, max_size=4).flatmap(_with_tokens) | st.builds(
    _choice, REFUSALS, FINISH, st.none()
)
PLAIN = st.builds(_choice, NASTY.map(lambda text: {"text": text}), FINISH, st.none())
COMMON = {"id": "1", "created": 1, "model": "m"}
ANSWERS = st.builds(
    lambda choice, usage: (
        COMMON
        | {
            "object": "chat.completion" if "message" in choice else "text_completion",
            "choices": [choice],
            "usage": usage,
        }
    ),
    CHAT | PLAIN,
    USAGE,
)


@given(ANSWERS)
def test_an_answer_survives_being_streamed_and_joined(whole):
    events = b"".join(wire.in_pieces(wire.split(whole, usage=True)).stream)
    assert wire.joined(wire.chunks_in(events)) == whole


@given(ANSWERS, st.data())
def test_a_stream_that_breaks_off_is_never_joined_to_another_answer(whole, data):
    events = b"".join(wire.in_pieces(wire.split(whole, usage=False)).stream)
    cut = data.draw(st.integers(0, len(events)))
    joined = wire.joined(wire.chunks_in(events[:cut]))
    assert joined in (None, {k: v for k, v in whole.items() if k != "usage"})


DELTAS = objects(content=NASTY, refusal=NASTY, tool_calls=JSON)
CHOICES = objects(index=st.just(0), delta=DELTAS, text=NASTY, finish_reason=FINISH, logprobs=JSON)
CHUNKS = objects(object=st.just("chat.completion.chunk"), choices=st.lists(CHOICES, max_size=2))
EVENTS = st.lists(json_texts(CHUNKS).map("data: {}".format) | TEXT, max_size=4).map("\n\n".join)


@given(files(EVENTS))
@example(b"data: " + b"[" * 20_000)
@example(b'data: {"choices": null}\n\ndata: {"choices": [1]}')
def test_any_stream_is_joined_to_an_answer_or_left_alone(events):
    joined = wire.joined(wire.chunks_in(events))
    assert joined is None or joined["choices"][0]["finish_reason"]


@given(JSON)
@example({"text": "cut: \ud83d"})
def test_the_key_of_a_content_does_not_depend_on_order_form_or_a_trip_through_json(value):
    content = {"messages": value, "temperature": 0, "seed": 3}
    key = wire.content_key("chat/completions", content)
    assert len(key) == 32
    again = json.loads(json.dumps(dict(reversed(content.items())), sort_keys=False))
    assert wire.content_key("chat/completions", again) == key
    assert wire.content_key("chat/completions", content | {"temperature": 0.0}) == key
    assert wire.content_key("chat/completions", content | {"top_p": None}) == key
    assert wire.content_key("completions", content) != key
    assert wire.content_key("chat/completions", content | {"seed": 4}) != key
    assert wire.content_key("chat/completions", content | {"messages": [value]}) != key


@given(json_texts(objects(model=TEXT, messages=JSON, stream=JSON, temperature=JSON)))
@example('{"messages": [{"content": "\\ud83d"}]}')
def test_any_request_has_a_key_and_a_prompt(body):
    request = httpx2.Request("POST", CHAT_URL, content=body.encode("utf-8", "replace"))
    asked = wire.asked(request)
    assert len(asked.key) == 32
    assert len(asked.prompt) <= 120
    assert wire.asked(request) == asked


REQUESTS = st.fixed_dictionaries({"model": TEXT, "temperature": st.just(0), "messages": JSON})
EXCHANGES = st.builds(
    Exchange,
    endpoint=st.sampled_from([wire.CHAT, wire.TEXT]),
    request=REQUESTS,
    response=ANSWERS,
    seconds=st.none() | st.floats(0, 1e6),
    model=NASTY,
    at=TEXT,
)
LINES = st.lists(
    EXCHANGES.map(Exchange.line)
    | ODD_JSON
    | objects(
        endpoint=TEXT,
        request=REQUESTS,
        response=ANSWERS | objects(choices=JSON),
        seconds=JSON,
        model=TEXT,
        at=TEXT,
    ).map(json.dumps),
    max_size=4,
).map("\n".join)


@given(EXCHANGES)
def test_an_exchange_is_read_as_it_was_written_and_never_from_half_a_line(whole):
    line = whole.line()
    assert "\n" not in line
    assert parse(line.encode().decode()) == whole
    assert parse(line[: len(line) // 2]) is parse(line[:-1]) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("endpoint", None),
        ("request", "x"),
        ("response", [1]),
        ("response", {}),
        ("response", {"choices": []}),
        ("response", {"choices": "x"}),
        ("seconds", "1.5"),
        ("model", 7),
        ("at", 2026),
    ],
)
def test_a_line_with_a_field_of_another_kind_holds_no_exchange(field, value):
    row = json.loads(exchange(question(), "Hello.").line())
    assert parse(json.dumps(row)) is not None
    assert parse(json.dumps(row | {field: value})) is None


@given(st.lists(EXCHANGES, max_size=3), st.lists(EXCHANGES, max_size=3), st.data())
@settings(max_examples=40)
def test_a_cut_line_costs_that_exchange_and_no_other(tmp_path_factory, before, after, data):
    path = tmp_path_factory.getbasetemp() / "cut.jsonl"
    torn = data.draw(EXCHANGES).line().encode()
    torn = torn[: data.draw(st.integers(1, len(torn) - 1))]
    first, last = (b"".join(e.line().encode() + b"\n" for e in part) for part in (before, after))
    path.write_bytes(first + torn + b"\n" + last)
    assert read_recordings(path) == [*before, *after]
    zipped = path.with_suffix(".jsonl.gz")
    zipped.write_bytes(gzip.compress(path.read_bytes(), 1))
    assert read_recordings(zipped) == [*before, *after]


@given(files(LINES), st.integers(0, 400))
@settings(max_examples=60)
def test_a_file_that_grows_is_read_as_if_it_had_been_there_at_once(tmp_path_factory, content, cut):
    path = tmp_path_factory.mktemp("grows", numbered=True) / "r.jsonl"
    path.write_bytes(content[:cut])
    growing = Shelf((path,))
    assert len(growing) >= 0
    with path.open("ab") as more:
        more.write(content[cut:] + b"\n")
    found = {e.key: e for e in reversed(read_recordings(path))}
    assert len(growing) == len(found)
    for key, kept in found.items():
        assert growing.find(key)[0] == kept


@given(st.binary(max_size=60) | files(LINES).map(lambda data: gzip.compress(data, 1)), st.data())
def test_any_packed_recording_is_read_or_refused_by_name(tmp_path_factory, content, data):
    path = tmp_path_factory.getbasetemp() / "any.jsonl.gz"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    said = str(path)
    try:
        assert len(read_recordings(path)) <= 4
    except BadRecording as error:
        said = str(error)
    assert str(path) in said


@given(LINES, st.booleans())
@settings(max_examples=60)
def test_what_is_on_the_shelf_can_be_replayed_whole_and_streamed(tmp_path_factory, lines, streams):
    path = tmp_path_factory.mktemp("replay", numbered=True) / "r.jsonl"
    path.write_bytes(lines.encode("utf-8", "surrogatepass"))
    replay = ReplayTransport(path)
    for kept in read_recordings(path):
        body = {**kept.request, "stream": streams}
        request = httpx2.Request("POST", f"http://x/v1/{kept.endpoint}", content=json.dumps(body))
        if wire.asked(request).key != kept.key:
            continue  # a recording of another endpoint, or with settings that do not travel
        response = replay.handle_request(request)
        content = b"".join(response.stream)
        assert content.endswith(b"data: [DONE]\n\n") if streams else json.loads(content)


class Sends(httpx2.BaseTransport):
    def __init__(self, content: bytes, kind: str) -> None:
        self.content, self.kind = content, kind

    def handle_request(self, _request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=self.content, headers={"content-type": self.kind})


ODD_ANSWERS = objects(
    choices=st.lists(CHOICES | objects(message=DELTAS), max_size=2),
    usage=objects(prompt_tokens=JSON, completion_tokens=JSON, prompt_tokens_details=JSON),
    evalfirst=objects(recorded=JSON, seconds=JSON),
    model=st.just("gpt-4.1-mini"),
)


@given(files(json_texts(ODD_ANSWERS)), st.sampled_from(["application/json", "text/event-stream"]))
@example(b'{"choices": [{}], "usage": [1]}', "application/json")
@example(b'{"choices": [{}], "evalfirst": 1}', "application/json")
@example(b"[" * 20_000, "application/json")
@settings(max_examples=60)
def test_whatever_a_server_sends_comes_through_the_meter_and_the_recorder(
    tmp_path_factory, content, kind
):
    path = tmp_path_factory.mktemp("sent", numbered=True) / "r.jsonl"
    transport = Metered(RecordingTransport(Sends(content, kind), path))
    body = question() | {"stream": kind != "application/json"}
    with counting() as tally, httpx2.Client(transport=transport) as plain:
        assert plain.post(CHAT_URL, json=body).content == content
    spent = tally.usage
    if spent is not None:
        assert spent.calls == 1
        assert isinstance(spent.prompt_tokens, int | None)
        assert isinstance(spent.dollars, float | None)
        assert isinstance(spent.model_seconds, float | int | None)


@given(st.sampled_from(Fault), files(json_texts(ODD_ANSWERS)), st.booleans())
def test_a_fault_leaves_any_answer_to_the_sdk(kind, content, streams):
    sent = Sends(content, "text/event-stream" if streams else "application/json")
    faulty = FaultyTransport(
        sent,
        faults.Outage(kind),
        worse=sent,
        stale=lambda body: body,
        sleep=lambda _: None,
    )
    request = httpx2.Request("POST", CHAT_URL, json=question() | {"stream": streams})
    with contextlib.suppress(httpx2.TransportError):
        response = faulty.handle_request(request)
        assert response.status_code in (200, 400, 429, 500, 503, 529)
        b"".join(response.stream)
    assert [i.fault for i in faulty.injected] == [kind]


# what the environment cannot hold is not in it
VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
URLS = VALUES | VALUES.map("http://{}".format) | VALUES.map("https://x:{}/v1".format)
SCHEDULES = st.lists(
    st.tuples(st.sampled_from([*Fault, "seed", "x"]), st.sampled_from([".01", "1", "nan", "-1"])),
    max_size=3,
).map(lambda pairs: ",".join(f"{key}={value}" for key, value in pairs))
ENVIRONMENTS = st.fixed_dictionaries(
    {},
    optional={
        "EVALFIRST_LLM": VALUES | st.sampled_from(["live", "replay", " Embedded", "LOCAL"]),
        "EVALFIRST_RECORD": VALUES | VALUES.map("~{}".format),
        "EVALFIRST_FAULTS": VALUES | SCHEDULES,
        "OPENAI_API_KEY": VALUES,
        "OPENAI_BASE_URL": URLS,
    },
)


NAMES = ("live", "embedded", "replay", "recorded, then embedded")


@given(ENVIRONMENTS)
@example({"EVALFIRST_RECORD": "~nobody-of-this-name/r.jsonl"})
@example({"OPENAI_BASE_URL": "http://x:port"})
@example({"OPENAI_BASE_URL": "http://["})
@example({"OPENAI_BASE_URL": "https://"})
@example({"OPENAI_API_KEY": "sk-é"})
@example({"EVALFIRST_FAULTS": "timeout=.6,reset=.6"})
def test_any_environment_chooses_a_transport_or_is_refused_with_the_variables_name(environment):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            with client() as chosen:
                assert isinstance(chosen, openai.OpenAI)
            said = transport_name()
        except BadSetting as error:
            said = str(error)
    assert said in NAMES or any(name in said for name in environment)


@given(VALUES | SCHEDULES)
@example("seed=" + "9" * 5000)
def test_any_text_is_a_schedule_or_is_refused_with_an_example(text):
    try:
        schedule = faults.parse(text, "EVALFIRST_FAULTS")
        said = schedule.describe()
        assert schedule(faults.Attempt("k", 1, 0)) in {None, *schedule.rates}
    except BadSetting as error:
        said = str(error)
    assert said.startswith(("At random (seed ", f"EVALFIRST_FAULTS is {text!r}: "))


def test_an_answer_of_many_ends_of_lines_is_recorded_from_its_stream_as_it_was(tmp_path):
    said = "one\u2028two\x85three\u2029four"

    class Streams(httpx2.BaseTransport):
        def handle_request(self, _request: httpx2.Request) -> httpx2.Response:
            return wire.in_pieces(wire.split(answer(said), usage=False))

    path = tmp_path / "r.jsonl"
    recording = client(RecordingTransport(Streams(), path))
    stream = recording.chat.completions.create(**question(), stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == said
    (kept,) = read_recordings(path)
    assert kept.response["choices"][0]["message"]["content"] == said
