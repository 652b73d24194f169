"""What a measurement shows where a person looks: its sentence."""

from __future__ import annotations

import abc
from html import escape


class Finding(abc.ABC):
    """A result that can say itself in words."""

    @property
    @abc.abstractmethod
    def sentence(self) -> str:
        """What was found, in words."""

    def __str__(self) -> str:
        """Say what was found."""
        return self.sentence

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.sentence)}</p>"
