"""Write the files beside this script with the evals package, as README.md says."""

import logging
import os
from pathlib import Path

os.environ.setdefault("OPENAI_API_KEY", "none")  # the package makes a client when it is imported

import evals.elsuite.basic.match
from evals.api import CompletionFn
from evals.base import RunSpec
from evals.data import jsondumps
from evals.prompt.base import chat_prompt_to_text_prompt, is_chat_prompt
from evals.record import DummyRecorder

HERE = Path(__file__).parent
SAMPLES = [
    {
        "input": [
            {"role": "system", "content": "Complete the phrase as concisely as possible."},
            {"role": "user", "content": "Once upon a "},
        ],
        "ideal": "time",
    },
    {
        "input": [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "system", "content": "Where is my invoice?", "name": "example_user"},
            {"role": "system", "content": "billing", "name": "example_assistant"},
            {"role": "user", "content": "Zoë cannot log in"},
        ],
        "ideal": ["access", "login"],
        "difficulty": 2,
    },
    {
        "input": [{"role": "user", "content": "2 + 2\n= "}],
        "ideal": ["4"],
        "metadata": {"slices": ["arithmetic"], "source": {"page": 3, "seen": None}},
    },
]


class Asked:
    """The answer of a model that says what it was asked."""

    def __init__(self, prompt):
        self.prompt = prompt

    def get_completions(self):
        assert is_chat_prompt(self.prompt)
        return [chat_prompt_to_text_prompt(self.prompt)]


class Echo(CompletionFn):
    """A scripted model."""

    def __call__(self, prompt, **_):
        return Asked(prompt)


def main() -> None:
    """Write the samples with the package's writer, once its own eval has run them."""
    logging.disable()
    path = HERE / "samples.jsonl"
    path.write_text("".join(jsondumps(sample) + "\n" for sample in SAMPLES), encoding="utf-8")
    spec = RunSpec(["echo"], "match.all.v0", "match", "all", {}, "tests")
    recorder = DummyRecorder(run_spec=spec, log=False)
    match = evals.elsuite.basic.match.Match(
        [Echo()], str(path), eval_registry_path=HERE, name="match.all.v0"
    )
    report = match.run(recorder)
    assert report["accuracy"] == 0.0, report


if __name__ == "__main__":
    main()
