"""The learner's side of judging: run an exercise's probe and report what was seen, or the crash."""

from __future__ import annotations

import contextlib
import io
import linecache
import logging
import sys
import sysconfig
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graders.exercise import Mistake
from graders.plain import round_trip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graders.exercise import Exercise

_COURSE = (Path(__file__).resolve().parent, Path(__file__).resolve().parent.parent / "evalfirst")
_LIBRARIES = tuple(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib"))
_NOT_THE_LEARNERS = tuple({*_COURSE, *_LIBRARIES, *(path.resolve() for path in _LIBRARIES)})


def observe(exercise: Exercise, answer: Any, given: Any) -> dict[str, Any]:
    """Run the probe once and return plain data with one key.

    Returns:
        `{"seen": data}`; `{"crash": {"kind", "message", "lines"}}` if the learner's code raised;
        `{"unusable": {"message", "detail"}}` if the probe itself raised a `Mistake`, because the
        answer is not of the kind that it can try; `{"fault": text}` if the probe failed with no
        line of the learner's on the stack.

    What the code prints is swallowed: a graded cell that writes to stderr loses its marks.
    """
    with quiet(), closing_figures():
        try:
            return {"seen": round_trip(exercise.observe(answer, given))}
        except Mistake as mistake:
            return {"unusable": {"message": mistake.message, "detail": mistake.detail}}
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # sys.exit in an answer must not end the grading
            crash = describe_crash(error)
            if crash["lines"] or _wrong_call(answer, error):
                return {"crash": crash}
            return {"fault": f"{crash['kind']}: {crash['message']}"}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Swallow prints, displays, warnings and log lines."""
    before = logging.root.manager.disable
    with contextlib.ExitStack() as stack:
        if _in_a_notebook():
            from IPython.utils.capture import capture_output

            stack.enter_context(capture_output())
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        # a handler may hold the stderr of the time when it was made
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(before)


@contextlib.contextmanager
def closing_figures() -> Iterator[None]:
    """Close the figures that are opened inside; a notebook would show them below the card."""
    plots = sys.modules.get("matplotlib.pyplot")
    before = set(plots.get_fignums()) if plots else set()
    try:
        yield
    finally:
        if plots := sys.modules.get("matplotlib.pyplot"):
            for number in set(plots.get_fignums()) - before:
                plots.close(number)


def describe_crash(error: BaseException) -> dict[str, Any]:
    """Return kind, message, and the learner's own lines, without any frame of the course's."""
    lines = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if any(path.is_relative_to(folder) for folder in _NOT_THE_LEARNERS):
            continue
        source = frame.line or linecache.getline(frame.filename, frame.lineno or 0).strip()
        lines.append(f"line {frame.lineno}: {source}" if source else f"line {frame.lineno}")
    try:
        message = str(error)[:500]
    except Exception:  # an exception class of the learner's may not even print
        message = ""
    return {"kind": type(error).__name__[:60], "message": message, "lines": lines[-4:]}


def _wrong_call(answer: Any, error: BaseException) -> bool:
    """Return whether the answer was called with arguments that it does not take."""
    if not isinstance(error, TypeError):
        return False
    name = getattr(answer, "__qualname__", None)
    return not callable(answer) or (name is not None and f"{name}()" in str(error))


def _in_a_notebook() -> bool:
    shell = sys.modules.get("IPython")
    return shell is not None and shell.get_ipython() is not None
