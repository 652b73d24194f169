"""deepeval: it judges outputs that the feature made before, so that asking is part of the eval."""

import asyncio
import time

import openai
from deepeval import evaluate
from deepeval.evaluate import AsyncConfig, CacheConfig, DisplayConfig
from deepeval.metrics import ExactMatchMetric
from deepeval.test_case import LLMTestCase
from task import ADDRESS, CONCURRENCY, MODEL, messages, samples, tell


async def cases(given: list[dict]) -> list[LLMTestCase]:
    """Ask about every sample."""
    client = openai.AsyncOpenAI(api_key="none", base_url=ADDRESS)
    free = asyncio.Semaphore(CONCURRENCY)

    async def case(sample: dict) -> LLMTestCase:
        async with free:
            answer = await client.chat.completions.create(
                model=MODEL, messages=messages(sample["input"])
            )
        return LLMTestCase(
            input=sample["input"],
            actual_output=answer.choices[0].message.content,
            expected_output=sample["target"],
        )

    return await asyncio.gather(*map(case, given))


given = samples()
start = time.perf_counter()
result = evaluate(
    asyncio.run(cases(given)),
    [ExactMatchMetric()],
    async_config=AsyncConfig(max_concurrent=CONCURRENCY),
    display_config=DisplayConfig(
        show_indicator=False, print_results=False, inspect_after_run=False
    ),
    cache_config=CacheConfig(write_cache=False),
)
tell(time.perf_counter() - start, sum(test.success for test in result.test_results))
