"""The direction of imports, and what may import what."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# package of others -> the only place of ours that imports it
GATES = {
    "openai": "evalfirst.llm",
    "ipywidgets": "evalfirst.widgets",
    "anywidget": "evalfirst.widgets",
    "nbgrader": "graders.cohort",
    "xllamacpp": "evalfirst.llm",
}


def modules(package: str) -> list[tuple[str, ast.Module]]:
    return [
        (".".join(path.relative_to(ROOT).with_suffix("").parts), ast.parse(path.read_text()))
        for path in sorted((ROOT / package).rglob("*.py"))
    ]


def imported(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def test_evalfirst_never_imports_graders():
    found = modules("evalfirst")
    assert len(found) > 15
    for name, tree in found:
        assert not any(i.split(".")[0] == "graders" for i in imported(tree)), name


@pytest.mark.parametrize(("library", "home"), GATES.items())
def test_only_one_place_imports(library, home):
    users = {
        name
        for package in ("evalfirst", "graders")
        for name, tree in modules(package)
        if any(i.split(".")[0] == library for i in imported(tree))
    }
    assert users, f"nothing imports {library}: is the rule still needed?"
    assert all(name == home or name.startswith(home + ".") for name in users), users


def test_importing_evalfirst_loads_nothing_heavy():
    code = (
        "import sys, evalfirst.evals, evalfirst.stats, evalfirst.llm, evalfirst.widgets\n"
        "heavy = {'pandas', 'matplotlib', 'scipy', 'openai', 'ipywidgets', 'sqlalchemy', 'numpy'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
