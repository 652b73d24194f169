"""promptfoo tests: YAML with `vars`, one of which is the input, and an `equals` assertion."""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from evalfirst import located_yaml, strict_json
from evalfirst.evals.eval_set import BadEvalSet
from evalfirst.evals.interchange import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evalfirst.evals.eval_set import EvalSet, Sample

_NAME = "promptfoo"
_OWN = ("description", "vars", "assert", "metadata")
# promptfoo fills these in before a test, so that the text in the file is not the text it sends; a
# text with the last one alone it refuses
_FILLED_IN = ("{{", "{%", "{#", "#}")
# ... and what stands behind these is loaded
_LOADED = ("file://", "package:")
# a text between quotes that promptfoo fills in: itself
_QUOTED = re.compile(r'\{\{ "([^"\\]*)" \}\}')


def read_promptfoo(path: str | Path, *, input_variable: str | None = None) -> EvalSet:
    """Read a list of tests, or the `tests` of a promptfoo configuration.

    The description is the id where no other test has the same one. The value of the first `equals`
    assertion is the target. Other variables, assertions and options go into `metadata.promptfoo`.

    Args:
        path: the YAML file.
        input_variable: which variable is the input; by default `input`, or the only one.

    Raises:
        FileNotFoundError: there is no such file.
        BadEvalSet: tests that cannot be read as samples; all are named.
    """
    path = Path(path)
    text = rows.text_of(path)
    try:
        document = located_yaml.read(text)
    except located_yaml.BadYaml as error:
        raise BadEvalSet(str(path), [str(error)]) from error
    found = rows.Rows(path)
    where: located_yaml.Path = ()
    tests = document.data
    if isinstance(tests, dict):
        where = ("tests",)
        found.problems += _config_faults(document)
        tests = tests.get("tests")
    if not isinstance(tests, list):
        line = document.line(where)
        found.problems.append(
            f"line {line}: field 'tests': not a list of tests in this file. "
            "Give the file that holds the tests themselves."
        )
        return found.eval_set()
    seen = Counter(str(test.get("description")) for test in tests if isinstance(test, dict))
    for number, test in enumerate(tests):
        place = f"line {document.line((*where, number))}"
        try:
            row_id, sample = _read(test, input_variable, seen)
        except rows.Fault as fault:
            found.problems.append(f"{place}: {fault}")
        else:
            found.add(place, row_id, sample)
    return found.eval_set()


def write_promptfoo(samples: EvalSet, path: str | Path) -> Path:
    """Write a list of tests, for `tests: file://<name>` in a promptfoo configuration.

    Messages become one JSON text, because promptfoo makes a test of every item of a list. It
    takes one line feed off the end of an input before it sends it.

    Raises:
        BadEvalSet: a sample holds what JSON cannot, or a text that promptfoo would fill in.
        OSError: the folder is read-only or the disk is full; the old file is then untouched.
    """
    path = Path(path)
    tests, problems = [], []
    for sample in rows.checked(samples, path):
        try:
            tests.append(_written(sample))
        except rows.Fault as fault:
            problems.append(f"sample {sample.id!r}: {fault}")
    if problems:
        raise BadEvalSet(str(path), problems)
    return rows.write(path, _yaml(tests), samples.card)


def _yaml(tests: list[dict[str, Any]]) -> str:
    return str(
        yaml.dump(tests, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=sys.maxsize)
    )


def _config_faults(document: located_yaml.LocatedYaml) -> Iterator[str]:
    default = document.data.get("defaultTest")
    if default is None:
        return
    fields = default.keys() & {"vars", "assert"} if isinstance(default, dict) else {"defaultTest"}
    if fields:
        yield (
            f"line {document.line(('defaultTest',))}: field 'defaultTest': gives every test its "
            f"{', '.join(sorted(fields))}. Write them into the tests."
        )


def _read(test: Any, variable: str | None, seen: Counter[str]) -> tuple[str | None, dict[str, Any]]:
    """Return the id, if the test has one, and the rest of the sample."""
    test = _plain(test)
    if what := strict_json.why_not(test):
        raise rows.Fault(what)
    if not isinstance(test, dict):
        raise rows.Fault("not a test. Write vars and assert, each on a line of its own.")
    given = test.get("vars")
    if not isinstance(given, dict) or not given:
        raise rows.Fault("field 'vars': missing, or not a list of names with values")
    if "<<" in test or "<<" in given:
        raise rows.Fault("field '<<': merged fields are not read. Write them out.")
    metadata, originals = rows.kept(test.get("metadata", {}))
    if not isinstance(metadata, dict):
        raise rows.Fault("field 'metadata': not an object. Leave it out or write {}.")
    name = _input_name(given, variable)
    text = _text(given[name], f"vars.{name}")
    target, asserts = _target(test.get("assert", []))
    own: dict[str, Any] = {}
    if name != "input":
        own["input"] = name
    if others := {key: value for key, value in given.items() if key != name}:
        own["vars"] = others
    if asserts:
        own["assert"] = asserts
    if rest := {key: value for key, value in test.items() if key not in _OWN}:
        own["test"] = rest
    row_id, described = originals.get("id"), test.get("description")
    if row_id is None and isinstance(described, str) and described and seen[described] == 1:
        row_id = described
    elif described not in (None, row_id):
        own["description"] = described
    if own and _NAME in metadata:
        raise rows.Fault(f"field 'metadata.{_NAME}' is needed for {', '.join(own)}. Rename it.")
    return row_id, {
        "input": rows.from_json(text) if originals.get("input") == "json" else text,
        "target": rows.restored(target, originals),
        "metadata": {**metadata, _NAME: own} if own else metadata,
    }


