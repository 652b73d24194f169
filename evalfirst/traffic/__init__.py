"""Simulated users: when they come, what they ask, and what a feature or service answered.

```python
from evalfirst.traffic import play, simulate

week = simulate(tickets, days=7, per_day=400, seed=7, mix={"typos": [(0, 0.1), (7, 0.4)]})
played = play(week, "http://127.0.0.1:8000")
played.hourly()
```
"""

from __future__ import annotations

from evalfirst.lazy import exports

__getattr__, __all__ = exports(
    __name__,
    {
        "BadStore": "tables",
        "Burst": "arrivals",
        "CannotPlay": "targets",
        "Played": "played",
        "Traffic": "arrivals",
        "play": "player",
        "simulate": "arrivals",
    },
)
