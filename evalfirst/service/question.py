"""What clients send: the body with the input, and the id of the request."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from evalfirst.evals.eval_set import content_faults
from evalfirst.service.problems import Problem

MAX_BYTES = 1_000_000

EXAMPLE = '{"input": "a text"}'

# a character that `str.strip` leaves; what regular expressions call white space differs from it
_NOT_BLANK = "[^{}]".format("".join(f"\\u{n:04x}" for n in range(0x10000) if chr(n).isspace()))

# for /openapi.json; the body is read by `question`, whose errors never repeat the input
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["input"],
    "additionalProperties": False,
    "properties": {
        "input": {
            "oneOf": [
                {"type": "string", "pattern": _NOT_BLANK},
                {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "object", "required": ["role", "content"]},
                },
            ]
        }
    },
}

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_id(given: str | None) -> str:
    """Return the client's id if it is a plain one, so that it can be found in both logs."""
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given
    return uuid.uuid4().hex


def question(body: bytes) -> str | list[dict[str, Any]]:
    """Return the input in a body: a text, or chat messages.

    Raises:
        Problem: `bad_body` or `too_large`; it says where it is wrong and repeats nothing of it.
    """
    if len(body) > MAX_BYTES:
        raise Problem(
            "too_large", f"A request has at most {MAX_BYTES:,} bytes. Send a shorter one."
        )
    try:
        row = json.loads(body.decode("utf-8"), parse_constant=_no_number)
        # an escaped half of a character is JSON, but no text that could be sent on
        json.dumps(row, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Problem(
            "bad_body", f"The body is not JSON from {place} on. Send {EXAMPLE}."
        ) from None
    except UnicodeError:
        raise Problem("bad_body", "The body is not UTF-8 text.") from None
    except (RecursionError, ValueError):
        raise Problem("bad_body", "The body is not JSON that can be read here.") from None
    if not isinstance(row, dict) or "input" not in row:
        raise Problem("bad_body", f"The body has no field 'input'. Send {EXAMPLE}.")
    if len(row) > 1:
        raise Problem("bad_body", f"The body has fields other than 'input'. Send {EXAMPLE}.")
    if faults := list(content_faults(row["input"], {})):
        raise Problem("bad_body", f"The body has a fault: {' '.join(faults)}")
    given: str | list[dict[str, Any]] = row["input"]
    return given


def _no_number(name: str) -> None:
    raise ValueError(name)
