import json

import pytest
import yaml

from evalfirst.evals import BadEvalSet, EvalSet, Sample, interchange

FORMATS = {
    "openai": (interchange.read_openai, interchange.write_openai),
    "inspect": (interchange.read_inspect, interchange.write_inspect),
    "csv": (interchange.read_csv, interchange.write_csv),
    "promptfoo": (interchange.read_promptfoo, interchange.write_promptfoo),
}

SAMPLES = EvalSet(
    (
        Sample("1", "Where is my invoice?\r\nThanks, Zoë", "billing", {"slices": ["short, odd"]}),
        Sample("2", [{"role": "system", "content": "Be kind"}, {"role": "user", "content": "Hi"}]),
        Sample("3", "2 + 2", 4, {"difficulty": 0.5, "reviewed": None, "note": ""}),
        Sample("4", "Which?", ["a", "b"], {"id": "old", "input": 3, "": "x", "metadata.a": "y"}),
        Sample("5", "Extract", {"total": 12.5, "paid": True}, {"a:json": "1", "choices": ["A"]}),
        Sample("6", "=1+1;\ttab", "4", {"nested": {"deep": [1, None, "x"]}}),
        Sample("7", "empty target", ""),
        Sample("8", "list of nothing", []),
    )
)


@pytest.mark.parametrize("name", FORMATS)
def test_a_round_trip_loses_nothing(name, tmp_path):
    read, write = FORMATS[name]
    again = read(write(SAMPLES, tmp_path / "set"))
    assert list(again) == list(SAMPLES)
    assert again.version == SAMPLES.version


