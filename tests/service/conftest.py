"""An app, asked in process."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import httpx2

from evalfirst.service import create_app


class Service:
    """An app with its log, asked through its ASGI interface."""

    def __init__(self, features: Any, **settings: Any) -> None:
        if callable(features):
            features = {"triage": features}
        self.log = io.StringIO()
        self.app = create_app(features, **{"log": self.log, **settings})

    def client(self) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(self.app)
        return httpx2.AsyncClient(transport=transport, base_url="http://service")

    def request(self, method: str, path: str, **options: Any) -> httpx2.Response:
        async def asked() -> httpx2.Response:
            async with self.client() as client:
                return await client.request(method, path, **options)

        return asyncio.run(asked())

    def ask(self, given: Any = "hello", **options: Any) -> httpx2.Response:
        return self.request("POST", "/v1/triage", json={"input": given}, **options)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


async def until(true: Any) -> None:
    """Let the other tasks go on until something holds; a test that waits in vain fails."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0)
