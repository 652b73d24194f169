"""Reading a folder of Markdown articles: which files there are, their text and front matter."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from evalfirst import located_yaml
from evalfirst.located_yaml import BadYaml, LocatedYaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SUFFIXES = (".md", ".markdown")
_FENCE = "---"


class BadArticles(ValueError):
    """A folder cannot be indexed; `problems` names each file and line, and how to mend it."""

    def __init__(self, where: str, problems: Sequence[str]) -> None:
        """Keep `problems` and show them all."""
        self.problems = tuple(problems)
        count = f"{len(problems)} problem" + ("s" if len(problems) > 1 else "")
        super().__init__(f"{where}: {count}\n" + "\n".join(f"  {p}" for p in problems))


@dataclass(frozen=True)
class Article:
    """One file.

    Attributes:
        name: its path within the folder, with `/` between the parts.
        text: the Markdown after the front matter.
        metadata: the front matter as plain JSON values.
        hash: twelve hexadecimal digits that change whenever the file does.
    """

    name: str
    text: str
    metadata: Mapping[str, Any]
    hash: str


def paths(folder: Path) -> list[Path]:
    """Return the Markdown files below `folder` in the order of their names; no hidden ones.

    Raises:
        FileNotFoundError: there is no such folder.
        NotADirectoryError: it is a file.
    """
    if not folder.exists():
        raise FileNotFoundError(f"there is no folder {folder}")
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file: give the folder that holds the articles")
    found = [
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def content_hash(content: bytes) -> str:
    """Return the twelve digits by which an index knows a file again."""
    return hashlib.sha256(content).hexdigest()[:12]


def hashes(folder: Path) -> dict[str, str]:
    """Return each article's name and the hash of its content."""
    return {
        path.relative_to(folder).as_posix(): content_hash(path.read_bytes())
        for path in paths(folder)
    }


def read_folder(folder: Path) -> list[Article]:
    """Read every article.

    Raises:
        FileNotFoundError, NotADirectoryError: see `paths`.
        BadArticles: there is none, or some cannot be read; all of these are named at once.
    """
    articles: list[Article] = []
    problems: list[str] = []
    found = paths(folder)
    if not found:
        raise BadArticles(
            str(folder),
            [f"no Markdown in it: add articles whose names end in {' or '.join(SUFFIXES)}"],
        )
    for path in found:
        try:
            name = path.relative_to(folder).as_posix()
            articles.append(read_article(path.read_bytes(), name))
        except BadArticles as bad:
            problems += bad.problems
    if problems:
        raise BadArticles(str(folder), problems)
    return articles


def read_article(content: bytes, name: str) -> Article:
    """Read one article from the bytes of its file.

    Raises:
        BadArticles: it is no UTF-8 text, or its front matter is damaged.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        mend = f"{name}, line {line}: this is no UTF-8 text; save the file in UTF-8"
        raise BadArticles(name, [mend]) from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[0].rstrip() != _FENCE:
        return Article(name, "\n".join(lines), {}, content_hash(content))
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        mend = f"{name}, line 1: the front matter does not end; close it with a line {_FENCE}"
        raise BadArticles(name, [mend])
    metadata = _metadata("\n".join(lines[1:end]), name)
    return Article(name, "\n".join(lines[end + 1 :]), metadata, content_hash(content))


def _metadata(text: str, name: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        located = located_yaml.read(text)
    except BadYaml as error:
        where = f"{name}, line {error.line + 1}"  # the opening fence is line 1
        raise BadArticles(name, [f"{where}: the front matter is no YAML: {error.what}"]) from error
    if not isinstance(located.data, dict):
        mend = "the front matter holds no fields; write them as `title: Refunds`"
        raise BadArticles(name, [f"{name}, line 2: {mend}"])
    metadata: dict[str, Any] = _plain(located.data)
    if isinstance(metadata.get("tags"), str):
        metadata["tags"] = [tag.strip() for tag in metadata["tags"].split(",") if tag.strip()]
    if problems := _problems(metadata, located, name):
        raise BadArticles(name, problems)
    return metadata


def _problems(metadata: dict[str, Any], located: LocatedYaml, name: str) -> list[str]:
    def at(key: str, mend: str) -> str:
        line = located.line((key,)) + 1
        return f"{name}, line {line}: {key} is {metadata[key]!r}; {mend}"

    problems = []
    title, updated, tags = (metadata.get(key) for key in ("title", "updated", "tags"))
    if title is not None and not (isinstance(title, str) and title.strip()):
        problems.append(at("title", "write a text, in quotes if it looks like a number"))
    if updated is not None and not _is_date(updated):
        problems.append(at("updated", "write a date as 2026-03-31"))
    if tags is not None and not (
        isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)
    ):
        problems.append(at("tags", "write a list of texts, such as [billing, refunds]"))
    return problems


def _is_date(value: Any) -> bool:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


def _plain(value: Any) -> Any:
    """Return JSON values: YAML reads `2026-03-31` as a date."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
