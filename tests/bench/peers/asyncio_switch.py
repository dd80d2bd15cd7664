"""Two asyncio tasks hand the loop to each other with sleep(0)."""
import asyncio
import time

SWITCHES = 100_000


async def take_turns():
    for _ in range(SWITCHES):
        await asyncio.sleep(0)


async def main():
    start = time.perf_counter()
    await asyncio.gather(take_turns(), take_turns())
    return (time.perf_counter() - start) / (2 * SWITCHES)


print(f"task_switch {asyncio.run(main()) * 1e9:.4g} ns")
