"""The other tools read what the interchange writes, and see the same samples.

Each tool is installed in an environment of its own where it is not there yet; where that fails,
these tests fail: a proof that did not run is none.
"""

import json
import subprocess

import pytest
import yaml

from benchmarks.peers import install, server
from evalfirst.evals import EvalSet, Sample, interchange
from tests.evals.nasty_texts import TEXTS

# one worker, so that a tool is installed once
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("real_tools")]

TARGETS = [
    *TEXTS,
    "{{name}}",
    "{% if x %}{# y #}",
    "{{{a}}}",
    "only the end #} %} }}",
    "file://x.txt",
    "package:x",
    '{{ "x" }}',
]
SAMPLES = EvalSet(
    (
        *(
            Sample(f"text-{n}", text, text, {"slices": ["odd"], "note": text})
            for n, text in enumerate(TEXTS)
        ),
        Sample(
            "chat",
            [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi {name}"}],
            ["a", "b"],
        ),
        Sample("number", "2 + 2", 4, {"difficulty": 0.5, "reviewed": None}),
        Sample("json", "Extract", {"total": 12.5, "paid": True}),
    ),
    "odd",
)


@pytest.fixture(scope="module")
def tool():
    """Run a program of a tool and return what it printed."""

    def run(name, command, *arguments, cwd, **environment):
        install.install(name)
        done = subprocess.run(
            [install.program(name, command), *arguments],
            cwd=cwd,
            env={**install.quiet_environment(cwd), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 100), done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def address():
    with server.running() as address:
        yield address


def shown(target):
    """Return a target as tools whose targets are texts have it."""
    return target if isinstance(target, (str, list)) else json.dumps(target)


# --- inspect_ai


def inspect_log(tool, address, task, folder):
    tool(
        *("inspect_ai", "inspect", "eval", task.name, "--model", "openai/scripted"),
        *("--model-base-url", address, "-M", "responses_api=false", "-M", "api_key=none"),
        *("--log-dir", "logs", "--log-format", "json", "--display", "none"),
        cwd=folder,
    )
    [log] = (folder / "logs").glob("*.json")
    return log, json.loads(log.read_text(encoding="utf-8"))


def test_inspect_runs_the_task_and_sees_the_samples(tool, address, tmp_path):
    task = interchange.write_inspect_task(
        SAMPLES, tmp_path / "odd.py", scorer="includes", system="Answer {briefly}."
    )
    before = server.asked(address)
    path, log = inspect_log(tool, address, task, tmp_path)
    assert log["status"] == "success", log.get("error")
    assert server.asked(address) - before == len(SAMPLES)
    seen = {sample["id"]: sample for sample in log["samples"]}
    assert seen.keys() == {sample.id for sample in SAMPLES}
    for sample in SAMPLES:
        assert seen[sample.id]["target"] == shown(sample.target)
        own = sample.input if isinstance(sample.input, list) else []
        contents = [message["content"] for message in own] or [sample.input]
        system = sum(message["role"] == "system" for message in own)
        contents.insert(system, "Answer {briefly}.")
        sent = [message["content"] for message in seen[sample.id]["messages"]]
        assert sent[:-1] == contents  # the last one is the answer
    # ... and its log gives back what we wrote
    again = {sample.id: sample for sample in interchange.read_inspect(path)}
    for sample in SAMPLES:
        assert again[sample.id].target == sample.target
        assert again[sample.id].metadata == sample.metadata


def test_inspects_verdict_on_the_task_is_the_one_that_the_target_means(tool, address, tmp_path):
    # the server answers with the last word
    samples = EvalSet(
        (
            Sample("right", "The label is billing", "billing"),
            Sample("one of two", "The label is login", ["access", "login"]),
            Sample("wrong", "The label is email", "billing"),
        )
    )
    task = interchange.write_inspect_task(samples, tmp_path / "labels.py")
    _, log = inspect_log(tool, address, task, tmp_path)
    verdicts = {s["id"]: s["scores"]["exact"]["value"] for s in log["samples"]}
    assert {i: v in ("C", 1, 1.0) for i, v in verdicts.items()} == {
        "right": True,
        "one of two": True,
        "wrong": False,
    }


def test_inspect_runs_a_multiple_choice_task(tool, address, tmp_path):
    extra = {"inspect_ai": {"choices": ["Venus", "Mars"]}}
    asked = EvalSet((Sample("1", "Which planet is red?", "B", extra),))
    task = interchange.write_inspect_task(asked, tmp_path / "planets.py")
    _, log = inspect_log(tool, address, task, tmp_path)
    assert log["status"] == "success", log.get("error")
    [sample] = log["samples"]
    assert sample["choices"] == ["Venus", "Mars"]
    assert "B) Mars" in sample["messages"][0]["content"]


# --- promptfoo

# it keeps what it was sent, and answers with the text of that number in answers.json
MODEL = """\
const fs = require("fs");
const answers = require("./answers.json");
module.exports = class {
  id() { return "scripted"; }
  async callApi(prompt, context) {
    fs.appendFileSync(__dirname + "/sent.jsonl", JSON.stringify([context.vars, prompt]) + "\\n");
    return { output: answers[prompt] ?? prompt };
  }
};
"""


def promptfoo_results(tool, folder, tests, answers):
    """Return what promptfoo says of each test, and the variables and prompts that it sent."""
    (folder / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
    (folder / "model.js").write_text(MODEL, encoding="utf-8")
    config = {"prompts": ["{{input}}"], "providers": ["file://model.js"]}
    config["tests"] = f"file://{tests.name}"
    (folder / "promptfooconfig.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    assert "Configuration is valid" in tool("promptfoo", "promptfoo", "validate", cwd=folder)
    options = ("--no-cache", "--no-table", "--no-progress-bar", "-o", "out.json")
    tool("promptfoo", "promptfoo", "eval", *options, cwd=folder)
    report = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    sent = (folder / "sent.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    return report["results"]["results"], [json.loads(line) for line in sent]


def reported(value):
    """Return a value as promptfoo's report shows it: a text that is a JSON list has no gaps."""
    if isinstance(value, dict):
        return {name: reported(inner) for name, inner in value.items()}
    return "[1,2]" if value == "[1, 2]" else value


def test_promptfoo_sees_the_samples_and_sends_the_inputs(tool, tmp_path):
    tests = interchange.write_promptfoo(SAMPLES, tmp_path / "tests.yaml")
    results, sent = promptfoo_results(tool, tmp_path, tests, {})
    cases = {result["testCase"]["description"]: result["testCase"] for result in results}
    assert cases.keys() == {sample.id for sample in SAMPLES}
    for sample in SAMPLES:
        case = cases[sample.id]
        facts = {name: case["metadata"][name] for name in sample.metadata}
        assert facts == reported(sample.metadata)
        if isinstance(sample.target, (str, list, dict)):
            assert case["assert"][0]["value"] == reported(sample.target)
    texts = [sample.input for sample in SAMPLES if isinstance(sample.input, str)]
    messages = [sample.input for sample in SAMPLES if not isinstance(sample.input, str)]
    prompts = [prompt for _, prompt in sent]
    assert set(texts) <= set(prompts)
    assert [json.loads(prompt) for prompt in set(prompts) - set(texts)] == messages
    # the model says its input again, so that these targets are right and the others wrong
    right = {r["testCase"]["description"] for r in results if r["success"]}
    assert right == {sample.id for sample in SAMPLES if sample.id.startswith("text-")}


def test_promptfoo_fills_a_masked_target_in_to_what_it_was(tool, tmp_path):
    samples = EvalSet(tuple(Sample(f"t-{n}", f"no {n}", text) for n, text in enumerate(TARGETS)))
    tests = interchange.write_promptfoo(samples, tmp_path / "tests.yaml")
    answers = {f"no {n}": text for n, text in enumerate(TARGETS)}
    results, _ = promptfoo_results(tool, tmp_path, tests, answers)
    assert {r["testCase"]["description"]: r["error"] for r in results if not r["success"]} == {}
    assert len(results) == len(TARGETS)


# --- OpenAI Evals

REGISTRY = """\
odd:
  id: odd.test.v0
  metrics: [accuracy]
odd.test.v0:
  class: evals.elsuite.basic.match:Match
  args: {{samples_jsonl: "{path}"}}
"""


def test_openai_evals_runs_the_samples_and_records_them(tool, address, tmp_path):
    samples = interchange.write_openai(SAMPLES, tmp_path / "odd.jsonl")
    (tmp_path / "evals").mkdir()
    (tmp_path / "evals" / "odd.yaml").write_text(REGISTRY.format(path=samples), encoding="utf-8")
    before = server.asked(address)
    tool(
        *("openai_evals", "oaieval", "gpt-3.5-turbo", "odd", "--record_path", "record.jsonl"),
        *("--registry_path", str(tmp_path)),
        cwd=tmp_path,
        OPENAI_API_KEY="none",
        OPENAI_BASE_URL=address,
    )
    assert server.asked(address) - before == len(SAMPLES)
    events = [
        json.loads(line)
        for line in (tmp_path / "record.jsonl").read_text(encoding="utf-8").split("\n")
        if line
    ]
    expected = [e["data"]["expected"] for e in events if e.get("type") == "match"]
    prompts = [e["data"]["prompt"] for e in events if e.get("type") == "sampling"]
    assert sorted(map(json.dumps, expected)) == sorted(
        json.dumps(shown(sample.target)) for sample in SAMPLES
    )
    assert sorted(map(json.dumps, prompts)) == sorted(
        json.dumps([{"role": "user", "content": s.input}] if isinstance(s.input, str) else s.input)
        for s in SAMPLES
    )
