"""Reading the hand-written form of a notebook, `notebooks/source/*.py`, and finding its faults.

A source is py:percent, that is plain Python whose cells begin with `# %%`. Beside ordinary cells
it has pairs of two: `# %% answer="p1-accuracy"`, the cell that a learner fills in, with the
solution between `### BEGIN SOLUTION` and `### END SOLUTION`; and, below it, the one line
`check("p1-accuracy", accuracy)` under `# %% grade="p1-accuracy"`. Above them an empty cell
`# %% [markdown] brief="p1-accuracy"` becomes the exercise's brief: heading, minutes, marks, why a
team pays for it and how it is checked, from the one place where these facts stand.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jupytext

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB = "..."

_MARKER = re.compile(r"^# %%")
_ROLES = ("answer", "grade", "brief")
_KEPT_METADATA = ("tags", "jupyter")
# What nbgrader would cut out or act on, if an author typed it.
_RESERVED = (
    "BEGIN HIDDEN TESTS",
    "END HIDDEN TESTS",
    "BEGIN MARK SCHEME",
    "END MARK SCHEME",
    "AUTOTEST",
)


class BadSource(ValueError):
    """A notebook's source cannot be built; the message says where and how to mend it."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        """Point at a line of a source."""
        super().__init__(f"{path}:{line}: {message}")
        self.path, self.line = path, line


@dataclass(frozen=True)
class SourceCell:
    """One cell.

    Attributes:
        kind: `markdown` or `code`.
        text: its source, with the solution.
        line: number of the line that begins it.
        role: `answer`, `grade`, `brief`, or empty.
        exercise: the id that belongs to the role.
        metadata: what goes into the notebook unchanged: `tags` and `jupyter`.
    """

    kind: str
    text: str
    line: int
    role: str = ""
    exercise: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def stubbed(self) -> str:
        """The text as learners get it; nbgrader's own rule, which the tests compare."""
        lines, hidden = [], False
        for line in self.text.split("\n"):
            if BEGIN in line:
                hidden = True
                lines.append(line[: len(line) - len(line.lstrip())] + STUB)
            elif END in line:
                hidden = False
            elif not hidden:
                lines.append(line)
        return "\n".join(lines)

    @property
    def solved(self) -> str:
        """The text as `solution(id)` shows it, without markers and placeholders."""
        kept = [
            line
            for line in self.text.split("\n")
            if BEGIN not in line and END not in line and not re.fullmatch(r"\w+ = \.\.\.", line)
        ]
        return "\n".join(kept).strip("\n")


@dataclass(frozen=True)
class Source:
    """A notebook's source, read and found to be without faults."""

    path: Path
    cells: tuple[SourceCell, ...]

    @property
    def name(self) -> str:
        """The notebook's name without an ending, such as `phase_1_ship`."""
        return self.path.stem

    def exercises(self) -> list[str]:
        """Return the ids of its exercises, in the order in which they are graded."""
        return [cell.exercise for cell in self.cells if cell.role == "grade"]


def read(path: Path, known: Sequence[str]) -> Source:
    """Read a source whose exercises are among the ids `known`.

    Raises:
        BadSource: it has a fault; the first one is named with file and line.
        OSError: the file cannot be read.
    """
    text = path.read_text(encoding="utf-8")
    cells = tuple(_cells(path, text, known))
    for cell in cells:
        _check_cell(path, cell)
    _check_pairs(path, cells)
    _check_names(path, cells)
    return Source(path, cells)


def _cells(path: Path, text: str, known: Sequence[str]) -> Iterator[SourceCell]:
    lines = [n for n, line in enumerate(text.split("\n"), start=1) if _MARKER.match(line)]
    if not lines:
        raise BadSource(path, 1, "no cell found. Begin each cell with a line `# %%`.")
    # blank lines at the top would become a cell of their own
    cells = jupytext.reads(text.lstrip("\n"), fmt="py:percent").cells
    if len(cells) != len(lines):
        raise BadSource(
            path,
            lines[0],
            f"{len(lines)} lines begin with `# %%`, and {len(cells)} cells were read. Move text "
            "above the first cell into a cell, and write `# %%` nowhere inside one.",
        )
    for line, cell in zip(lines, cells, strict=True):
        # how many blank lines follow is jupytext's note for writing a script back
        metadata = {k: v for k, v in cell.metadata.items() if k != "lines_to_next_cell"}
        roles = [role for role in _ROLES if role in metadata]
        if unknown := metadata.keys() - {*_ROLES, *_KEPT_METADATA}:
            raise BadSource(
                path,
                line,
                f"unknown cell metadata: {', '.join(sorted(unknown))}. A cell may have "
                f"{', '.join((*_ROLES, *_KEPT_METADATA))}.",
            )
        if len(roles) > 1:
            raise BadSource(path, line, "a cell has one role: answer, grade or brief.")
        exercise = str(metadata[roles[0]]) if roles else ""
        if roles and exercise not in known:
            raise BadSource(
                path,
                line,
                f"unknown exercise {exercise!r}. There are: {', '.join(known) or 'none'}. "
                "An exercise is an `Exercise` object in a module of graders/phase_<n>/.",
            )
        wanted = "markdown" if roles == ["brief"] else "code"
        if roles and cell.cell_type != wanted:
            raise BadSource(path, line, f"the {roles[0]} cell must be a {wanted} cell.")
        if roles == ["brief"] and cell.source.strip():
            raise BadSource(path, line, "a brief is written by the build: leave its cell empty.")
        yield SourceCell(
            cell.cell_type,
            cell.source,
            line,
            roles[0] if roles else "",
            exercise,
            {key: metadata[key] for key in _KEPT_METADATA if key in metadata},
        )


