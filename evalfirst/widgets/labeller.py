"""Label examples by hand, one at a time, by key or click; the view of a `LabelSession`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from evalfirst import atomic
from evalfirst.evals.eval_set import BadEvalSet, EvalSet
from evalfirst.evals.label_session import THIN, LabelSession, LabelsGone, NotSaved
from evalfirst.widgets.theme import CARD_CSS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from evalfirst.evals.eval_set import Sample

_STATIC = Path(__file__).resolve().parent / "static"
_START_OF_TEXT = 90
_LOOKING = ("back", "forward", "front", "open")


def label(
    pool: EvalSet,
    categories: Sequence[str],
    save_to: str | Path,
    *,
    guide: str = "",
    target: int = 50,
    labeller: str = "me",
    noun: str = "ticket",
) -> Labelling:
    """Show the labeller, continuing with what stands in `save_to`.

    Args:
        pool: what there is to label; targets in it are ignored and not shown.
        categories: the labels to choose from; the first nine have number keys.
        save_to: the eval set (JSONL) that is written after every label. A sample's metadata are
            the pool's, with `labeller`, `reviewed` (ISO 8601, UTC) and `note`.
        guide: the labelling guide in Markdown; HTML in it shows as text.
        target: how many labels are the goal; you may go on after it.
        labeller: who labels; it also decides the order, which is the same every time.
        noun: what one example is called.

    Raises:
        ValueError: an empty pool, no or repeated categories, a target below 1, or `save_to` is
            a folder.
    """
    session = LabelSession(pool, categories, save_to, target=target, labeller=labeller)
    return Labelling(session, guide=guide, noun=noun)


class Labelling(anywidget.AnyWidget):
    """The displayable labeller.

    Attributes:
        save_to: the file that holds the labels.
    """

    _esm = _STATIC / "labeller.js"
    _css = CARD_CSS + (_STATIC / "labeller.css").read_text(encoding="utf-8")
    state = traitlets.Dict().tag(sync=True)
    guide = traitlets.Unicode().tag(sync=True)

    def __init__(self, session: LabelSession, *, guide: str = "", noun: str = "ticket") -> None:
        """Show `session`; `guide` is Markdown."""
        self._session = session
        self._noun = noun
        self._turn = 0
        self._problem: dict[str, Any] | None = None
        self._failed: dict[str, Any] | None = None
        self.save_to = session.save_to
        super().__init__(guide=_as_html(guide))
        self._attempt(session.reload)
        self._push("")
        self.on_msg(self._receive)

    def __repr__(self) -> str:
        """Say how far it is, where no widget can be shown."""
        return (
            f"Labelling: {len(self._session.labels)} of {self._session.target} labelled, "
            f"in {_short(self.save_to)}"
        )

    def eval_set(self, card: str | None = None) -> EvalSet:
        """Return what is labelled so far, in order of labelling, as it stands on disk.

        Args:
            card: what the set is, in Markdown; kept beside the file as `<name>.card.md`. Anything
                but a text (such as an unfilled `...`) leaves the card as it is.

        Raises:
            BadEvalSet: somebody edited the file and a line is wrong; all faults are named.
            LabelsGone: the file was removed while this labeller held labels.
            OSError: the card cannot be written.
        """
        if self._session.reload():
            self._push("")
        path = self.save_to.with_suffix(".card.md")
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if isinstance(card, str) and self._session.labels and card != text:
            atomic.write_text(path, card)
            text = card
        return self._session.eval_set(text)

    # Messages from the view

    def _receive(self, _: Any, message: Any, __: Any) -> None:
        if isinstance(message, dict):
            self._act(message)

    def _act(self, message: dict[str, Any]) -> None:
        if message.get("do") == "retry":
            message = self._failed or {}
        before = self._problem
        said: list[str] = []
        self._attempt(lambda: said.append(self._do(message)))
        if message.get("do") in _LOOKING and self._problem is None:
            self._problem = before  # looking at another ticket mends nothing
        else:
            self._failed = message if self._problem else None
        self._push(said[0] if said else "")

    def _attempt(self, action: Callable[[], Any]) -> None:
        """Do it, and put what went wrong before the person's eyes."""
        try:
            action()
        except NotSaved as error:
            self._problem = _problem("Not saved", str(error), ("retry", "Try again"))
        except BadEvalSet as error:
            self._problem = _problem(
                f"{_short(self.save_to)} cannot be read, so nothing was saved",
                "Somebody or something changed the file, and it is left as it is. Mend this:",
                ("reread", "I mended it: read it again"),
                details=error.problems,
            )
        except LabelsGone as error:
            self._problem = _problem(
                "The file with your labels is gone",
                str(error),
                ("write_again", "Write it again"),
                ("start_over", "Start without labels"),
            )
        except Exception as error:  # whatever it is: the person must not believe that it was saved
            self._problem = _problem(
                "Not saved", f"{type(error).__name__}: {error}", ("retry", "Try again")
            )
        else:
            self._problem = None

    def _do(self, message: dict[str, Any]) -> str:
        """Do what the view asked for and return what to say about it."""
        session = self._session
        what, ticket = message.get("do"), str(message.get("ticket", ""))
        shown = session.shown
        if what in ("label", "skip", "remove") and (shown is None or shown.id != ticket):
            # a second key before the next one showed: nobody has read what it would hit
            return f"{ticket} is not open any more; nothing was changed"
        if what == "label":
            before = session.labels.get(ticket)
            category = str(message.get("category"))
            session.label(ticket, category)
            if before is not None:
                return f"Changed {ticket} from {before.target} to {category}"
            return f"Saved {ticket} as {category}{self._reached()}"
        if what == "skip":
            session.skip(ticket)
            again = session.shown is not None and session.shown.id == ticket
            return f"{ticket} is the only one left here" if again else f"Skipped {ticket}"
        if what == "remove":
            session.remove(ticket)
            return f"Took the label off {ticket}"
        if what == "note":
            session.note(ticket, str(message.get("text", "")))
            return f"Kept the note on {ticket}"
        if what == "undo":
            undone = session.undo()
            return f"Undone: {undone}" if undone else "Nothing to undo"
        if what == "show":
            session.choose(str(message.get("show")))
            return ""
        simple: dict[Any, Callable[[], Any]] = {
            "back": session.back,
            "forward": session.forward,
            "front": session.to_front,
            "open": lambda: session.open(ticket),
            "reread": session.reload,
            "write_again": session.write_again,
            "start_over": session.start_over,
        }
        if what in simple:
            simple[what]()
        return ""

    def _reached(self) -> str:
        if len(self._session.labels) == self._session.target:
            return f". That is your goal of {self._session.target}. You may go on."
        return ""

    # What the view shows

    def _push(self, said: str) -> None:
        session = self._session
        self._turn += 1
        shown = session.shown
        self.state = {
            "turn": self._turn,
            "said": said,
            "noun": self._noun,
            "problem": self._problem,
            "ticket": None if shown is None else self._ticket(shown),
            "categories": [
                {"name": name, "count": count} for name, count in session.per_category().items()
            ],
            "slices": [
                {"name": name, "done": done, "waiting": waiting, "thin": done < THIN}
                for name, (done, waiting) in session.per_slice().items()
            ],
            "thin": THIN,
            "thinnest": session.thinnest(),
            "show": session.show,
            "done": len(session.labels),
            "target": session.target,
            "waiting": sum(sample.id not in session.labels for sample in session.pool),
            "undo": session.next_undo,
            "file": _short(self.save_to),
            "rows": [
                {"id": i, "label": sample.target, "start": _start(sample.text)}
                for i, sample in session.labels.items()
            ],
        }

    def _ticket(self, sample: Sample) -> dict[str, Any]:
        session = self._session
        labelled = session.labels.get(sample.id)
        return {
            "id": sample.id,
            "text": sample.text,
            "language": str(sample.metadata.get("language", "")),
            "received": str(sample.metadata.get("received", "")),
            "facts": _facts(sample),
            "slices": list(sample.slices),
            "label": None if labelled is None else labelled.target,
            "reviewed": "" if labelled is None else str(labelled.metadata.get("reviewed", "")),
            "position": session.review_position,
            "skipped": sample.id in session.skipped,
            "note": session.note_on(sample.id),
            "removable": labelled is not None and any(s.id == sample.id for s in session.pool),
        }


