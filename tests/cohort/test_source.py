from __future__ import annotations

import pytest

from graders.cohort.source import BadSource, read

KNOWN = ["p9-double", "p9-rows"]

ANSWER = """# %% answer="p9-double"
def double(n):
    ### BEGIN SOLUTION
    return 2 * n
    ### END SOLUTION
"""
GRADE = """
# %% grade="p9-double"
check("p9-double", double)
"""


def source(tmp_path, text):
    path = tmp_path / "lesson.py"
    path.write_text(text)
    return path


def test_a_pair_of_answer_and_grade_cell_is_read(tmp_path):
    found = read(source(tmp_path, ANSWER + GRADE), KNOWN)
    assert found.name == "lesson"
    assert found.exercises() == ["p9-double"]
    assert [(c.role, c.line) for c in found.cells] == [("answer", 1), ("grade", 7)]
    assert found.cells[0].stubbed == "def double(n):\n    ..."
    assert found.cells[0].solved == "def double(n):\n    return 2 * n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("print('no cell')\n", 1, "no cell found"),
        ("x = 1\n# %%\ny = 2\n", 2, "above the first cell"),
        (ANSWER, 1, "the answer is never graded"),
        (GRADE, 2, "no cell above has `answer="),
        (GRADE.replace("p9-double", "p9-typo"), 2, "unknown exercise 'p9-typo'"),
        (GRADE + ANSWER, 2, "no cell above has"),
        (ANSWER + GRADE + GRADE, 10, "graded a second time; the first is on line 7"),
        (ANSWER.replace("    ### END SOLUTION\n", "") + GRADE, 1, "has no `### END SOLUTION`"),
        (ANSWER.replace("    ### BEGIN SOLUTION\n", "") + GRADE, 4, "do not alternate"),
        (ANSWER.replace("### BEGIN SOLUTION", "# BEGIN SOLUTION") + GRADE, 3, "write the marker"),
        (
            ANSWER.replace("    ### BEGIN SOLUTION\n", "").replace("    ### END SOLUTION\n", "")
            + GRADE,
            1,
            "learners would get the solution",
        ),
        ("# %%\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n", 2, "a cell that is no answer"),
        ("# %% answer='p9-rows' grade='p9-rows'\nx = 1\n", 1, "one role"),
        ('# %% [markdown] answer="p9-rows"\n# Text\n', 1, "must be a code cell"),
        ('# %% brief="p9-rows"\n', 1, "must be a markdown cell"),
        ('# %% [markdown] brief="p9-rows"\n# Text\n', 1, "leave its cell empty"),
        ('# %% anwser="p9-rows"\nx = 1\n', 1, "unknown cell metadata: anwser"),
        ("# %%\nx = (\n", 2, "not valid Python"),
        ("# %%\n### BEGIN HIDDEN TESTS\n", 2, "written by the build"),
        (ANSWER + GRADE.replace("check(", "print("), 7, "consists of one call"),
        (ANSWER + GRADE.replace('k("p9-double"', 'k("p9-rows"'), 7, "consists of one call"),
        (ANSWER + GRADE + "print(1)\n", 7, "consists of one call"),
        (
            '# %% answer="p9-rows"\n### BEGIN SOLUTION\nrows = []\n### END SOLUTION\n'
            '# %% grade="p9-rows"\ncheck("p9-rows", rows)\n',
            5,
            "no cell defines `rows`. Write `rows = ...` above",
        ),
    ],
)
def test_a_malformed_source_is_named_with_file_and_line(tmp_path, text, line, said):
    path = source(tmp_path, text)
    with pytest.raises(BadSource) as error:
        read(path, KNOWN)
    assert said in str(error.value)
    assert str(error.value).startswith(f"{path}:{line}: ")
