# Messages between two tasks: integers through a queue of 64.
import asyncio
import time

MESSAGES = 200000


async def produce(queue):
    for i in range(MESSAGES):
        await queue.put(i)


async def consume(queue):
    for _ in range(MESSAGES):
        await queue.get()


async def main():
    queue = asyncio.Queue(64)
    start = time.perf_counter()
    await asyncio.gather(produce(queue), consume(queue))
    took = time.perf_counter() - start
    for name in ("queue_tasks", "local_queue_tasks"):
        print(f"{name} {took / MESSAGES * 1e9:.4g} ns")


asyncio.run(main())
