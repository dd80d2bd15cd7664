"""asyncio tasks that end at once: started, run and joined, in batches and all together."""
import asyncio
import time


async def finish():
    pass


async def spawn_and_join(count):
    await asyncio.gather(*[asyncio.create_task(finish()) for _ in range(count)])


async def measure(name, count, rounds):
    start = time.perf_counter()
    for _ in range(rounds):
        await spawn_and_join(count)
    print(f"{name} {(time.perf_counter() - start) / (count * rounds) * 1e9:.4g} ns")


async def main():
    await measure("task_spawn", 1000, 50)
    await measure("task_spawn_at_once", 100_000, 1)


asyncio.run(main())
