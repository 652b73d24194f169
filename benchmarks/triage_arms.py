"""How often each way to do triage is right, from the recordings: no model is needed.

    python -m benchmarks.triage_arms

Tickets that a prompt holds as examples are left out for every arm, so that all are measured on
the same tickets. Prompts and keywords were chosen on the tickets of `development_tickets.txt`; the
column `unseen` counts only the others.
"""

from __future__ import annotations

import sys
from collections import Counter
from functools import cache

from evalfirst.datasets import dataset
from evalfirst.llm import Meter, ReplayTransport, client
from evalfirst.stats import wilson
from graders.support_desk.recording import recording_of
from graders.support_desk.tickets import CATEGORIES, gold, tickets
from graders.support_desk.triage import ARMS, Triage, few_shot_ids, keyword_baseline


def main() -> None:
    """Print one row for each arm, and one for the keyword baseline."""
    asked = [ticket for ticket in tickets() if ticket.id not in few_shot_ids()]
    right_label = {ticket.id: gold()[ticket.id].category for ticket in asked}
    write = sys.stdout.write
    write(f"{len(asked)} tickets; {len(few_shot_ids())} that stand in a prompt are left out\n\n")
    columns = (
        "arm",
        "right",
        "accuracy",
        "95 % Wilson interval",
        "unseen",
        "clear",
        "s",
        "tokens in / out",
    )
    write("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|\n")
    answers: dict[str, dict[str, str]] = {}
    for name in ARMS:
        meter = Meter()
        feature = Triage(name, client(ReplayTransport(recording_of(name)), meter=meter))
        answers[name] = {ticket.id: feature(ticket.text) for ticket in asked}
        total = meter.total()
        n = total["calls"]
        spent = (
            f"{total['seconds'] / n:.2f}",
            f"{total['prompt_tokens'] / n:.0f} / {total['completion_tokens'] / n:.0f}",
        )
        write(_row(name, answers[name], right_label, spent))
    answers["keywords"] = {ticket.id: keyword_baseline(ticket.text) for ticket in asked}
    write(_row("keywords", answers["keywords"], right_label, ("0", "")))
    write(
        "\nanswers by category\n\n| arm | " + " | ".join(CATEGORIES) + " |\n" + "|---" * 7 + "|\n"
    )
    for name, said in {**answers, "gold": right_label}.items():
        counts = Counter(said.values())
        write(f"| {name} | " + " | ".join(str(counts[c]) for c in CATEGORIES) + " |\n")


def _row(name: str, said: dict[str, str], right: dict[str, str], spent: tuple[str, str]) -> str:
    passed = sum(said[i] == right[i] for i in said)
    low, high = wilson(passed, len(said))
    clear = [i for i in said if gold()[i].clear]
    unseen = [i for i in said if i not in _developed_on()]
    cells = (
        name,
        f"{passed} of {len(said)}",
        f"{passed / len(said):.3f}",
        f"{low:.3f} to {high:.3f}",
        f"{_share(said, right, unseen):.3f}",
        f"{_share(said, right, clear):.3f}",
        *spent,
    )
    return "| " + " | ".join(cells) + " |\n"


def _share(said: dict[str, str], right: dict[str, str], ids: list[str]) -> float:
    return sum(said[i] == right[i] for i in ids) / len(ids)


@cache
def _developed_on() -> frozenset[str]:
    path = dataset("triage_prompts") / "development_tickets.txt"
    return frozenset(path.read_text(encoding="utf-8").split())


if __name__ == "__main__":
    main()
