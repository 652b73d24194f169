"""A task for inspect_ai: its dataset, and the Python file that `inspect eval` runs."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalfirst import atomic
from evalfirst.evals.eval_set import BadEvalSet
from evalfirst.evals.interchange.inspect_dataset import NAME, write_inspect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evalfirst.evals.eval_set import EvalSet, Sample

CHOICE = "choice"
SCORERS = ("exact", "includes", "match", "f1", CHOICE)
_ROLES = ("system", "user", "assistant", "tool")

_TASK = '''\
"""{title}: {count} samples for inspect_ai.

    inspect eval {file} --model <provider>/<model>

The samples stand in {dataset} beside this file.
"""

from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import json_dataset
from inspect_ai.scorer import {scorer}
from inspect_ai.solver import {imports}


@task
def {name}() -> Task:
    samples = Path(__file__).with_name({dataset_text})
    return Task(
        dataset=json_dataset(str(samples)),
        solver=[{solvers}],
        scorer={scorer}(),
    )
'''


def write_inspect_task(
    samples: EvalSet, path: str | Path, *, scorer: str | None = None, system: str | None = None
) -> Path:
    """Write `path` and its dataset, so that `inspect eval <path> --model ...` runs the set.

    Args:
        samples: the set; all labelled.
        path: the task's file, such as `triage.py`; the dataset is `triage.jsonl` beside it.
        scorer: one of inspect_ai's own: `exact`, `includes`, `match`, `f1` or `choice`; by default
            `choice` where every sample has choices, else `exact`. They forgive case and
            punctuation, and take a list of targets as answers of which one is enough, so that an
            accuracy may be higher than with this library's scorers.
        system: a system message before each input, after system messages of its own.

    Raises:
        ValueError: no such scorer, or `path` is no Python file.
        BadEvalSet: an empty set; or a sample without a target, with a message that inspect_ai
            refuses, or with what JSON cannot hold; all are named, and nothing is written.
        OSError: the folder is read-only or the disk is full; old files are then untouched.
    """
    path = Path(path)
    if path.suffix != ".py":
        raise ValueError(f"path must be a Python file, such as triage.py, got {path.name!r}")
    if not len(samples):
        raise BadEvalSet(str(path), [f"{samples.name} is empty: label some examples first"])
    choices = all(_choices(sample) for sample in samples)
    scorer = scorer or (CHOICE if choices else "exact")
    if scorer not in SCORERS:
        raise ValueError(f"scorer must be one of {', '.join(SCORERS)}, got {scorer!r}")
    problems = [
        f"sample {sample.id!r}: {fault}"
        for sample in samples
        for fault in _faults(sample, choices=scorer == CHOICE)
    ]
    if problems:
        raise BadEvalSet(str(path), problems)
    dataset = write_inspect(samples, path.with_suffix(".jsonl"))
    answer = "multiple_choice" if scorer == CHOICE else "generate"
    solvers = [f"{answer}()"]
    imports = [answer]
    if system is not None:
        # inspect_ai fills in what stands between braces
        text = repr(system.replace("{", "{{").replace("}", "}}"))
        solvers.insert(0, f"system_message({text})")
        imports.append("system_message")
    task = _TASK.format(
        title=_plain(samples.name),
        count=len(samples),
        file=_plain(path.name),
        dataset=_plain(dataset.name),
        dataset_text=repr(dataset.name),
        scorer=scorer,
        imports=", ".join(imports),
        name=_identifier(path.stem),
        solvers=", ".join(solvers),
    )
    atomic.write_text(path, task)
    return path


def _choices(sample: Sample) -> Any:
    extra = sample.metadata.get(NAME)
    return extra.get("choices") if isinstance(extra, dict) else None


def _faults(sample: Sample, *, choices: bool) -> Iterator[str]:
    if sample.target is None:
        yield "field 'target': missing. Label it, or leave it out (EvalSet.where keeps the others)."
    if choices and not _choices(sample):
        yield f"field 'metadata.{NAME}.choices': missing, and the scorer 'choice' needs them"
    if isinstance(sample.input, str):
        return
    for number, message in enumerate(sample.input):
        if message["role"] not in _ROLES:
            yield (
                f"field 'input[{number}].role': {message['role']!r} is none of {', '.join(_ROLES)}"
            )
        if not isinstance(message["content"], (str, list)):
            yield f"field 'input[{number}].content': neither a text nor a list of parts"


def _identifier(stem: str) -> str:
    name = re.sub(r"\W", "_", stem, flags=re.ASCII)
    return f"task_{name}" if not name.isidentifier() or keyword.iskeyword(name) else name


def _plain(name: str) -> str:
    """Return a name that cannot end the docstring that it stands in."""
    return name.replace("\\", "/").replace('"', "'")
