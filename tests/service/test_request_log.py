"""The request log: its fields, what it never holds, and a disk that is full."""

from __future__ import annotations

import asyncio
import io
import json
from datetime import UTC, datetime

import structlog

from evalfirst.service import request_log
from tests.service.conftest import Service, until

SECRET = "Ada Lovelace, ada@example.org"


def fields() -> set[str]:
    rows = [line for line in (request_log.__doc__ or "").splitlines() if line.startswith("| `")]
    return {name.strip(" `") for row in rows for name in row.split("|")[1].split(",")}


def test_every_line_has_the_documented_fields_and_no_others():
    service = Service(str, clock=lambda: datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    service.ask()
    service.ask("")
    service.request("GET", "/healthz")
    for line in service.lines:
        assert set(line) == fields() - {"input"}
        assert line["time"] == "2026-03-02T09:30:00.000+00:00"
    assert [line["outcome"] for line in service.lines] == ["ok", "refused"]


def test_personal_data_is_never_in_the_log_by_default():
    def triage(text):
        if text.startswith("fail"):
            raise ValueError(text)
        return {"echo": text}

    service = Service({"triage": triage})
    service.ask(SECRET)
    service.ask(f"fail {SECRET}")
    service.ask([{"role": "user", "content": SECRET}, SECRET])
    service.request("POST", "/v1/triage", content=f'{{"input": "{SECRET}'.encode())
    service.request("POST", f"/v1/{SECRET}?q={SECRET}", headers={"X-Request-ID": SECRET})
    assert [line["status"] for line in service.lines] == [200, 500, 422, 422, 404]
    assert "Ada" not in service.log.getvalue()
    assert "example.org" not in service.log.getvalue()


def test_inputs_are_in_the_log_if_that_was_asked_for():
    service = Service(str, log_inputs=True)
    service.ask("Grüße\u2028next\nline")
    assert service.lines[0]["input"] == "Grüße\u2028next\nline"
    assert len(service.log.getvalue().splitlines()) == 1


def test_a_log_file_is_appended_to(tmp_path):
    path = tmp_path / "logs" / "requests.jsonl"
    for _ in range(2):
        Service(str, log=path).ask()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["status"] for line in lines] == [200, 200]


def test_a_full_disk_costs_no_answer_and_health_says_so(capsys):
    class Full(io.StringIO):
        full = True

        def write(self, text):
            if self.full:
                raise OSError(28, "No space left on device")
            return super().write(text)

    disk = Full()
    service = Service(str, log=disk)
    assert [service.ask().status_code for _ in range(2)] == [200, 200]
    assert capsys.readouterr().err.count("No space left on device") == 1
    health = service.request("GET", "/healthz")
    assert health.json()["reasons"] == ["the request log cannot be written (OSError)"]
    disk.full = False
    service.ask()
    assert service.request("GET", "/healthz").status_code == 200


def test_what_the_program_set_structlog_to_changes_nothing():
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
    try:
        service = Service(str)
        service.ask()
        assert service.lines[0]["status"] == 200
    finally:
        structlog.reset_defaults()


def test_a_fault_of_the_service_itself_is_logged_without_its_text(monkeypatch):
    service = Service(str)

    def faulty(*_):
        raise RuntimeError(SECRET)

    monkeypatch.setattr("evalfirst.service.app.question", faulty)
    answer = service.ask()
    assert (answer.status_code, answer.json()["kind"]) == (500, "internal_error")
    [line] = service.lines
    assert line["outcome"] == "error"
    assert line["error"].startswith("RuntimeError (test_request_log.py, line ")
    assert "Ada" not in service.log.getvalue() + answer.text


def test_a_request_that_the_server_gives_up_has_its_line():
    async def scenario():
        async def forever(_):
            await asyncio.Event().wait()

        service = Service(forever)
        async with service.client() as http:
            asked = asyncio.create_task(http.post("/v1/triage", json={"input": "x"}))
            await until(lambda: service.app.state.under_way() == 1)
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)
        return service

    service = asyncio.run(scenario())
    [line] = service.lines
    assert (line["outcome"], line["status"], line["kind"]) == ("error", 503, "cut_off")
    assert service.app.state.under_way() == 0
