"""A submission as an archive: packed by the learner, collected by the instructor."""

from __future__ import annotations

import errno
import lzma
import shutil
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evalfirst.workspace import Workspace
    from graders.cohort.directory import CourseDirectory

# Far above any honest submission; a small archive can unpack to a full disk.
_MEGABYTES = 200
_FILES = 5000

# Caches, a repo's history, and editors' leavings: large, and nothing that is graded.
_SKIPPED = {".git", ".ipynb_checkpoints", "__pycache__", ".venv", ".pytest_cache", ".DS_Store"}

FEATURE = "feature"


class CannotPack(RuntimeError):
    """There is nothing to pack; the message says what is missing and where."""


class BadArchive(ValueError):
    """An archive is no submission that can be collected; the message says why."""


@dataclass(frozen=True)
class Packed:
    """A finished archive."""

    path: Path
    files: int
    feature: bool


def pack(workspace: Workspace, name: str, to: Path | None = None) -> Packed:
    """Put a notebook and the `feature/` folder into one archive.

    Args:
        workspace: whose work it is.
        name: the notebook's name, such as `phase_1_ship`.
        to: the archive; by default `<name>.zip` in the workspace.

    Raises:
        CannotPack: the workspace holds no such notebook.
        OSError: the archive cannot be written; an older one is then untouched.
    """
    name = name.removesuffix(".ipynb")
    notebook = workspace.root / f"{name}.ipynb"
    if not notebook.is_file():
        found = ", ".join(sorted(path.stem for path in workspace.root.glob("*.ipynb")))
        raise CannotPack(
            f"no {name}.ipynb in {workspace.root}. "
            + (f"There are: {found}." if found else "There is no notebook at all. ")
            + " Run the command in your workspace, or name it with --workspace."
        )
    target = to or workspace.root / f"{name}.zip"
    files = [notebook, *_files(workspace.feature)]
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".tmp", delete=False) as part:
        try:
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
                for path in files:
                    archive.write(path, path.relative_to(workspace.root).as_posix())
            part.close()
            Path(part.name).replace(target)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
    return Packed(target, len(files), workspace.feature.is_dir())


def collect(
    directory: CourseDirectory, name: str, archive: Path, student: str, *, replace: bool = False
) -> Path:
    """Unpack one learner's archive to where nbgrader looks for it, and return that folder.

    Only the notebook and `feature/` are taken, from wherever in the archive they lie together.

    Raises:
        BadArchive: it is no archive, too large, unsafe, or without the notebook; or the learner
            has a submission already and `replace` is false. Nothing is changed then.
        OSError: the folder is read-only or the disk is full.
    """
    if not student or student.startswith(".") or any(c in student for c in "/\\+"):
        raise BadArchive(f"{archive}: {student!r} cannot be a learner's name.")
    target = directory.submission(student, name)
    if target.exists() and not replace:
        raise BadArchive(
            f"{archive}: {student} has a submission of {name} already. Add --replace to take this "
            "one instead."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    # unpacked beside its place, so that a half-unpacked submission is never graded
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".collecting-") as waiting:
        unpacked = Path(waiting) / name
        _unpack(archive, name, unpacked)
        when = datetime.fromtimestamp(archive.stat().st_mtime, UTC)
        # nbgrader's own form; it decides what came late
        (unpacked / "timestamp.txt").write_text(
            when.strftime("%Y-%m-%d %H:%M:%S.%f UTC"), encoding="utf-8"
        )
        before = Path(waiting) / "before"
        if target.exists():
            target.replace(before)
        try:
            unpacked.replace(target)
        except OSError:
            if before.exists():
                before.replace(target)
            raise
    return target


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        # a link could take along what lies outside the workspace
        if path.is_file() and not path.is_symlink() and _SKIPPED.isdisjoint(inside):
            yield path


def _unpack(archive: Path, name: str, to: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as packed:
            members = [m for m in packed.infolist() if not m.is_dir()]
            home = _home(archive, name, members)
            for member in members:
                inside = _inside(member.filename, home)
                if inside is None or not (
                    inside.parts == (f"{name}.ipynb",) or inside.parts[:1] == (FEATURE,)
                ):
                    continue
                if not _SKIPPED.isdisjoint(inside.parts):
                    continue
                path = to / inside
                path.parent.mkdir(parents=True, exist_ok=True)
                with packed.open(member) as source, path.open("wb") as target:
                    shutil.copyfileobj(source, target)
    except FileNotFoundError as error:
        raise BadArchive(f"{archive}: there is no such file.") from error
    except BadArchive:
        raise
    except (
        # one name for a file and a folder
        FileExistsError,
        IsADirectoryError,
        NotADirectoryError,
        lzma.LZMAError,
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ValueError,
    ) as error:
        raise BadArchive(f"{archive}: cannot be unpacked as a zip archive ({error}).") from error
    except OSError as error:
        # a full disk is no fault of the archive; a name too long, or a place before its start, is
        if error.errno not in (errno.ENAMETOOLONG, errno.EINVAL):
            raise
        raise BadArchive(f"{archive}: cannot be unpacked ({error.strerror}).") from error


def _home(archive: Path, name: str, members: list[zipfile.ZipInfo]) -> PurePosixPath:
    """Return the folder inside the archive that holds the notebook, the shallowest one."""
    size = sum(member.file_size for member in members)
    if size > _MEGABYTES * 1_000_000 or len(members) > _FILES:
        raise BadArchive(
            f"{archive}: unpacks to {len(members)} files and {size / 1e6:.0f} MB; at most {_FILES} "
            f"files and {_MEGABYTES} MB are taken. Ask for one without large files in {FEATURE}/."
        )
    homes = []
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in "".join(path.parts[:1]):
            raise BadArchive(f"{archive}: {member.filename!r} points outside the archive.")
        if path.name == f"{name}.ipynb" and _SKIPPED.isdisjoint(path.parts):
            homes.append(path.parent)
    if not homes:
        raise BadArchive(f"{archive}: no {name}.ipynb inside.")
    return min(homes, key=lambda home: (len(home.parts), str(home)))


def _inside(filename: str, home: PurePosixPath) -> PurePosixPath | None:
    path = PurePosixPath(filename.replace("\\", "/"))
    return path.relative_to(home) if path.is_relative_to(home) else None
