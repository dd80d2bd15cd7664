# The same with multiprocessing's start method "spawn".
import multiprocessing
import time


def nothing():
    pass


if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    first = context.Process(target=nothing)
    first.start()
    first.join()
    starts = 20
    begin = time.perf_counter()
    for _ in range(starts):
        process = context.Process(target=nothing)
        process.start()
        process.join()
    print("process_start", (time.perf_counter() - begin) / starts * 1e6, "us")
