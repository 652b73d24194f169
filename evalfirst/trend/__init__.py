"""Quality over time: every run in a store, the trend, and alarms that keep their promise."""

from __future__ import annotations

from evalfirst.lazy import exports

__getattr__, __all__ = exports(
    __name__,
    {
        "Alarm": "alarms",
        "AlarmPolicy": "alarms",
        "BadStore": "store",
        "TrendStore": "store",
    },
)
