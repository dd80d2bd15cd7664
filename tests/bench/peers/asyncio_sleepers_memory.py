"""Resident bytes for each of 100 000 sleeping asyncio tasks."""
import asyncio
import os

COUNT = 100_000
asleep = 0


def resident_bytes():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024


async def sleep():
    global asleep
    asleep += 1
    await asyncio.sleep(3600)


async def main():
    tasks = [None] * COUNT
    before = resident_bytes()
    for i in range(COUNT):
        tasks[i] = asyncio.create_task(sleep())
    while asleep < COUNT:
        await asyncio.sleep(0)
    print(f"sleepers_memory_rss {(resident_bytes() - before) / COUNT:.0f} B", flush=True)
    os._exit(0)


asyncio.run(main())
