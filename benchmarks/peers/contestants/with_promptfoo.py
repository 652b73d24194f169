"""promptfoo, by its command line as people use it; the fourth argument is the program."""

import json
import subprocess
import sys
from pathlib import Path

from task import ADDRESS, CONCURRENCY, MODEL, samples, tell

config = {
    "prompts": ["{{input}}"],
    "providers": [
        {"id": f"openai:chat:{MODEL}", "config": {"apiBaseUrl": ADDRESS, "apiKey": "none"}}
    ],
    "tests": [
        {
            "description": sample["id"],
            "vars": {"input": sample["input"]},
            "assert": [{"type": "equals", "value": sample["target"]}],
        }
        for sample in samples()
    ],
}
# JSON is YAML
Path("promptfooconfig.yaml").write_text(json.dumps(config), encoding="utf-8")
done = subprocess.run(
    [
        *(sys.argv[4], "eval", "--max-concurrency", str(CONCURRENCY), "--output", "report.json"),
        *("--no-cache", "--no-table", "--no-progress-bar"),
    ],
    capture_output=True,
    text=True,
    check=False,
)
failed_tests = 100
if done.returncode not in (0, failed_tests):
    sys.exit(done.stdout + done.stderr)
stats = json.loads(Path("report.json").read_text(encoding="utf-8"))["results"]["stats"]
# what it measures itself around the eval; its start and the report are in the process's seconds
tell(stats["durationMs"] / 1000, stats["successes"])
