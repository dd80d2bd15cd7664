# The same through queue.Queue between two threads.
import queue
import threading
import time

messages = 200_000
q = queue.Queue(1024)


def send():
    for i in range(messages):
        q.put(i)


start = time.perf_counter()
sender = threading.Thread(target=send)
sender.start()
for _ in range(messages):
    q.get()
print("queue_threads", (time.perf_counter() - start) / messages * 1e9, "ns")
sender.join()
