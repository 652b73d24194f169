"""A piece of an article, small enough to be read as the answer to one question."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Chunk:
    """One piece of one article.

    Attributes:
        id: `article.md#heading-slug`; `article.md` for what stands before the first heading. It
            stays the same while the headings do, whatever changes in the text.
        text: the Markdown between this heading and the next, without the heading; empty where a
            heading stands alone.
        headings: the headings above it, from the outermost on.
        article: path of the file within its folder, with `/` between the parts.
        article_hash: twelve hexadecimal digits that change whenever the file does.
        metadata: the article's front matter; always with a `title`.
    """

    id: str
    text: str
    headings: tuple[str, ...] = ()
    article: str = ""
    article_hash: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> int:
        """The number of words in its text."""
        return len(self.text.split())

    @property
    def searched(self) -> str:
        """What an index reads: title and headings say what the text takes for granted."""
        title = str(self.metadata.get("title", ""))
        above = [title, *(h for h in self.headings if h != title)]
        return "\n".join([*filter(None, above), self.text])

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {**asdict(self), "headings": list(self.headings), "metadata": dict(self.metadata)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Chunk:
        """Rebuild a chunk from its JSON form."""
        return cls(**{**row, "headings": tuple(row["headings"])})
