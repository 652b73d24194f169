"""A feature as a service: limits, one log line a request, and errors that tell clients what to do.

```python
from evalfirst.service import Budget, create_app, serve

app = create_app({"triage": triage}, budget=Budget(dollars=2.0, per="day"))
serve(app, port=8000)
```

Needs the extra `service`: `pip install "evalfirst[service]"`.
"""

from __future__ import annotations

from typing import Any

from evalfirst.lazy import exports

_load, __all__ = exports(
    __name__,
    {
        "Budget": "budget",
        "CannotServe": "serving",
        "RequestLog": "request_log",
        "ServiceProcess": "process",
        "create_app": "app",
        "mark_fallback": "fallback",
        "serve": "serving",
        "start": "process",
        "trace_calls": "telemetry",
    },
)

_EXTRA = ("fastapi", "starlette", "uvicorn", "opentelemetry")


def __getattr__(name: str) -> Any:
    try:
        return _load(name)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in _EXTRA:
            raise
        raise ImportError(
            f"evalfirst.service.{name} needs {error.name}, which is not installed. Install it "
            'with: pip install "evalfirst[service]"'
        ) from error
