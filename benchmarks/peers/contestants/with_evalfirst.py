"""evalfirst, with its own client, which counts what every sample costs."""

import os
import time

from task import ADDRESS, CONCURRENCY, MODEL, messages, samples, tell

from evalfirst import llm
from evalfirst.evals import EvalSet, Sample, run
from evalfirst.evals.scorers import exact

os.environ |= {"OPENAI_BASE_URL": ADDRESS, "OPENAI_API_KEY": "none"}
client = llm.async_client()


async def feature(text: str) -> str | None:
    """Return the label of a text."""
    answer = await client.chat.completions.create(model=MODEL, messages=messages(text))
    return answer.choices[0].message.content


given = EvalSet(tuple(Sample(**sample) for sample in samples()))
start = time.perf_counter()
result = run(feature, given, [exact()], concurrency=CONCURRENCY)
seconds = time.perf_counter() - start
failures = [r.failure for r in result.results if r.failure]
assert not failures, failures[0]
tell(seconds, sum(r.scores["exact"].value == 1 for r in result.results))
