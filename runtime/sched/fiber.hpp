// C stacks that can be left and come back to. A unit that must wait where Lua cannot yield leaves
// its C stack as it is; the scheduler goes on on another one.
// Invariant: at any moment a thread runs on exactly one of its fibers; the others stand in enter().
#pragma once

#include <cstddef>
#include <vector>

namespace braid::runtime {

// One C stack: the thread's own, or one of kStackBytes with a guard page below it. Its record
// stands at the top of its own mapping.
struct Fiber {
  void* context = nullptr;  // where it stands while it is not running
  std::byte* mapping = nullptr;
  std::size_t mapped = 0;
  void* bottom = nullptr;  // what the sanitizers are told
  std::size_t size = 0;
  void* fake_stack = nullptr;
  void* tsan = nullptr;
  void (*body)(void*) = nullptr;
  void* argument = nullptr;
};

// The fibers of one scheduler. Owning thread only.
class FiberPool {
 public:
  FiberPool() = default;
  FiberPool(const FiberPool&) = delete;
  FiberPool& operator=(const FiberPool&) = delete;
  ~FiberPool();  // may run on one of its fibers (os.exit in a task): that one stays mapped

  // A fiber that waits for work: an idle one, or a new one that will run body(argument).
  // body never returns. Throws std::bad_alloc.
  Fiber& acquire(void (*body)(void*), void* argument);
  // The caller, which is the running fiber, is about to enter another and is free then.
  void release_current() { idle_.push_back(current_); }
  // Leaves the running fiber and goes on where `to` stands; returns when somebody enters it again.
  void enter(Fiber& to) noexcept;

  [[nodiscard]] Fiber& current() noexcept { return *current_; }
  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }

 private:
  static void start(void* pool, void* from_context) noexcept;
  void arrived(void* from_context) noexcept;
  Fiber& create(void (*body)(void*), void* argument);

  Fiber thread_;  // the stack that the thread came with
  Fiber* current_ = &thread_;
  Fiber* left_ = nullptr;  // who entered the running fiber
  std::vector<Fiber*> idle_;
  std::vector<Fiber*> all_;
};

}  // namespace braid::runtime
