# The same through multiprocessing.Pipe between two processes.
import multiprocessing
import time

rounds = 2_000
size = 8 << 20
count = 16


def echo(end):
    for _ in range(rounds):
        end.send(end.recv())
    for _ in range(count):
        end.recv_bytes()
    end.send(True)


if __name__ == "__main__":
    ours, theirs = multiprocessing.Pipe()
    other = multiprocessing.get_context("fork").Process(target=echo, args=(theirs,))
    other.start()
    begin = time.perf_counter()
    for _ in range(rounds):
        ours.send(1)
        ours.recv()
    print("pipe_roundtrip", (time.perf_counter() - begin) / rounds * 1e6, "us")
    text = b"x" * size
    begin = time.perf_counter()
    for _ in range(count):
        ours.send_bytes(text)
    ours.recv()
    print("pipe_strings", size * count / (time.perf_counter() - begin) / 1e9, "GB/s")
    other.join()
