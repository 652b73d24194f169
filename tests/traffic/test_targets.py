"""What answers at a URL may be anything: it becomes a row, or a message that says what is wrong."""

from __future__ import annotations

import http.server
import json
import threading

import pytest

from evalfirst.traffic import CannotPlay, Played, play, simulate
from tests.traffic.conftest import make_set

HEALTHY = {"status": "ok", "reasons": [], "features": {"triage": {"feature": "v1", "prompt": None}}}
USED = {
    "calls": 2,
    "prompt_tokens": 10,
    "completion_tokens": 4,
    "dollars": 0.5,
    "seconds": 9.0,
    "recorded_seconds": 0.0,
}
ANSWER = {
    "request_id": "r",
    "output": "ok",
    "versions": {"feature": "v1", "prompt": "p1", "model": "m"},
    "usage": USED,
    "fallback": False,
}
PROBLEM = {
    "type": "about:blank",
    "title": "t",
    "status": 500,
    "detail": "d",
    "request_id": "r",
    "kind": "feature_error",
}


class Server(http.server.ThreadingHTTPServer):
    """Answers what it is told to; `posted` is (status, body, more headers), or None to hang up."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.health: object = HEALTHY
        self.times_healthy: float = float("inf")
        self.posted: tuple[int, object, dict[str, str]] | None = (200, ANSWER, {})
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self):
        self.server.times_healthy -= 1
        if self.server.times_healthy < 0:
            self.close_connection = True
        else:
            self.respond(200, self.server.health, {})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.posted is None:
            self.close_connection = True
        else:
            self.respond(*self.server.posted)

    def respond(self, status, told, headers):
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def store(tmp_path):
    return f"sqlite:///{tmp_path}/traffic.sqlite"


@pytest.fixture(scope="module")
def hour():
    return simulate(make_set(6), days=0.5, per_day=12, seed=1)


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/", "/v1/triage", "/v1/triage/"])
def test_a_service_is_found_by_any_of_its_addresses(server, store, hour, ending):
    frame = play(hour, server.url + ending, store=store).frame()
    assert len(hour) == len(frame) > 0
    first = frame.iloc[0]
    assert (first["output"], first["calls"], first["dollars"]) == ("ok", 2, 0.5)
    assert (first["feature_version"], first["prompt_version"], first["model"]) == ("v1", "p1", "m")
    # measured here, and not what the service says
    assert (frame["seconds"] < 9).all()


@pytest.mark.parametrize(
    "health",
    [
        [],
        {},
        b"<html>",
        b"\xff",
        {"features": ["triage"]},
        {**HEALTHY, "features": {}},
        {**HEALTHY, "features": {"triage": 1}},
        {**HEALTHY, "features": {"triage": {}}},
    ],
)
def test_a_server_of_something_else_is_named(server, store, hour, health):
    server.health = health
    with pytest.raises(CannotPlay, match="is no service made by evalfirst"):
        play(hour, server.url, store=store)


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8000", "ftp://127.0.0.1", "http://", "http://127.0.0.1:99999", "http://a:b"],
)
def test_what_is_no_url_is_refused_with_one_that_is(store, hour, url):
    with pytest.raises(CannotPlay, match=r"is no URL of a service\. Write it as http://127"):
        play(hour, url, store=store)


@pytest.mark.parametrize(
    ("posted", "status"),
    [
        ((200, {"ok": 1}, {}), 200),
        ((200, {**ANSWER, "usage": None}, {}), 200),
        ((200, b"<html>", {}), 200),
        ((200, b"[" * 100_000, {}), 200),
        ((502, b"Bad Gateway", {}), 502),
        ((404, {"detail": "Not Found"}, {}), 404),
        ((200, b"no gzip", {"Content-Encoding": "gzip"}), None),
    ],
)
def test_an_answer_of_something_between_us_is_a_row_whose_cost_is_unknown(
    server, store, hour, posted, status
):
    server.posted = posted
    played = play(hour, server.url, store=store)
    frame = played.frame()
    assert set(frame["outcome"]) == {"error"}
    assert set(frame["kind"]) == {"unreadable"}
    assert [None if value != value else value for value in frame["status"]] == [status] * len(hour)
    assert played.summary()["dollars"] is None


def test_a_connection_that_ends_without_an_answer_is_a_row_whose_cost_is_unknown(
    server, store, hour
):
    server.posted = None
    played = play(hour, server.url, store=store)
    assert set(played.frame()["kind"]) == {"no_answer"}
    assert played.summary()["dollars"] is None


def test_a_service_that_dies_costs_no_arrivals_but_those_under_way(server, store, hour):
    server.posted, server.times_healthy = None, 1
    with pytest.raises(CannotPlay, match="does not answer any more"):
        play(hour, server.url, store=store, concurrency=3)
    assert 1 <= len(Played(store)) <= 3 < len(hour)
    server.posted, server.times_healthy = (200, ANSWER, {}), 1
    frame = play(hour, server.url, store=store).frame()
    assert len(frame) == len(hour)
    assert set(frame["outcome"]) == {"ok", "error"}


@pytest.mark.parametrize(("usage", "dollars"), [({}, 0.0), ({"usage": USED}, 0.5)])
def test_a_problem_costs_what_it_says_or_nothing(server, store, hour, usage, dollars):
    server.posted = (500, {**PROBLEM, **usage}, {})
    played = play(hour, server.url, store=store)
    assert set(played.frame()["kind"]) == {"feature_error"}
    assert played.summary()["dollars"] == pytest.approx(dollars * len(hour))
