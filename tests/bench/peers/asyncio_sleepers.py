"""100 000 asyncio tasks sleep one second: what it takes beyond that second, for each."""
import asyncio
import time

COUNT = 100_000
SECONDS = 1


async def main():
    start = time.perf_counter()
    await asyncio.gather(*[asyncio.create_task(asyncio.sleep(SECONDS)) for _ in range(COUNT)])
    return (time.perf_counter() - start - SECONDS) / COUNT


print(f"sleepers {asyncio.run(main()) * 1e6:.4g} us")
