"""No eval tool: AsyncOpenAI, a semaphore, and a comparison."""

import asyncio
import time

import openai
from task import ADDRESS, CONCURRENCY, MODEL, messages, samples, tell


async def main() -> None:
    """Ask about every sample and count the right answers."""
    client = openai.AsyncOpenAI(api_key="none", base_url=ADDRESS)
    free = asyncio.Semaphore(CONCURRENCY)

    async def right(sample: dict) -> bool:
        async with free:
            answer = await client.chat.completions.create(
                model=MODEL, messages=messages(sample["input"])
            )
        return answer.choices[0].message.content == sample["target"]

    given = samples()
    start = time.perf_counter()
    verdicts = await asyncio.gather(*map(right, given))
    tell(time.perf_counter() - start, sum(verdicts))


asyncio.run(main())
