"""Interchange: eval sets in the file formats of other tools, read and written without loss.

Every reader returns an `EvalSet` and raises `BadEvalSet` with all problems of the file at once,
each with its line or row, its field and how to mend it. Every writer writes the whole file or
none. What a format has no place for (a target that is no text, an id that is a number) goes into
the sample's metadata under `evalfirst`, and comes back from there; what only the format knows
(choices, assertions, extra variables) stands in the metadata under the format's own name. A set's
card stands beside the file, in `<name>.card.md`, as `EvalSet.save` puts it.
"""

from __future__ import annotations

from evalfirst.lazy import exports

__getattr__, __all__ = exports(
    __name__,
    {
        "read_csv": "csv_table",
        "read_inspect": "inspect_dataset",
        "read_openai": "openai_samples",
        "read_promptfoo": "promptfoo_tests",
        "write_csv": "csv_table",
        "write_inspect": "inspect_dataset",
        "write_inspect_task": "inspect_task",
        "write_openai": "openai_samples",
        "write_promptfoo": "promptfoo_tests",
    },
)
