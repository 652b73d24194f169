"""Errors as clients get them: problem details for HTTP (RFC 9457), and nothing of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from evalfirst.service.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping


class Problem(Exception):
    """A request cannot be answered; `detail` goes to the client, so it holds nothing private."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Name the kind (a key of `KINDS`) and say in a sentence what is wrong and what helps."""
        super().__init__(detail)
        self.kind, self.detail, self.retry_after = kind, detail, retry_after
        self.status, self.title, self.outcome = KINDS[kind]
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)

    def response(self, request_id: str, usage: Mapping[str, Any] | None = None) -> JSONResponse:
        """Return it as `application/problem+json`, with what the request used if it used any."""
        told: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "request_id": request_id,
            "kind": self.kind,
        }
        if usage is not None:
            told["usage"] = usage
        return JSONResponse(told, self.status, self.headers, "application/problem+json")