def _check_cell(path: Path, cell: SourceCell) -> None:
    depth = 0
    for offset, line in enumerate(cell.text.split("\n"), start=1):
        here = cell.line + offset
        for word in _RESERVED:
            if word in line:
                raise BadSource(path, here, f"{word!r} is written by the build, not by hand.")
        if "BEGIN SOLUTION" not in line and "END SOLUTION" not in line:
            continue
        if cell.role != "answer":
            raise BadSource(
                path, here, 'a solution stands in a cell that is no answer. Add `answer="<id>"`.'
            )
        if line.strip() not in (BEGIN, END):
            raise BadSource(path, here, f"write the marker as `{BEGIN}` or `{END}` on its own.")
        depth += 1 if line.strip() == BEGIN else -1
        if depth not in (0, 1):
            raise BadSource(path, here, f"`{BEGIN}` and `{END}` do not alternate.")
    if cell.role == "answer" and BEGIN not in cell.text:
        raise BadSource(
            path, cell.line, f"the answer cell has no `{BEGIN}`: learners would get the solution."
        )
    if depth:
        raise BadSource(path, cell.line, f"a `{BEGIN}` of this cell has no `{END}`.")
    if cell.kind == "code":
        for text, which in ((cell.text, "the cell"), (cell.stubbed, "the cell without solution")):
            _parse(path, cell, text, which)
    if cell.role == "grade":
        _checked_answer(path, cell)


def _parse(path: Path, cell: SourceCell, text: str, which: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        line = cell.line + (error.lineno or 0)
        raise BadSource(path, line, f"{which} is not valid Python: {error.msg}.") from error


def _checked_answer(path: Path, cell: SourceCell) -> ast.expr:
    """Return the second argument of the one call that a grade cell consists of."""
    wanted = f'check("{cell.exercise}", ...)'
    match _parse(path, cell, cell.text, "the cell").body:
        case [ast.Expr(ast.Call(ast.Name("check"), [ast.Constant(exercise), answer], []))] if (
            exercise == cell.exercise
        ):
            return answer
    raise BadSource(
        path,
        cell.line,
        f"a grade cell consists of one call, `{wanted}`, with the answer in place of the dots.",
    )


def graded_answer(cell: SourceCell) -> str:
    """Return how a grade cell writes the answer, for example `accuracy`."""
    match ast.parse(cell.text).body:
        case [ast.Expr(ast.Call(_, [_, answer]))]:
            return ast.unparse(answer)
    raise AssertionError("read() lets no other grade cell through")


def _check_pairs(path: Path, cells: Sequence[SourceCell]) -> None:
    answered: dict[str, SourceCell] = {}
    graded: dict[str, SourceCell] = {}
    for cell in cells:
        if cell.role == "answer":
            if cell.exercise in graded:
                raise BadSource(path, cell.line, "the answer stands below its grade cell.")
            answered.setdefault(cell.exercise, cell)
        if cell.role == "grade":
            if cell.exercise in graded:
                raise BadSource(
                    path,
                    cell.line,
                    f"{cell.exercise!r} is graded a second time; the first is on line "
                    f"{graded[cell.exercise].line}.",
                )
            if cell.exercise not in answered:
                raise BadSource(
                    path, cell.line, f'no cell above has `answer="{cell.exercise}"` to grade.'
                )
            graded[cell.exercise] = cell
    for exercise, cell in answered.items():
        if exercise not in graded:
            raise BadSource(
                path,
                cell.line,
                f'the answer is never graded. Add a cell `# %% grade="{exercise}"`.',
            )


def _check_names(path: Path, cells: Sequence[SourceCell]) -> None:
    """Refuse a check of a name that exists only inside a solution: Run All would stop there."""
    bound: set[str] = set()
    for cell in cells:
        if cell.kind != "code":
            continue
        if cell.role == "grade":
            used = {
                node.id
                for node in ast.walk(_checked_answer(path, cell))
                if isinstance(node, ast.Name)
            }
            if missing := sorted(used - bound):
                name = missing[0]
                raise BadSource(
                    path,
                    cell.line,
                    f"once the solution is removed, no cell defines `{name}`. Write "
                    f"`{name} = ...` above `{BEGIN}`, or `import` it.",
                )
        bound |= set(_bound_names(ast.parse(cell.stubbed)))


def _bound_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.alias(name=name, asname=asname):
                yield asname or name.split(".")[0]
