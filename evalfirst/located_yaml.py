"""YAML that remembers on which line every value stands, so that an error can say where to look."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]


class BadYaml(ValueError):
    """The text is no YAML, or says one thing twice; `line` counts from 1."""

    def __init__(self, line: int, what: str) -> None:
        """Keep the line and what is wrong there."""
        super().__init__(f"line {line}: {what}")
        self.line = line
        self.what = what


@dataclass(frozen=True)
class LocatedYaml:
    """Plain data and the line of each value in it."""

    data: Any
    _lines: dict[Path, int] = field(repr=False)

    def line(self, path: Path) -> int:
        """Return the line of `path`, or of the nearest value around it if there is none."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]


def read(text: str) -> LocatedYaml:
    """Parse one YAML document.

    Raises:
        BadYaml: a syntax error, a character that YAML does not allow, an empty document, a key
            that is no plain text, a repeated key (of which YAML would silently keep the last), a
            value that is not what it says it is or that holds itself, or too deep a nesting.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            raise BadYaml(1, "the file is empty")
        lines: dict[Path, int] = {}
        return LocatedYaml(_plain(node, (), lines), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadYaml(mark.line + 1 if mark else 1, error.problem or "this is no YAML") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise BadYaml(line, f"the character U+{error.character:04X} is not allowed") from error
    except RecursionError as error:
        raise BadYaml(1, "nested too deeply, or a value that holds itself") from error


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, index), lines) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise BadYaml(line, "a field's name must be plain text")
            if key.value in mapping:
                raise BadYaml(line, f"the field {key.value!r} stands here twice")
            mapping[key.value] = _plain(value, (*path, key.value), lines)
            # a folded text starts below its name, and the name is what people look for
            lines[(*path, key.value)] = line
        return mapping
    try:
        return yaml.constructor.SafeConstructor().construct_document(node)
    except ValueError as error:  # looks like a date, and is none: 2026-02-30
        raise BadYaml(node.start_mark.line + 1, str(error)) from error
    except (AttributeError, KeyError, TypeError) as error:  # marked as a kind that it is not
        kind = node.tag.rpartition(":")[2]
        raise BadYaml(node.start_mark.line + 1, f"{node.value!r} is no {kind}") from error
