"""Any archive is collected or refused, and nothing of it lands outside the submission."""

import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalfirst.workspace import Workspace
from graders.cohort.directory import CourseDirectory
from graders.cohort.submission import BadArchive, collect, pack

NAME = "phase_9_try"
NOTEBOOK = f"{NAME}.ipynb"
PART = st.sampled_from(
    [
        NOTEBOOK,
        "feature",
        "evals",
        "a",
        "..",
        ".",
        "",
        "C:",
        "nul\x00",
        "x" * 300,
        ".git",
        "é",
        "a ",
    ]
)
PATHS = st.lists(PART, min_size=1, max_size=4).map("/".join) | st.text(max_size=8)
MEMBERS = st.lists(st.tuples(PATHS, st.binary(max_size=20)), max_size=4)
COMPRESSION = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])


def packed(members, compression=zipfile.ZIP_DEFLATED):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name or "_"), data, compression)
    return content.getvalue()


@st.composite
def archives(draw):
    """Archives as they are, with some bytes changed, or cut off; and what is none."""
    members = [(NOTEBOOK, b"{}")] * draw(st.booleans()) + draw(MEMBERS)
    # the library that writes the archive ends a name at a null character
    once = {name.split("\x00")[0]: (name, data) for name, data in members}
    content = bytearray(packed(once.values(), draw(COMPRESSION)))
    for place, byte in draw(st.lists(st.tuples(st.integers(0), st.integers(0, 255)), max_size=3)):
        content[place % len(content)] = byte
    cut = draw(st.just(len(content)) | st.integers(0, len(content)))
    return bytes(content[:cut]) if draw(st.integers(0, 9)) else draw(st.binary())


@settings(max_examples=200)
@given(content=archives())
def test_any_archive_is_collected_or_refused_and_nothing_lands_outside(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("collect")
    directory = CourseDirectory(folder / "cohort")
    archive = folder / "ada.zip"
    archive.write_bytes(content)
    try:
        target = collect(directory, NAME, archive, "ada")
    except BadArchive as error:
        said = str(error)
    else:
        said = ""
        assert (target / NOTEBOOK).is_file()
        inside = {path.relative_to(target).parts[0] for path in target.rglob("*")}
        assert inside <= {NOTEBOOK, "feature", "timestamp.txt"}
    assert not said or str(archive) in said
    left = {path.name for path in folder.iterdir()}
    assert left <= {"ada.zip", "cohort"}
    if said:
        assert not [path for path in folder.rglob("*") if path.is_file() and path != archive]


FILE_NAMES = st.text("abé .-_", min_size=1, max_size=5).filter(lambda n: n.strip(". ") == n)


@settings(max_examples=30)
@given(files=st.dictionaries(FILE_NAMES, st.binary(max_size=50), max_size=3))
def test_what_a_learner_packs_is_collected_byte_for_byte(tmp_path_factory, files):
    folder = tmp_path_factory.mktemp("pack")
    workspace = Workspace(folder / "workspace")
    workspace.feature.mkdir(parents=True)
    (workspace.root / NOTEBOOK).write_text(json.dumps({"cells": []}))
    for name, content in files.items():
        (workspace.feature / name).write_bytes(content)
    made = pack(workspace, NAME)
    assert made.files == len(files) + 1
    target = collect(CourseDirectory(folder / "cohort"), NAME, made.path, "ada")
    found = (
        {path.name: path.read_bytes() for path in (target / "feature").rglob("*")} if files else {}
    )
    assert found == files


def test_a_name_that_is_a_file_and_a_folder_is_refused(tmp_path):
    path = tmp_path / "ada.zip"
    path.write_bytes(packed([(NOTEBOOK, b"{}"), ("feature/a", b""), ("feature/a/b", b"")]))
    with pytest.raises(BadArchive, match="cannot be unpacked"):
        collect(CourseDirectory(tmp_path / "cohort"), NAME, path, "ada")
