"""Write the files beside this script with inspect_ai's own classes, as README.md says."""

import json
import shutil
import sys
from pathlib import Path

import inspect_ai
import jsonlines
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import write_eval_log
from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser
from inspect_ai.scorer import exact

HERE = Path(__file__).parent
SAMPLES = [
    Sample(input="Where is my invoice?\r\nThanks, Zoë", target="billing", id="T-1"),
    Sample(input="No id here", target=""),
    Sample(input="Which planet is red?", choices=["Venus", "Mars"], target="B", id=3),
    Sample(
        input=[
            ChatMessageSystem(content="Be kind."),
            ChatMessageUser(content="Hi {{name}}"),
            ChatMessageAssistant(content="Hello. How can I help?"),
            ChatMessageUser(content="I cannot log in."),
        ],
        target=["access", "login"],
        id="T-4",
        metadata={"slices": ["chat"], "level": 2, "nested": {"a": [1, None]}},
        files={"log.txt": "data:text/plain;base64,aGk="},
        setup="echo ready",
    ),
]


def main(address: str) -> None:
    """Write a dataset in both forms, and the log of a run against the server at `address`."""
    whole = [sample.model_dump(mode="json") for sample in SAMPLES]
    short = [sample.model_dump(mode="json", exclude_none=True) for sample in SAMPLES]
    with jsonlines.open(HERE / "samples.jsonl", "w") as lines:
        lines.write_all(whole)
    (HERE / "samples.json").write_text(json.dumps(short, indent=2) + "\n", encoding="utf-8")
    # files and set-up need a sandbox to run in
    run = [s.model_copy(update={"files": None, "setup": None}) for s in SAMPLES]
    logs = HERE / "logs"
    [log] = inspect_ai.eval(
        inspect_ai.Task(dataset=MemoryDataset(run, name="samples"), scorer=exact(), epochs=2),
        model="openai/scripted",
        model_base_url=address,
        model_args={"api_key": "none", "responses_api": False},
        log_dir=str(logs),
        log_format="json",
        display="none",
    )
    assert log.status == "success", log.error
    for sample in log.samples:
        sample.events = []  # most of the file, and nothing of the dataset
    log.eval.revision = None
    write_eval_log(log, str(HERE / "log.json"), format="json")
    shutil.rmtree(logs)


if __name__ == "__main__":
    main(sys.argv[1])
