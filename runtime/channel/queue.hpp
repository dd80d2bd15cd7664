// Queues of messages, as every unit of the program sees them.
#pragma once

#include "channel/cell_deque.hpp"
#include "channel/cell_heap.hpp"
#include "park/operation.hpp"

namespace braid::runtime {

// A bounded or unbounded queue of encoded messages: first in first out, last in first out, or the
// least first; with capacity 0 a put hands its message to a get, and each waits for the other.
//   Units:   any method from any thread or process at once.
//   Waits:   get while empty, put while full, join while something is unfinished; close(), a
//            deadline or a cancel ends the first two.
//   Order:   what was written before put is visible after the get that returns that message.
//            Waiting gets are served in the order they came, and so are waiting puts.
//   Death:   a process killed inside put leaves the queue with the message or without it. One that
//            was got, and is not decoded yet, lies in a Hand, or in the node of a wait: there the
//            sweep of a dead process finds it, and gives it back (put_back).
//   Errors:  returned, never thrown: see Result.
//   Not promised: that a cycle of queues that are in each other's messages is ever freed; a queue
//            that is in its own messages is.
//   Cost:    O(1), least-first O(log n); one internal lock, at most one wake-up; neither memory nor
//            a system call in a queue that is in use, but for messages longer than a cell.
//   Tests:   tests/unit/queue_test.cpp, tests/spec/queue_*_spec.lua
struct Queue : Object {
  enum Operation : std::uint32_t { get_op, put_op, join_op };
  enum class Discipline : std::uint8_t { fifo, lifo, priority };
  // What has become of an operation that is done: the node's argument.
  enum Result : std::int64_t {
    kClosed = 0,
    kNoMemory = -1,      // put
    kIncomparable = -2,  // put: the key cannot be compared with those that are here
    kFull = -3,          // put_some: no room for more
    kDone = 1,           // or more
  };
  static constexpr std::uint64_t kUnbounded = UINT64_MAX;

  Queue(Discipline which, std::uint64_t maxsize) noexcept;

  // The message of a put that is about to start, or of a get that is done, which the receiver moves
  // out. Whoever starts a put and finds it not empty afterwards, drops it.
  [[nodiscard]] static Cell& message(SharedWaitNode& node) noexcept {
    return *reinterpret_cast<Cell*>(node.payload);
  }

  // As many of `cells` as can be put now; `result` says why no more. They are the queue's.
  std::size_t put_some(Cell* cells, std::size_t count, Result& result) noexcept;
  // As many as there are, at most `count`. The cells are empty before.
  std::size_t get_some(Cell* cells, std::size_t count) noexcept;
  // A message that was got could not be received: it is the next one again. When there is no memory
  // even for this it is lost.
  void put_back(Cell& cell) noexcept;

  // False: nothing is unfinished.
  bool task_done() noexcept;
  void close() noexcept;

  [[nodiscard]] std::uint64_t size() noexcept;
  [[nodiscard]] bool full() noexcept { return size() >= capacity; }
  [[nodiscard]] bool is_closed() noexcept {
    MutexLock lock(mutex);
    return closed;
  }

  // --- the mutex is held ---

  // Everything there is to know about an operation that may be possible: does it, or says no.
  bool try_get(SharedWaitNode& node, Wakeups& wakeups) noexcept;
  bool try_put(Cell& cell, Result& result, Wakeups& wakeups) noexcept;
  [[nodiscard]] std::uint64_t stored() const noexcept;

  const Discipline discipline;
  const std::uint64_t capacity;
  Guarded<bool> closed = false;
  Guarded<std::uint64_t> unfinished = 0;  // put, and no task_done() yet
  SharedWaitList getters;                 // nothing is stored while one waits
  SharedWaitList putters;
  SharedWaitList joiners;
  Ref<Queue> next_dead;  // when nobody refers to it any more

 private:
  [[nodiscard]] bool reserve() noexcept;
  void store(const Cell& cell);
  void take(Cell& to) noexcept;
  void hand_over(SharedWaitNode& getter, Cell& cell) noexcept;
  bool next(Cell& to, Wakeups& wakeups) noexcept;
  void admit_putters(Wakeups& wakeups) noexcept;

  // Which of the two is decided by the discipline.
  CellDeque deque_;
  CellHeap heap_;
};

}  // namespace braid::runtime
