"""The course directory: where an instructor releases, collects and grades with nbgrader."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalfirst import atomic
from graders.cohort.notebook import course_edition
from graders.registry import exercises

if TYPE_CHECKING:
    from pathlib import Path

    from graders.cohort.build import Course

_CONFIG = '''\
"""nbgrader's settings for this course directory. Yours to change."""

from pathlib import Path

from graders.nbgrader_config import configure_grading

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "evalfirst"
configure_grading(c, Path(__file__).resolve().parent)
'''

_IGNORE = """\
# secret: who has the seed can look up the held-out cases
seed.txt
# learners' work and marks
autograded/
feedback/
gradebook.db
grades.csv
submitted/
"""

_README = """\
# A course directory of Eval First

Run everything here, in the environment that the course is installed in.
`phase_1_ship` stands for any notebook in `source/`.

1. Release: `nbgrader generate_assignment phase_1_ship`. Learners get `release/phase_1_ship/`,
   or use the course's own copy of the notebook, which is the same.
2. A learner runs `evalfirst course pack phase_1_ship` and sends you the archive: the notebook
   and the `feature/` folder with the eval set, the runs and the evidence.
3. Collect: name each archive after the learner, such as `ada.zip`, put all into one folder, and
   run `evalfirst course collect . phase_1_ship ARCHIVES/*.zip`.
4. Grade: `nbgrader autograde phase_1_ship`, then `nbgrader generate_feedback phase_1_ship`,
   and `nbgrader export` for a table.

`seed.txt` makes your held-out cases your own. Keep it secret, and keep it: another seed means
other cases and other marks.

`nbgrader autograde` runs the learners' code with your rights. Grade people whom you do not know
in a container or on a machine that holds nothing else.

`evalfirst course release .` brings `source/` up to date after you updated the course. It leaves
your settings, your seed, your gradebook and the submissions alone.
"""


@dataclass(frozen=True)
class CourseDirectory:
    """An nbgrader course directory."""

    root: Path

    @property
    def seed(self) -> Path:
        """The secret seed of this cohort."""
        return self.root / "seed.txt"

    def notebook(self, name: str) -> Path:
        """The course edition of a notebook, with solutions."""
        return self.root / "source" / name / f"{name}.ipynb"

    def submission(self, student: str, name: str) -> Path:
        """The folder of one learner's submission."""
        return self.root / "submitted" / student / name

    def assignments(self) -> list[str]:
        """Return the names of the notebooks that can be released."""
        return sorted(path.parent.name for path in self.root.glob("source/*/*.ipynb"))

    def release(self, course: Course) -> list[Path]:
        """Write the notebooks that hold exercises, and what is missing beside them.

        Returns:
            The files that were written. Settings and seed that exist are left alone.

        Raises:
            BadSource: a notebook's source has a fault; nothing is written then.
            OSError: the folder is read-only or the disk is full.
        """
        known = exercises()
        files = {
            self.notebook(source.name): course_edition(source, known)
            for source in course.read()
            if source.exercises()
        }
        stale = {
            path: text
            for path, text in files.items()
            if not path.exists() or path.read_text(encoding="utf-8") != text
        }
        for name, text in (
            ("nbgrader_config.py", _CONFIG),
            (".gitignore", _IGNORE),
            ("README.md", _README),
        ):
            if not (self.root / name).exists():
                stale[self.root / name] = text
        for path, text in stale.items():
            atomic.write_text(path, text)
        return sorted([*stale, *self._make_seed()])

    def _make_seed(self) -> list[Path]:
        if self.seed.exists():
            return []
        # private from its first moment, which a later chmod could not promise
        handle = os.open(self.seed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
        return [self.seed]