def _input_name(given: dict[str, Any], variable: str | None) -> str:
    if variable is not None:
        if variable not in given:
            raise rows.Fault(f"field 'vars.{variable}': missing")
        return variable
    if "input" in given:
        return "input"
    if len(given) > 1:
        raise rows.Fault(
            f"field 'vars': which one is the input: {', '.join(given)}? Name it: input_variable=..."
        )
    return next(iter(given))


def _target(asserts: Any) -> tuple[Any, list[Any]]:
    """Return the target, and the assertions unless they are nothing but that.

    The one that holds the target stands among them without its value.
    """
    if not isinstance(asserts, list) or not all(isinstance(a, dict) for a in asserts):
        raise rows.Fault("field 'assert': not a list of assertions with a type")
    for place, assertion in enumerate(asserts):
        if assertion.get("type") == "equals" and assertion.get("value") is not None:
            target = _unmasked(assertion["value"], f"assert.{place}.value")
            rest = {key: value for key, value in assertion.items() if key != "value"}
            plain = len(asserts) == 1 and rest == {"type": "equals"}
            return target, [] if plain else [*asserts[:place], rest, *asserts[place + 1 :]]
    return None, asserts


def _text(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise rows.Fault(
            f"field {field!r}: not a text. Put a number between quotes, and write one test for "
            "each item of a list."
        )
    if value.startswith(_LOADED):
        raise rows.Fault(f"field {field!r}: promptfoo loads the text from {value}. Put it here.")
    if mark := next((mark for mark in _FILLED_IN if mark in value), None):
        # masked as in a target, it would arrive filled in or masked, by the kind of prompt
        raise rows.Fault(
            f"field {field!r}: promptfoo would fill in or refuse a text with {mark!r} in it. "
            "Take the mark out, or leave this one out (EvalSet.where keeps the others)."
        )
    return value


def _masked(target: Any) -> Any:
    """Return a target that promptfoo fills in to what it was."""
    if isinstance(target, list):
        return [_masked(item) if isinstance(item, str) else item for item in target]
    if not isinstance(target, str):
        return target
    text = re.sub(r"\{(?=[{%#])|#(?=\})", r'{{ "\g<0>" }}', target)
    if loaded := next((mark for mark in _LOADED if text.startswith(mark)), None):
        text = f'{{{{ "{loaded}" }}}}{text.removeprefix(loaded)}'
    return text


def _unmasked(target: Any, field: str) -> Any:
    """Return the target that promptfoo compares with, or raise Fault where only it can tell."""
    if isinstance(target, list):
        return [_unmasked(item, field) if isinstance(item, str) else item for item in target]
    if not isinstance(target, str):
        return target
    _text(_QUOTED.sub("\0", target), field)
    return _QUOTED.sub(lambda found: found.group(1), target)


def _written(sample: Sample) -> dict[str, Any]:
    """Return the test, with what came from promptfoo in its old place if it fits there."""
    own = sample.metadata.get(_NAME)
    if isinstance(own, dict) and own:
        try:
            test = _test(sample, own)
            row_id, again = _read(test, own.get("input"), Counter())
        except (rows.Fault, TypeError, ValueError, AttributeError):
            return _test(sample, {})
        if (row_id, again["input"], again["target"], again["metadata"]) == (
            sample.id,
            sample.input,
            sample.target,
            dict(sample.metadata),
        ):
            return test
    return _test(sample, {})


def _test(sample: Sample, own: dict[str, Any]) -> dict[str, Any]:
    originals: dict[str, Any] = {}
    # an id of its own survives a description that somebody mends
    originals["id"] = sample.id
    text = sample.input
    if not isinstance(text, str):
        text = strict_json.dumps(text)
        originals["input"] = "json"
    asserts = list(own.get("assert", []))
    target = sample.target
    if target is not None:
        if not isinstance(target, (str, dict, list)):
            originals["target"] = target
            target = rows.shown(target)
        target = _masked(target)
        slot = next((n for n, a in enumerate(asserts) if a == {**a, "type": "equals"}), None)
        if slot is None:
            asserts.append({"type": "equals", "value": target})
        else:
            asserts[slot] = {**asserts[slot], "value": target}
    metadata = {n: v for n, v in sample.metadata.items() if not own or n != _NAME}
    test: dict[str, Any] = {"description": own.get("description", sample.id)}
    name = own.get("input", "input")
    test["vars"] = {name: _text(text, "input"), **own.get("vars", {})}
    if asserts:
        test["assert"] = asserts
    test |= own.get("test", {})
    test["metadata"] = rows.keep(metadata, originals)
    # fresh objects, so that YAML has no reason for anchors
    fresh: dict[str, Any] = rows.from_json(strict_json.dumps(test))
    return fresh


def _plain(value: Any) -> Any:
    """Return the JSON form of YAML values; a date becomes its text."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        raise rows.Fault(f"{value} is no number that can be kept. Put it between quotes.")
    if value is not None and not isinstance(value, (str, int, float)):
        raise rows.Fault(f"a {type(value).__name__} is no plain value")
    return value


class _Dumper(yaml.SafeDumper):
    """Writes YAML from which every text comes back as it was."""


def _represent(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # YAML turns line breaks other than a line feed into one, unless they are escaped; and what is
    # a number differs between its versions: promptfoo's reads 1e3 and 0o17 as numbers
    odd = text[:1] in "+-.0123456789" or any(mark in text for mark in "\r\x85\u2028\u2029")
    style = '"' if odd else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent)
