// A call that was handed to a pool, and what became of it.
#pragma once

#include "channel/cell.hpp"
#include "park/message.hpp"
#include "park/operation.hpp"

namespace braid::runtime {

struct Pool;
struct Place;

// One call, from submit to its result.
//   Units:    any method from any thread or process at once, but for what is said below.
//   Waits:    done_op until it is done; a deadline or a cancel ends the wait only.
//   Order:    what its worker wrote is visible after the wait that its end completes.
//   Death:    a worker that is killed while it runs the call has it fail (Pool::worker_gone).
//   Errors:   none.
//   Cost:     256 bytes; a call or a result of up to 56 bytes lies inside.
//   Tests:    tests/unit/pool_test.cpp, tests/spec/pool_future_spec.lua
struct Future : Object {
  enum Operation : std::uint32_t { done_op };
  // pending -> running -> done;  running -> pending when its worker went before it began.
  // A call that is cancelled, or whose pool breaks, passes through running, too.
  enum class State : std::uint8_t { pending, running, done };
  enum class Result : std::uint8_t { none, returned, failed, cancelled, died, broken };

  // Null: of no pool.
  explicit Future(Pool* of_pool) noexcept;
  ~Future();

  // One more result of several calls that are one here. By whoever runs them. Throws
  // std::bad_alloc.
  void append(const std::byte* bytes, std::size_t size);
  // What was appended from `offset` on, and where the next one is; empty = nothing.
  [[nodiscard]] std::span<const std::byte> appended(std::size_t& offset) const noexcept;

  [[nodiscard]] bool done() const noexcept { return state.load() == State::done; }
  // How it ended, once; false = it has ended before, and `what` is the caller's. `what` has the
  // results or the error; of a call that died or whose pool broke, the text of the error.
  bool finish(Result how, Cell& what) noexcept;
  // The same, for what is not there to be decoded. Without memory there is no text.
  bool finish_with_text(Result how, const char* text, std::size_t size) noexcept;
  // It is done, but whoever said so was killed: those who wait are woken.
  void wake() noexcept;

  GuardedAtomic<State> state{State::pending};
  std::atomic<bool> cancel_requested{false};  // it is to be cancelled although it runs
  std::atomic<bool> taken{false};             // somebody has seen its error, or will
  bool follows = false;  // it is cancelled when a wait for its result is; by whoever submits it
  Guarded<Result> result = Result::none;  // constant once done, as are the next four
  int exit_code = 0;                      // died: of the worker
  Cell message;            // until it is decoded the call; then the results or the error
  Ref<Message> traceback;  // of the error: plain text
  Ref<Message> report;     // the error as text, for when nobody takes it
  Ref<std::byte> several;  // what was appended: size and bytes of each
  std::atomic<std::uint64_t> used{0};  // bytes of that
  std::uint64_t results = 0;           // in it
  Nanos spent = 0;                     // on several calls
  const Ref<Pool> pool;
  Guarded<std::uint64_t> number =
      0;  // in the order of submission; guarded by the pool, as the next three
  Guarded<Ref<Future>> before, behind;  // in its queue
  Guarded<Ref<Place>> place;            // while it runs
  SharedWaitList waiting;
};

}  // namespace braid::runtime