@pytest.mark.parametrize("name", FORMATS)
def test_what_no_file_can_hold_is_named_and_nothing_is_written(name, tmp_path):
    bad = EvalSet(
        (
            Sample("nan", "x", float("nan")),
            Sample("half", "\ud800"),
            Sample("mine", "x", None, {"evalfirst": {}}),
        )
    )
    with pytest.raises(BadEvalSet) as error:
        FORMATS[name][1](bad, tmp_path / "set")
    assert [problem.split(":")[0] for problem in error.value.problems] == [
        "sample 'nan'",
        "sample 'half'",
        "sample 'mine'",
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_missing_file_says_so(name, tmp_path):
    with pytest.raises(FileNotFoundError, match="Check the path"):
        FORMATS[name][0](tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["openai", "inspect", "promptfoo"])
@pytest.mark.parametrize("theirs", [{"score": 1}, [], {}, None, "x"])
def test_a_field_of_our_name_that_is_not_ours_is_not_dropped(name, theirs, tmp_path):
    row = {"id": "1", "input": [{"role": "user", "content": "x"}], "vars": {"input": "x"}}
    row["metadata"] = {"evalfirst": theirs}
    path = tmp_path / "set.json"
    path.write_text(json.dumps([row] if name == "promptfoo" else row))
    with pytest.raises(BadEvalSet, match=r"'metadata\.evalfirst' is reserved"):
        FORMATS[name][0](path)


# --- OpenAI Evals


def test_openai_samples_as_the_registry_holds_them(tmp_path):
    path = tmp_path / "match.jsonl"
    line = {
        "input": [
            {"role": "system", "content": "Complete the phrase.", "name": "guide"},
            {"role": "user", "content": "Once upon a "},
        ],
        "ideal": ["time", "time,"],
        "difficulty": "easy",
    }
    path.write_text(json.dumps(line) + "\n")
    samples = interchange.read_openai(path)
    assert samples[0] == Sample(
        "match-1", line["input"], line["ideal"], {"openai_evals": {"difficulty": "easy"}}
    )
    written = interchange.write_openai(samples, tmp_path / "out.jsonl").read_text()
    assert json.loads(written) == {"id": "match-1", **line}


def test_every_ideal_is_text_and_every_input_messages(tmp_path):
    path = interchange.write_openai(SAMPLES, tmp_path / "out.jsonl")
    for line in path.read_text().split("\n")[:-1]:
        row = json.loads(line)
        assert all({"role", "content"} <= message.keys() for message in row["input"])
        ideal = row.get("ideal", "")
        assert all(isinstance(t, str) for t in (ideal if isinstance(ideal, list) else [ideal]))


def test_an_answer_changed_in_the_file_is_the_one_that_counts(tmp_path):
    path = interchange.write_openai(SAMPLES, tmp_path / "out.jsonl")
    path.write_text(
        path.read_text().replace(
            '"ideal": "4", "metadata": {"diff', '"ideal": "5", "metadata": {"diff'
        )
    )
    assert interchange.read_openai(path)[2].target == "5"


@pytest.mark.parametrize("name", ["openai", "inspect"])
def test_all_bad_lines_are_named_with_their_field(name, tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text(
        '{"id": "1", "input": "fine"}\n'
        '{"id": "1", "input": "again"}\n'
        '{"input": 5}\n'
        '{"input": "cut\n'
        '{"input": "x", "metadata": 7}\n'
        "[1]\n"
    )
    with pytest.raises(BadEvalSet) as error:
        FORMATS[name][0](path)
    told = "\n".join(error.value.problems)
    for part in (
        "line 2: field 'id': '1' stands at line 1 already",
        "line 3: field 'input'",
        "line 4: not JSON from column",
        "line 5: field 'metadata'",
        "line 6: [1] is no JSON object",
    ):
        assert part in told


# --- inspect_ai


def test_an_inspect_dataset_with_choices_and_a_number_for_id_comes_back(tmp_path):
    line = {
        "id": 1,
        "input": "Which planet is red?",
        "target": "B",
        "choices": ["Venus", "Mars"],
        "sandbox": "docker",
        "metadata": {"level": 2},
    }
    path = tmp_path / "planets.jsonl"
    path.write_text(json.dumps(line))
    samples = interchange.read_inspect(path)
    assert (samples[0].id, samples[0].target) == ("1", "B")
    assert samples[0].metadata["inspect_ai"]["choices"] == ["Venus", "Mars"]
    written = interchange.write_inspect(samples, tmp_path / "out.jsonl").read_text()
    assert json.loads(written) == line


# --- CSV


def test_a_table_from_a_european_spreadsheet_is_read(tmp_path):
    path = tmp_path / "tickets.csv"
    path.write_bytes(
        '\ufefffrage;antwort;slices;tier\r\n"Wo bleibt, bitte,\r\ndie Rechnung?";billing;'
        "typos, long;agency\r\nHallo;;;\r\n".encode()
    )
    samples = interchange.read_csv(path, input_column="frage", target_column="antwort")
    assert list(samples) == [
        Sample(
            "tickets-1",
            "Wo bleibt, bitte,\r\ndie Rechnung?",
            "billing",
            {"slices": ["typos", "long"], "tier": "agency"},
        ),
        Sample("tickets-2", "Hallo"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("question,target\nx,y\n", "row 1: no column 'input', only question, target"),
        ("input,target\nx\n", "row 2 (line 2): 1 cells under 2 headings"),
        ("input,n:json\nx,{\n", "row 2 (line 2): field 'n:json': not JSON"),
        ('input\n"x\n', "A quote may not be closed"),
        ("id,input\n1,x\n1,y\n", "row 3 (line 3): field 'id': '1' stands at row 2"),
        ("input,input:json\nx,1\n", "stands there twice"),
        ("input,target\n,y\n", "row 2 (line 2): field 'input': empty"),
    ],
)
def test_a_bad_table_names_row_line_and_column(text, said, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(BadEvalSet) as error:
        interchange.read_csv(path)
    assert said in str(error.value)


def test_texts_stay_plain_in_the_table(tmp_path):
    samples = EvalSet((Sample("1", "Hi", "other", {"tier": "agency"}), Sample("2", "Ho", "email")))
    text = interchange.write_csv(samples, tmp_path / "t.csv").read_text(encoding="utf-8")
    assert text.split("\n") == ["id,input,target,tier", "1,Hi,other,agency", "2,Ho,email,", ""]


def test_a_cell_longer_than_the_librarys_limit_is_read(tmp_path):
    samples = EvalSet((Sample("1", "x" * 200_000),))
    assert list(interchange.read_csv(interchange.write_csv(samples, tmp_path / "t.csv"))) == list(
        samples
    )


# --- promptfoo

CONFIG = """\
prompts: [file://prompt.txt]
providers: [openai:chat:small]
tests:
  - description: invoice lost
    vars:
      question: Where is my invoice?
      language: English
    assert:
      - type: icontains
        value: bill
      - type: equals
        value: billing
        weight: 2
    threshold: 0.5
    metadata:
      received: 2026-05-06
  - vars:
      question: Hello
"""


def test_a_promptfoo_configuration_is_read_and_its_tests_come_back(tmp_path):
    path = tmp_path / "promptfooconfig.yaml"
    path.write_text(CONFIG)
    samples = interchange.read_promptfoo(path, input_variable="question")
    assert [(s.id, s.input, s.target) for s in samples] == [
        ("invoice lost", "Where is my invoice?", "billing"),
        ("promptfooconfig-2", "Hello", None),
    ]
    assert samples[0].metadata["received"] == "2026-05-06"
    assert samples[0].metadata["promptfoo"]["vars"] == {"language": "English"}
    out = interchange.write_promptfoo(samples, tmp_path / "tests.yaml")
    first = yaml.safe_load(out.read_text())[0]
    original = yaml.safe_load(CONFIG)["tests"][0]
    assert {n: first[n] for n in ("description", "vars", "assert", "threshold")} == {
        n: original[n] for n in ("description", "vars", "assert", "threshold")
    }
    assert list(interchange.read_promptfoo(out, input_variable="question")) == list(samples)


def test_a_relabelled_test_keeps_its_other_assertions(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(CONFIG)
    old = interchange.read_promptfoo(path, input_variable="question")[0]
    new = EvalSet((Sample(old.id, old.input, "domains", old.metadata),))
    written = yaml.safe_load(interchange.write_promptfoo(new, tmp_path / "t.yaml").read_text())
    assert written[0]["assert"] == [
        {"type": "icontains", "value": "bill"},
        {"type": "equals", "weight": 2, "value": "domains"},
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tests: file://tests.csv\n", "line 1: field 'tests': not a list"),
        ("- vars: {a: x, b: y}\n", "line 1: field 'vars': which one is the input: a, b?"),
        ("- vars: {input: x}\n- hello\n", "line 2: not a test"),
        ("- vars: {input: [x, y]}\n", "write one test for each item of a list"),
        ("- vars: {input: 'file://x.txt'}\n", "promptfoo loads the text from file://x.txt"),
        ("- vars: {input: 'Hi {{name}}'}\n", "promptfoo would fill in"),
        ("- vars: {input: x}\n  assert: equals\n", "field 'assert'"),
        ("- vars: {input: x}\n  metadata: 5\n", "field 'metadata'"),
        ("- vars: {input: .inf}\n", "inf is no number"),
        ("- vars: {input: 'x}\n", "line "),
        ("defaultTest: {assert: []}\ntests: [{vars: {input: x}}]\n", "field 'defaultTest'"),
    ],
)
def test_a_bad_promptfoo_file_names_line_and_field(text, said, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(BadEvalSet) as error:
        interchange.read_promptfoo(path)
    assert said in str(error.value)
    assert all(problem.startswith("line ") for problem in error.value.problems)


def test_an_input_that_promptfoo_would_fill_in_is_named_and_not_written(tmp_path):
    samples = EvalSet(
        (Sample("a", "Hi {{name}}"), Sample("b", "file://x"), Sample("c", "package:x"))
    )
    with pytest.raises(BadEvalSet) as error:
        interchange.write_promptfoo(samples, tmp_path / "t.yaml")
    assert [problem.split(":")[0] for problem in error.value.problems] == [
        "sample 'a'",
        "sample 'b'",
        "sample 'c'",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_promptfoo_would_fill_in_is_masked(tmp_path):
    targets = ["{{name}}", "{% if x %}{#", "file://x", ["a{{{b", "file://c"], '{{ "x" }}']
    samples = EvalSet(tuple(Sample(str(n), "x", target) for n, target in enumerate(targets)))
    path = interchange.write_promptfoo(samples, tmp_path / "t.yaml")
    assert [test["assert"][0]["value"] for test in yaml.safe_load(path.read_text())][:3] == [
        '{{ "{" }}{name}}',
        '{{ "{" }}% if x %}{{ "{" }}#',
        '{{ "file://" }}x',
    ]
    assert list(interchange.read_promptfoo(path)) == list(samples)


def test_a_text_that_another_yaml_reads_as_a_number_is_quoted(tmp_path):
    samples = EvalSet(tuple(Sample(text, text, text) for text in ("1e3", "0o17", ".5e3", "+1_0")))
    written = interchange.write_promptfoo(samples, tmp_path / "t.yaml").read_text()
    assert written.count('"') == 2 * 4 * 4  # description, input, target, id in the metadata


# --- The card


@pytest.mark.parametrize("name", FORMATS)
def test_a_card_stands_beside_the_file_and_comes_back(name, tmp_path):
    read, write = FORMATS[name]
    path = write(
        EvalSet((Sample("1", "x", "y"),), "set", "# Why\n\nTaken from tickets."), tmp_path / "set.x"
    )
    assert (tmp_path / "set.card.md").read_text() == "# Why\n\nTaken from tickets."
    assert read(path).card == "# Why\n\nTaken from tickets."


# --- A task for inspect_ai

LABELLED = EvalSet(
    (
        Sample("1", "Where is my invoice?", "billing"),
        Sample("2", [{"role": "user", "content": "Hi"}], ["other", "email"]),
    ),
    "triage",
)


def test_a_task_names_its_dataset_scorer_and_system_message(tmp_path):
    path = interchange.write_inspect_task(
        LABELLED, tmp_path / "my-triage.py", scorer="includes", system='Say {one} "word"'
    )
    told = path.read_text()
    assert "def my_triage() -> Task:" in told
    assert "system_message('Say {{one}} \"word\"'), generate()" in told
    assert "scorer=includes()" in told
    compile(told, str(path), "exec")
    assert list(interchange.read_inspect(tmp_path / "my-triage.jsonl")) == list(LABELLED)


def test_a_set_with_choices_becomes_a_multiple_choice_task(tmp_path):
    asked = Sample("1", "Which?", "B", {"inspect_ai": {"choices": ["Venus", "Mars"]}})
    told = interchange.write_inspect_task(EvalSet((asked,)), tmp_path / "t.py").read_text()
    assert "solver=[multiple_choice()]" in told
    assert "scorer=choice()" in told


def test_what_inspect_would_refuse_is_named_and_nothing_is_written(tmp_path):
    samples = EvalSet(
        (
            Sample("none", "x"),
            Sample("role", [{"role": "developer", "content": "x"}], "y"),
            Sample("parts", [{"role": "user", "content": None}], "y"),
        )
    )
    with pytest.raises(BadEvalSet) as error:
        interchange.write_inspect_task(samples, tmp_path / "t.py")
    assert [problem.split(":")[1] for problem in error.value.problems] == [
        " field 'target'",
        " field 'input[0].role'",
        " field 'input[0].content'",
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "scorer", "said"),
    [("t.py", "nice", "scorer must be one of exact"), ("t.txt", "exact", "a Python file")],
)
def test_a_task_that_could_not_run_is_refused(name, scorer, said, tmp_path):
    with pytest.raises(ValueError, match=said):
        interchange.write_inspect_task(LABELLED, tmp_path / name, scorer=scorer)


# --- Files of other names


def test_a_dataset_not_named_jsonl_is_one_list_as_inspect_reads_it(tmp_path):
    path = interchange.write_inspect(SAMPLES, tmp_path / "set.json")
    assert len(json.loads(path.read_text())) == len(SAMPLES)
    assert list(interchange.read_inspect(path)) == list(SAMPLES)


def test_an_empty_set_is_no_task(tmp_path):
    with pytest.raises(BadEvalSet, match="is empty"):
        interchange.write_inspect_task(EvalSet(()), tmp_path / "t.py")
