"""CSV, as spreadsheets write it: a row a sample, a column a fact.

A plain column holds texts, and an empty cell nothing. A column whose name ends in `:json` holds
JSON values: the writer makes one wherever a number, a list, or an empty text is to come back as
what it was.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalfirst import strict_json
from evalfirst.evals.eval_set import BadEvalSet, EvalSet
from evalfirst.evals.interchange import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

_JSON = ":json"
_METADATA = "metadata."
_OWN = ("id", "input", "target")
_Row = dict[str, str]


def read_csv(
    path: str | Path,
    *,
    input_column: str = "input",
    target_column: str = "target",
    id_column: str = "id",
) -> EvalSet:
    """Read a table with a heading row; columns beside the three go into the metadata.

    Commas or semicolons part the cells, whichever the heading row has. A `slices` column may
    hold names with commas or semicolons between them.

    Raises:
        FileNotFoundError: there is no such file.
        BadEvalSet: the input column is missing, or rows that cannot be read; all are named.
    """
    path = Path(path)
    found = rows.Rows(path)
    columns = {input_column: "input", target_column: "target", id_column: "id"}
    for place, cells in _table(path, found.problems, input_column):
        values: dict[str, Any] = {}
        metadata: dict[str, Any] = {}
        fine = True
        for heading, cell in cells.items():
            if cell == "":
                continue
            name = heading
            value: Any = cell
            if heading.endswith(_JSON):
                name = heading.removesuffix(_JSON)
                try:
                    value = rows.from_json(cell)
                except rows.Fault as fault:
                    found.problems.append(f"{place}: field {heading!r}: {fault}")
                    fine = False
                    continue
            if name in columns:
                values[columns[name]] = value
                continue
            name = name.removeprefix(_METADATA)
            if name == "slices" and isinstance(value, str):
                value = [part.strip() for part in value.replace(";", ",").split(",")]
            metadata[name] = value
        if fine:
            row_id = values.get("id")
            sample = {
                "input": values.get("input", ""),
                "target": values.get("target"),
                "metadata": metadata,
            }
            found.add(place, None if row_id is None else str(row_id), sample)
    return found.eval_set()


def write_csv(samples: EvalSet, path: str | Path) -> Path:
    """Write a table with the columns `id`, `input`, `target`, and one a metadata field.

    Raises:
        BadEvalSet: a sample holds what JSON cannot.
        OSError: the folder is read-only or the disk is full; the old file is then untouched.
    """
    path = Path(path)
    table: list[dict[str, Any]] = []
    for sample in rows.checked(samples, path):
        row: dict[str, Any] = {"id": sample.id, "input": sample.input}
        if sample.target is not None:
            row["target"] = sample.target
        table.append(row | {_column(name): value for name, value in sample.metadata.items()})
    headings = dict.fromkeys([*_OWN, *(name for row in table for name in row)])
    as_json = {
        name
        for name in headings
        if name.endswith(_JSON)
        or any(not isinstance(row.get(name, "-"), str) or row.get(name) == "" for row in table)
    }
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([name + _JSON if name in as_json else name for name in headings])
    for row in table:
        writer.writerow(
            [
                ""
                if name not in row
                else strict_json.dumps(row[name])
                if name in as_json
                else row[name]
                for name in headings
            ]
        )
    return rows.write(path, out.getvalue(), samples.card)


def _column(name: str) -> str:
    """Return a heading from which `read_csv` gets the metadata field's name back."""
    plain = name.removesuffix(_JSON)
    return _METADATA + name if not plain or plain in _OWN or name.startswith(_METADATA) else name


def _table(path: Path, problems: list[str], needed: str) -> Iterator[tuple[str, _Row]]:
    text = rows.text_of(path)
    first = text.partition("\n")[0]
    delimiter = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    # the default refuses a cell of more than 128 KiB, which a long document is
    limit = csv.field_size_limit(sys.maxsize)
    try:
        headings = next(reader, [])
        if not {needed, needed + _JSON} & set(headings):
            raise BadEvalSet(
                str(path),
                [
                    f"row 1: no column {needed!r}, only {', '.join(headings) or 'nothing'}. "
                    "Rename the one with the inputs, or name it: input_column=..."
                ],
            )
        bare = [heading.removesuffix(_JSON) for heading in headings]
        if twice := sorted({heading for heading in bare if bare.count(heading) > 1}):
            raise BadEvalSet(str(path), [f"row 1: the column {twice[0]!r} stands there twice"])
        for number, cells in enumerate(reader, start=2):
            place = f"row {number} (line {reader.line_num})"
            if not cells:
                continue
            if len(cells) == len(headings):
                yield place, dict(zip(headings, cells, strict=True))
            else:
                problems.append(
                    f"{place}: {len(cells)} cells under {len(headings)} headings. "
                    'Put texts with a comma in them between quotes (").'
                )
    except csv.Error as error:
        problems.append(f"line {reader.line_num}: {error}. A quote may not be closed.")
    finally:
        csv.field_size_limit(limit)
