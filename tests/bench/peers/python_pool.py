# The same with concurrent.futures and asyncio; fewer jobs, since each takes longer.
import asyncio
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

trips = 1000
small, big = 64 << 10, 8 << 20


def inc(x):
    return x + 1


def seconds(run, *args):
    start = time.perf_counter()
    run(*args)
    return time.perf_counter() - start


def submit_all(ex, jobs):
    futures = [ex.submit(inc, i) for i in range(jobs)]
    sum(f.result() for f in futures)


def map_all(ex, jobs):
    sum(ex.map(inc, range(jobs), chunksize=256))


def one_by_one(ex):
    async def main():
        loop = asyncio.get_running_loop()
        for i in range(trips):
            await loop.run_in_executor(ex, inc, i)

    asyncio.run(main())


def send(ex, text, times):
    for _ in range(times):
        ex.submit(len, text).result()


if __name__ == "__main__":
    for kind, cls, jobs in (("threads", ThreadPoolExecutor, 20_000),
                            ("processes", ProcessPoolExecutor, 5_000)):
        with cls(2) as ex:
            ex.submit(inc, 1).result()
            print(f"pool_{kind} {seconds(submit_all, ex, jobs) / jobs * 1e6:.4g} us")
            print(f"pool_map_{kind} {seconds(map_all, ex, jobs) / jobs * 1e6:.4g} us")
            print(f"executor_trip_{kind} {seconds(one_by_one, ex) / trips * 1e6:.4g} us")
            print(f"pool_64kB_{kind} {seconds(send, ex, 'x' * small, 200) / 200 * 1e6:.4g} us")
            print(f"pool_8MB_{kind} {seconds(send, ex, 'x' * big, 5) / 5 * 1e3:.4g} ms")
