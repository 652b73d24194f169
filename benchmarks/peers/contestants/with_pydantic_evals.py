"""pydantic-evals: a dataset of cases with its own EqualsExpected."""

import time

import openai
from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import EqualsExpected
from task import ADDRESS, CONCURRENCY, MODEL, messages, samples, tell

client = openai.AsyncOpenAI(api_key="none", base_url=ADDRESS)


async def feature(text: str) -> str | None:
    """Return the label of a text."""
    answer = await client.chat.completions.create(model=MODEL, messages=messages(text))
    return answer.choices[0].message.content


dataset = Dataset(
    name="labels",
    cases=[Case(name=s["id"], inputs=s["input"], expected_output=s["target"]) for s in samples()],
    evaluators=[EqualsExpected()],
)
start = time.perf_counter()
report = dataset.evaluate_sync(feature, max_concurrency=CONCURRENCY, progress=False)
seconds = time.perf_counter() - start
assert not report.failures, report.failures[0]
tell(seconds, sum(case.assertions["EqualsExpected"].value for case in report.cases))