def _problem(
    title: str, text: str, *actions: tuple[str, str], details: Sequence[str] = ()
) -> dict[str, Any]:
    buttons = [{"do": do, "label": label} for do, label in actions]
    return {"title": title, "text": text, "details": list(details), "actions": buttons}


def _facts(sample: Sample) -> list[str]:
    channel = str(sample.metadata.get("channel", "")).replace("_", " ")
    tier = str(sample.metadata.get("tier", ""))
    plan = "no customer" if tier == "none" else f"{tier} plan" if tier else ""
    return [fact for fact in (channel, plan) if fact]


def _start(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _START_OF_TEXT else line[:_START_OF_TEXT].rstrip() + "…"


def _short(path: Path) -> str:
    try:
        return os.path.relpath(path) if path.resolve().is_relative_to(Path.cwd()) else str(path)
    except OSError:  # the working folder is gone
        return str(path)


def _as_html(markdown: str) -> str:
    from markdown_it import MarkdownIt

    # HTML in the source stays text; links with a script in them stay text, too
    parser = MarkdownIt("js-default")
    tokens = parser.parse(markdown)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            # the card's own heading is an h3, and the guide is a part of the card
            token.tag = f"h{min(6, int(token.tag[1]) + 3)}"
    return str(parser.renderer.render(tokens, parser.options, {}))
