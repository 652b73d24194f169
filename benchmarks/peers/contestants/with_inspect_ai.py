"""inspect_ai: a task with its own dataset, solver and scorer."""

import tempfile
import time

import inspect_ai
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import match
from inspect_ai.solver import generate
from task import ADDRESS, CONCURRENCY, MODEL, samples, tell

task = inspect_ai.Task(
    dataset=MemoryDataset([Sample(**sample) for sample in samples()], name="labels"),
    solver=generate(),
    scorer=match(location="exact"),
)
with tempfile.TemporaryDirectory() as logs:
    start = time.perf_counter()
    [log] = inspect_ai.eval(
        task,
        model=f"openai/{MODEL}",
        model_base_url=ADDRESS,
        model_args={"api_key": "none", "responses_api": False},
        max_connections=CONCURRENCY,
        max_samples=CONCURRENCY,
        display="none",
        log_dir=logs,
    )
    seconds = time.perf_counter() - start
    assert log.status == "success", log.error
    # the samples are read from the log
    tell(seconds, sum(sample.scores["match"].value == "C" for sample in log.samples))
