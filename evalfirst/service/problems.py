"""Errors as clients get them: problem details for HTTP (RFC 9457), and nothing of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

# kind -> (status, title); the kind is what programs look at, and what the log says
KINDS: dict[str, tuple[int, str]] = {
    "client_gone": (400, "The client went away"),
    "unknown_feature": (404, "There is no such feature"),
    "not_found": (404, "There is nothing here"),
    "method_not_allowed": (405, "This method is not answered here"),
    "slow_body": (408, "The request took too long to arrive"),
    "too_large": (413, "The request is too large"),
    "bad_body": (422, "The request cannot be read"),
    "budget_spent": (429, "The budget is spent"),
    "feature_error": (500, "The feature failed"),
    "bad_output": (500, "The feature's output is not JSON"),
    "internal_error": (500, "The service failed"),
    "model_error": (502, "The model failed"),
    "busy": (503, "The service is busy"),
    "cut_off": (503, "The service shut down"),
    "draining": (503, "The service is shutting down"),
    "unpriced": (503, "The budget cannot be kept"),
    "timeout": (504, "The feature took too long"),
}


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
        self.status, self.title = KINDS[kind]
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)

    def response(self, request_id: str) -> JSONResponse:
        """Return it as `application/problem+json`."""
        return JSONResponse(
            {
                "type": "about:blank",
                "title": self.title,
                "status": self.status,
                "detail": self.detail,
                "request_id": request_id,
                "kind": self.kind,
            },
            self.status,
            self.headers,
            "application/problem+json",
        )
