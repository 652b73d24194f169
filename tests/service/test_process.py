"""A service in a process of its own: it begins, answers, drains under load, and says why not."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys

import httpx2
import pytest
from typer.testing import CliRunner

from evalfirst.cli import app
from evalfirst.service import Budget, CannotServe, start

FEATURE = """
import pathlib, threading, time
from evalfirst.llm.tally import Call, current

HERE = pathlib.Path(__file__).parent


def triage(text):
    current().add(Call("gpt-test", 7, 3, 0.1, recorded=False, dollars=0.001))
    return text.upper()


async def held(text):
    import asyncio
    if text == "wait":
        while not (HERE / "go").exists():
            await asyncio.sleep(0.005)
    return text


def stuck(text):
    threading.Event().wait()


def slow(text):
    time.sleep(0.002)
    return text


asked = []


def mortal(text):
    import os
    asked.append(text)
    if len(asked) > 50 and not (HERE / "go").exists():
        os.kill(os.getpid(), 9)
    return text


mortal.version = "m1"


class Desk:
    version = "d1"

    def __call__(self, text):
        return self.version


number = 3
"""


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "desk.py").write_text(FEATURE)
    return tmp_path


def lines(service):
    return [json.loads(line) for line in service.log.read_text().splitlines()]


def test_a_service_begins_answers_and_ends(desk):
    with start("desk:triage", folder=desk, budget=Budget(tokens=15)) as service:
        assert service.alive
        with httpx2.Client(base_url=service.url) as http:
            assert http.get("/healthz").json()["features"].keys() == {"triage"}
            answer = http.post("/v1/triage", json={"input": "rooms"})
            assert answer.json()["output"] == "ROOMS"
            assert answer.json()["usage"]["prompt_tokens"] == 7
            codes = [http.post("/v1/triage", json={"input": "rooms"}).status_code for _ in range(2)]
        assert codes == [200, 429]
        assert service.drain() == 0
    assert not service.alive
    assert [line["status"] for line in lines(service)] == [200, 200, 429]
    assert service.log == desk / "requests.jsonl"


def test_a_class_is_served_as_the_feature_it_makes(desk):
    with start("answers=desk:Desk", folder=desk) as service:
        told = httpx2.post(f"{service.url}/v1/answers", json={"input": "x"}).json()
    assert told["output"] == told["versions"]["feature"] == "d1"


def test_sigterm_under_load_loses_nothing_and_logs_every_request_once(desk):
    """What the service took is answered; a client that came too late got no line either."""

    async def scenario(service):
        limits = httpx2.Limits(max_connections=40, max_keepalive_connections=40)
        async with httpx2.AsyncClient(base_url=service.url, limits=limits, timeout=30) as http:
            answers = {}
            refused = set()

            async def ask(name, text):
                try:
                    answer = await http.post(
                        "/v1/held", json={"input": text}, headers={"X-Request-ID": name}
                    )
                except httpx2.TransportError:
                    refused.add(name)
                else:
                    answers[name] = answer

            waiting = [asyncio.create_task(ask(f"w{i}", "wait")) for i in range(10)]
            number = 0

            async def keep_asking():
                nonlocal number
                while service.alive and not refused:
                    number += 1
                    await ask(f"n{number}", "quick")

            load = [asyncio.create_task(keep_asking()) for _ in range(4)]
            # the answers of requests that came later show that the waiting ones are inside
            async with asyncio.timeout(20):
                while len(answers) < 100:
                    await asyncio.sleep(0.005)
            service._process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(20):
                while not any(answer.status_code == 503 for answer in list(answers.values())):
                    await asyncio.sleep(0.005)
            (desk / "go").touch()
            await asyncio.gather(*waiting, *load)
            return answers, refused

    with start("desk:held", folder=desk, concurrency=16) as service:
        answers, refused = asyncio.run(scenario(service))
        assert service.drain() == 0
    waited = [answers[f"w{i}"] for i in range(10)]
    assert [answer.json()["output"] for answer in waited] == ["wait"] * 10
    late = [answer for answer in answers.values() if answer.status_code != 200]
    assert {(a.status_code, a.json()["kind"], a.headers["retry-after"]) for a in late} == {
        (503, "draining", "5")
    }
    logged = [line["request_id"] for line in lines(service)]
    assert len(logged) == len(set(logged))
    assert set(logged) == set(answers)
    assert not refused & set(logged)


@pytest.mark.parametrize("target", ["desk:stuck", "held=desk:held"])
def test_after_the_grace_the_process_ends_although_a_feature_does_not(desk, target):
    async def scenario(service):
        async with httpx2.AsyncClient(base_url=service.url, timeout=30) as http:
            path = "/v1/" + target.rpartition(":")[2]
            asked = asyncio.create_task(http.post(path, json={"input": "wait"}))
            queued = asyncio.create_task(http.post(path, json={"input": "wait"}))
            async with asyncio.timeout(20):
                # with one place and no queue, one of the two is refused
                await asyncio.wait({asked, queued}, return_when=asyncio.FIRST_COMPLETED)
            code = await asyncio.to_thread(service.drain)
            return sorted([(await asked).json()["kind"], (await queued).json()["kind"]]), code

    with start(target, folder=desk, concurrency=1, queue=0, grace=0.05) as service:
        kinds, code = asyncio.run(scenario(service))
    assert (kinds, code) == (["busy", "cut_off"], 0)
    assert sorted(line["kind"] for line in lines(service)) == ["busy", "cut_off"]


def test_a_second_signal_ends_the_grace(desk):
    async def scenario(service):
        async with httpx2.AsyncClient(base_url=service.url, timeout=30) as http:
            both = [
                asyncio.create_task(http.post("/v1/stuck", json={"input": "x"})) for _ in range(2)
            ]
            # with one place and no queue, one of the two is refused
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED, timeout=20)
            service._process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(20):
                while (await http.get("/healthz")).json()["reasons"] != ["draining"]:
                    await asyncio.sleep(0.005)
            await asyncio.to_thread(service.drain, 20)
            return sorted([(await answer).json()["kind"] for answer in both])

    with start("desk:stuck", folder=desk, concurrency=1, queue=0, grace=600) as service:
        assert asyncio.run(scenario(service)) == ["busy", "cut_off"]
        assert not service.alive
    assert [line["kind"] for line in lines(service)] == ["busy", "cut_off"]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("desk:trage", "has nothing called 'trage'"),
        ("dsk:triage", "there is no module 'dsk'"),
        ("desk:number", "desk:number is 3, which cannot be called"),
        ("desk", "'desk' names no callable. Write feature:triage"),
    ],
)
def test_a_service_that_cannot_start_says_why(desk, target, words, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    sys.modules.pop("desk", None)
    told = CliRunner().invoke(app, ["serve", target, "--folder", str(desk)])
    assert told.exit_code == 2
    assert words in told.stderr


def test_a_port_that_is_taken_is_named(desk):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=f"nothing can listen on 127.0.0.1, port {port}"):
            start("desk:triage", folder=desk, port=port)


def test_a_port_that_cannot_be_is_named_in_whole_sentences(desk, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    sys.modules.pop("desk", None)
    told = CliRunner().invoke(app, ["serve", "desk:triage", "--folder", str(desk), "--port=99999"])
    assert told.exit_code == 2
    assert "port 99999: bind(): port must be 0-65535. Choose another port" in told.stderr


def test_the_feature_of_the_settings_is_served_by_default(desk, monkeypatch):
    (desk / "evalfirst.toml").write_text(
        '[eval]\nfeature = "desk:triage"\nset = "x.jsonl"\nscorers = ["exact"]\n'
    )
    served = {}
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(
        "evalfirst.service.serving.serve", lambda app, *_, **__: served.update(app=app)
    )
    sys.modules.pop("desk", None)
    told = CliRunner().invoke(app, ["serve", "--folder", str(desk), "--budget-tokens", "5"])
    assert (told.exit_code, told.output) == (0, "")
    assert served["app"].state.features == ("triage",)


def test_two_features_of_one_name_are_refused(desk, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    sys.modules.pop("desk", None)
    told = CliRunner().invoke(
        app, ["serve", "desk:triage", "triage=desk:held", "--folder", str(desk)]
    )
    assert told.exit_code == 2
    assert "two features are called triage" in told.stderr
