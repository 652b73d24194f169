"""Labelling a pool by hand: which ticket is next, what was said about each, and undo.

No display here. Every change is on disk before it counts in memory, so a crash, a full disk or a
closed tab costs at most the keystroke that met it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalfirst import atomic, strict_json
from evalfirst.evals.eval_set import BadEvalSet, EvalSet, Sample, utf8_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ANY = "any"
RARE = "rare"
_SLICE = "slice:"

# A slice with fewer labels than this says next to nothing about how the feature does on it.
THIN = 3


class NotSaved(RuntimeError):
    """The disk refused; memory and file are as they were before."""


class LabelsGone(RuntimeError):
    """The file with the labels was removed or moved while the session held labels."""


@dataclass(frozen=True)
class _Moment:
    """All that undo brings back."""

    what: str
    labels: dict[str, Sample]
    skipped: tuple[str, ...]
    drafts: dict[str, str]
    shown: str | None


class LabelSession:
    """One person's labels for a pool, kept in `save_to` as an eval set in order of labelling.

    Skips, unfinished notes, the open ticket and the choice of what comes next are kept in a hidden
    file beside it, and are only a convenience: without that file the labels are complete.

    Attributes:
        pool, categories, save_to, target, labeller: as given.
        show: what comes next: `any`, `rare` (from the slice with the fewest labels) or
            `slice:<name>`.
    """

    def __init__(
        self,
        pool: EvalSet,
        categories: Sequence[str],
        save_to: str | Path,
        *,
        target: int = 50,
        labeller: str = "me",
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """Start, or continue what stands in `save_to`; `reload` tells whether it can be read.

        Raises:
            ValueError: an empty pool, no or repeated categories, a target below 1, or `save_to`
                is a folder.
        """
        if not len(pool):
            raise ValueError("the pool is empty: there is nothing to label")
        if isinstance(categories, str) or not categories:
            raise ValueError("categories must be a list of names, such as ['billing', 'email']")
        if repeated := [name for name, count in Counter(categories).items() if count > 1]:
            raise ValueError(f"categories stand there twice: {', '.join(repeated)}")
        if target < 1:
            raise ValueError(f"target must be at least 1, got {target}")
        self.save_to = Path(save_to).expanduser()
        if self.save_to.is_dir():
            raise ValueError(
                f"save_to is a folder: {self.save_to}. Name a file in it, such as triage.jsonl"
            )
        self.pool = pool
        self.categories = tuple(categories)
        self.target = target
        self.labeller = labeller
        self.show = ANY
        self._now = now or (lambda: datetime.now(UTC))
        self._in_pool = {sample.id: sample for sample in pool}
        self._shuffled = sorted(self._in_pool, key=self._place_in_shuffle)
        self._labels: dict[str, Sample] = {}
        self._skipped: tuple[str, ...] = ()
        self._drafts: dict[str, str] = {}
        self._front: str | None = None  # the unlabelled ticket whose turn it is
        self._reviewed: str | None = None  # a labelled ticket that is open for a second look
        self._undo: list[_Moment] = []
        self._stamp: tuple[int, int, int] | None = None
        self._read_place()
        self._front = self._front if self._is_waiting(self._front) else self._next()

    # What there is to see

    @property
    def labels(self) -> dict[str, Sample]:
        """The labelled samples by id, in order of labelling."""
        return dict(self._labels)

    @property
    def shown(self) -> Sample | None:
        """The open ticket: one under review, else the one whose turn it is; `None` at the end."""
        if self._reviewed is not None:
            return self._labels[self._reviewed]
        return None if self._front is None else self._in_pool[self._front]

    @property
    def review_position(self) -> int | None:
        """The place (from 1) of the ticket under review in the order of labelling."""
        return None if self._reviewed is None else list(self._labels).index(self._reviewed) + 1

    @property
    def skipped(self) -> tuple[str, ...]:
        """Skipped and still unlabelled ids, the longest ago first; they come last."""
        return tuple(i for i in self._skipped if self._is_waiting(i))

    def note_on(self, ticket: str) -> str:
        """Return the note on a ticket, saved or still a draft."""
        if ticket in self._labels:
            return str(self._labels[ticket].metadata.get("note", ""))
        return self._drafts.get(ticket, "")

    def per_category(self) -> dict[str, int]:
        """Return the number of labels by category, in the given order."""
        counts = Counter(sample.target for sample in self._labels.values())
        return {name: counts[name] for name in self.categories}

    def per_slice(self) -> dict[str, tuple[int, int]]:
        """Return for every slice the number of labelled and of waiting tickets."""
        labelled = Counter(name for s in self._labels.values() for name in s.slices)
        waiting = Counter(name for s in self.pool if s.id not in self._labels for name in s.slices)
        return {name: (labelled[name], waiting[name]) for name in sorted(labelled | waiting)}

    def thinnest(self) -> str | None:
        """Return the slice with the fewest labels among those that still have tickets waiting."""
        return self._thinnest(i for i in self._in_pool if i not in self._labels)

    @property
    def next_undo(self) -> str | None:
        """What `undo` would take back, or `None`."""
        if self._undo:
            return self._undo[-1].what
        # after a kernel restart only the file remembers
        return f"label on {next(reversed(self._labels))}" if self._labels else None

    def eval_set(self, card: str = "") -> EvalSet:
        """Return the labelled samples in order of labelling."""
        return EvalSet(tuple(self._labels.values()), self.save_to.stem, card)

    # What a person does; each raises NotSaved, BadEvalSet or LabelsGone and then changes nothing

    def label(self, ticket: str, category: str) -> None:
        """Label a ticket, or change its label, and go on to the next.

        Raises:
            ValueError: no such category, or no such ticket.
        """
        if category not in self.categories:
            raise ValueError(f"{category!r} is none of {', '.join(self.categories)}")
        self.reload()
        known = self._labels.get(ticket) or self._in_pool.get(ticket)
        if known is None:
            raise ValueError(f"{ticket!r} is not in the pool")
        facts = {
            "labeller": self.labeller,
            "reviewed": self._now().isoformat(timespec="seconds"),
            "note": self.note_on(ticket),
        }
        labelled = replace(known, target=category, metadata={**known.metadata, **facts})
        what = "changed label on" if ticket in self._labels else "label on"
        self._change(f"{what} {ticket}", labels={**self._labels, ticket: labelled})
        self._go_on_from(ticket)

    def remove(self, ticket: str) -> None:
        """Take the label off a ticket, which then waits again. Its note is kept as a draft."""
        self.reload()
        if ticket not in self._labels:
            return
        if ticket not in self._in_pool:
            raise ValueError(
                f"{ticket!r} is not in the pool: it was added to {self.save_to.name} by hand. "
                "Delete its line there."
            )
        drafts = {**self._drafts, ticket: self.note_on(ticket)}
        labels = {i: sample for i, sample in self._labels.items() if i != ticket}
        self._change(f"removed label on {ticket}", labels=labels, drafts=drafts)
        self._reviewed, self._front = None, ticket
        self._save_place(strict=False)

    def skip(self, ticket: str) -> None:
        """Leave a ticket for later; it comes back when the others are done."""
        self.reload()
        if not self._is_waiting(ticket):
            self.forward()
            return
        skipped = (*(i for i in self._skipped if i != ticket), ticket)
        self._change(f"skip of {ticket}", skipped=skipped)
        self._go_on_from(ticket)

    def note(self, ticket: str, text: str) -> None:
        """Keep a note on a ticket; it stands in the label's metadata."""
        text = text.strip()
        self.reload()
        if text == self.note_on(ticket):
            return
        if ticket in self._labels:
            old = self._labels[ticket]
            noted = replace(old, metadata={**old.metadata, "note": text})
            self._change(f"note on {ticket}", labels={**self._labels, ticket: noted})
        elif ticket in self._in_pool:
            self._change(f"note on {ticket}", drafts={**self._drafts, ticket: text})

    def undo(self) -> str | None:
        """Take back the last change, show its ticket, and return what was taken back."""
        self.reload()
        what = self.next_undo
        if what is None:
            return None
        if self._undo:
            moment = self._undo[-1]
            self._write(moment.labels)
            self._undo.pop()
            self._skipped, self._drafts = moment.skipped, moment.drafts
            self._look_at(moment.shown)
        else:
            last = next(reversed(self._labels))
            note = self.note_on(last)
            self._write({i: s for i, s in self._labels.items() if i != last})
            if note and last in self._in_pool:
                self._drafts[last] = note
            self._look_at(last)
        self._save_place(strict=False)
        return what

    def back(self) -> None:
        """Open the ticket that was labelled before the open one."""
        order = list(self._labels)
        at = len(order) if self._reviewed is None else order.index(self._reviewed)
        if at > 0:
            self._reviewed = order[at - 1]

    def forward(self) -> None:
        """Open the ticket that was labelled after the open one, and in the end the next new one."""
        if self._reviewed is None:
            return
        order = list(self._labels)
        at = order.index(self._reviewed) + 1
        self._reviewed = order[at] if at < len(order) else None

    def to_front(self) -> None:
        """Leave the review and open the ticket whose turn it is."""
        self._reviewed = None

    def open(self, ticket: str) -> None:
        """Open a labelled ticket for a second look."""
        if ticket in self._labels:
            self._reviewed = ticket

    def choose(self, show: str) -> None:
        """Choose what comes next: `any`, `rare` or `slice:<name>`.

        Raises:
            ValueError: no such choice.
        """
        name = show.removeprefix(_SLICE) if show.startswith(_SLICE) else None
        if show not in (ANY, RARE) and name not in self.per_slice():
            raise ValueError(f"show must be 'any', 'rare' or 'slice:<name>', got {show!r}")
        self.show = show
        self._reviewed = None
        if show != ANY or self._front is None:
            self._front = self._next()
        self._save_place(strict=False)

    # The file

    def reload(self) -> bool:
        """Read the file if it changed since it was last read or written; return whether it did.

        Raises:
            BadEvalSet: a line is wrong, or its target is no category. The file stays as it is.
            LabelsGone: the file was there, with labels, and is no longer.
        """
        stamp = _stamp(self.save_to)
        if stamp is None:
            if self._labels:
                raise LabelsGone(
                    f"{self.save_to} is gone. It held {len(self._labels)} labels, which are "
                    "still here."
                )
            self._stamp = None
            return False
        if stamp == self._stamp:
            return False
        found = EvalSet.load(self.save_to)
        if faults := self._faults(found):
            raise BadEvalSet(str(self.save_to), faults)
        self._stamp = stamp
        self._labels = {sample.id: sample for sample in found}
        self._undo.clear()  # it belonged to labels that somebody has changed since
        self._mend_place()
        return True

    def write_again(self) -> None:
        """Write the labels that the session holds to a file that is gone."""
        self._write(self._labels)

    def start_over(self) -> None:
        """Accept that the file is gone, and begin without labels."""
        self._labels = {}
        self._stamp = None
        self._undo.clear()
        self._mend_place()

    def _faults(self, found: EvalSet) -> list[str]:
        faults = []
        # blank lines do not count as samples, so the place in the set is not the line
        lines = [
            number
            for number, line in enumerate(utf8_text(self.save_to).split("\n"), start=1)
            if line.strip()
        ]
        for number, sample in zip(lines, found, strict=True):
            if sample.target not in self.categories:
                faults.append(
                    f"line {number}: field 'target': {sample.target!r} is none of "
                    f"{', '.join(self.categories)}."
                )
        return faults

    def _change(
        self,
        what: str,
        labels: dict[str, Sample] | None = None,
        skipped: tuple[str, ...] | None = None,
        drafts: dict[str, str] | None = None,
    ) -> None:
        shown = self.shown
        before = _Moment(
            what, self._labels, self._skipped, self._drafts, shown.id if shown else None
        )
        if labels is not None:
            self._write(labels)
        else:
            self._save_place(skipped=skipped, drafts=drafts)
        self._skipped = self._skipped if skipped is None else skipped
        self._drafts = self._drafts if drafts is None else drafts
        self._undo.append(before)

    def _write(self, labels: dict[str, Sample]) -> None:
        try:
            # without the card: that file is not ours to rewrite with every label
            EvalSet(tuple(labels.values()), self.save_to.stem).save(self.save_to)
        except OSError as error:
            raise NotSaved(
                f"cannot write {self.save_to}: {error.strerror or error}. Check that the folder "
                "is writable and the disk is not full."
            ) from error
        self._labels = labels
        self._stamp = _stamp(self.save_to)

    # What comes next

    def _place_in_shuffle(self, ticket: str) -> str:
        # A hash and not a random generator: the order stays when the pool grows, and every
        # labeller has another one, so that tiredness does not hit the same tickets.
        return hashlib.sha256(f"{self.labeller}\n{ticket}".encode()).hexdigest()

    def _is_waiting(self, ticket: str | None) -> bool:
        return ticket in self._in_pool and ticket not in self._labels

    def _next(self) -> str | None:
        fresh = [i for i in self._shuffled if i not in self._labels and i not in self._skipped]
        for queue in (fresh, self.skipped):
            wanted = self._thinnest(queue) if self.show == RARE else self.show.removeprefix(_SLICE)
            for ticket in queue:
                if self.show == ANY or wanted is None or wanted in self._in_pool[ticket].slices:
                    return ticket
        return None

    def _thinnest(self, queue: Iterable[str]) -> str | None:
        waiting = {name for ticket in queue for name in self._in_pool[ticket].slices}
        done = self.per_slice()
        return min(waiting, key=lambda name: (done[name][0], name), default=None)

    def _go_on_from(self, ticket: str) -> None:
        if ticket == self._reviewed:
            self.forward()
        if ticket == self._front or self._front is None:
            self._front = self._next()
        self._save_place(strict=False)

    def _look_at(self, ticket: str | None) -> None:
        if ticket in self._labels:
            self._reviewed = ticket
            self._front = self._front if self._is_waiting(self._front) else self._next()
        else:
            self._reviewed = None
            self._front = ticket if self._is_waiting(ticket) else self._next()

    # The place: skips, drafts, the open ticket

    @property
    def _place(self) -> Path:
        return self.save_to.with_name(f".{self.save_to.stem}.labelling.json")

    def _mend_place(self) -> None:
        if self._reviewed not in self._labels:
            self._reviewed = None
        if not self._is_waiting(self._front):
            self._front = self._next()

    def _save_place(
        self,
        *,
        skipped: Iterable[str] | None = None,
        drafts: dict[str, str] | None = None,
        strict: bool = True,
    ) -> None:
        kept = self._drafts if drafts is None else drafts
        place = {
            "ticket": self._front,
            "show": self.show,
            "skipped": list(self._skipped if skipped is None else skipped),
            "notes": {i: text for i, text in kept.items() if text and i not in self._labels},
        }
        try:
            atomic.write_text(self._place, json.dumps(place, ensure_ascii=False, indent=1) + "\n")
        except OSError as error:
            if strict:
                raise NotSaved(
                    f"cannot write {self._place}: {error.strerror or error}. Check that the "
                    "folder is writable and the disk is not full."
                ) from error

    def _read_place(self) -> None:
        try:
            place: Any = strict_json.parse(self._place.read_text(encoding="utf-8"))
            ticket, show = str(place["ticket"]), str(place["show"])
            skipped = tuple(str(i) for i in place["skipped"])
            drafts = {str(i): str(text) for i, text in place["notes"].items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            # no such file yet, or not ours any more: a fresh queue, with every label still there
            return
        self._front, self._skipped, self._drafts = ticket, skipped, drafts
        if show == RARE or show.removeprefix(_SLICE) in self.per_slice():
            self.show = show


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
