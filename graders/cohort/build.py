"""The course build: every generated file, from the sources and the exercises, one way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import graders
from evalfirst import atomic
from graders.cohort import catalogue
from graders.cohort.notebook import course_edition, learner_edition
from graders.cohort.source import Source, read
from graders.registry import exercises


class NoCheckout(RuntimeError):
    """The course's sources are not there, as in an installed package."""


@dataclass(frozen=True)
class Course:
    """The folders of a checkout that the build reads and writes."""

    root: Path

    @classmethod
    def here(cls) -> Course:
        """Return the checkout that this package was loaded from.

        Raises:
            NoCheckout: it was installed without the notebooks' sources.
        """
        root = Path(graders.__file__).resolve().parent.parent
        if not (root / "notebooks" / "source").is_dir():
            raise NoCheckout(
                f"no notebooks/source/ in {root}. Building and releasing need a checkout of the "
                "course: clone its repository and run the command there."
            )
        return cls(root)

    @property
    def sources(self) -> list[Path]:
        """The hand-written notebooks, in order of their names."""
        return sorted((self.root / "notebooks" / "source").glob("*.py"))

    def read(self) -> list[Source]:
        """Read all sources.

        Raises:
            BadSource: one of them has a fault.
        """
        return [read(path, list(exercises())) for path in self.sources]

    def generated(self) -> dict[Path, str]:
        """Return the text of every generated file.

        Raises:
            BadSource: a source has a fault.
        """
        sources, known = self.read(), exercises()
        files = {
            self.root / "notebooks" / f"{source.name}.ipynb": learner_edition(
                course_edition(source, known)
            )
            for source in sources
        }
        files[self.root / "datasets" / "curriculum" / "exercises.json"] = catalogue.facts(
            sources, known
        )
        files[self.root / "graders" / "solutions.json"] = catalogue.solutions(sources)
        return files

    def stale(self) -> dict[Path, str]:
        """Return the generated files that are missing or differ, with the text they should have.

        Raises:
            BadSource: a source has a fault.
        """
        return {
            path: text
            for path, text in self.generated().items()
            if not path.exists() or path.read_text(encoding="utf-8") != text
        }

    def orphans(self) -> list[Path]:
        """Return the notebooks that have no source. The build never deletes: they may be yours."""
        names = {path.stem for path in self.sources}
        notebooks = (self.root / "notebooks").glob("*.ipynb")
        return sorted(path for path in notebooks if path.stem not in names)

    def build(self) -> list[Path]:
        """Write what is stale and return it. Files that agree are not touched.

        Raises:
            BadSource: a source has a fault; nothing is written then.
        """
        stale = self.stale()
        for path, text in stale.items():
            atomic.write_text(path, text)
        return sorted(stale)
