"""The learner's own folder: notebooks, progress, and `feature/`, the small repo they build."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "EVALFIRST_WORKSPACE"


@dataclass(frozen=True)
class Workspace:
    """Paths inside one learner's workspace; nothing is created until something is written."""

    root: Path

    @classmethod
    def here(cls) -> Workspace:
        """Return the workspace named by `EVALFIRST_WORKSPACE`, else the notebook's own folder.

        A notebook opened in the course's `notebooks/` works in `workspace/` beside it, so that
        the files of the course stay as they were published.
        """
        if named := os.environ.get(VARIABLE):
            return cls(Path(named).expanduser().resolve())
        folder = Path.cwd().resolve()
        published = folder.name == "notebooks" and (folder / "source").is_dir()
        return cls(folder.parent / "workspace" if published else folder)

    @property
    def progress(self) -> Path:
        """The one progress store (SQLite)."""
        return self.root / "progress.sqlite"

    @property
    def feature(self) -> Path:
        """The learner's repo: feature code, prompts, evals, evidence."""
        return self.root / "feature"

    @property
    def evals(self) -> Path:
        """Eval sets (`*.jsonl`) with their cards (`*.card.md`)."""
        return self.feature / "evals"

    @property
    def prompts(self) -> Path:
        """Versioned prompts."""
        return self.feature / "prompts"

    @property
    def runs(self) -> Path:
        """Finished and unfinished eval runs, one JSONL file each."""
        return self.feature / "runs"

    @property
    def recordings(self) -> Path:
        """Exchanges with the model that the learner's own runs left behind."""
        return self.feature / "recordings"

    def evidence(self, criterion: str) -> Path:
        """The evidence file of one exit criterion, such as `1.2`."""
        return self.feature / "evidence" / f"{criterion}.json"
