// A unit of a thread of its own, without Lua and without a scheduler: what does operations on
// shared objects in the tests of these objects.
#pragma once

#include "arena/arena.hpp"
#include "park/operation.hpp"
#include "park/thread_record.hpp"

namespace braid::test {

class TestUnit {
 public:
  explicit TestUnit(runtime::Program& program) : record_(&program.begin_thread()) {}
  TestUnit(const TestUnit&) = delete;
  TestUnit& operator=(const TestUnit&) = delete;
  ~TestUnit() {
    runtime::arena::destroy(waiter_);
    record_->program->end_thread(*record_);
  }

  [[nodiscard]] runtime::Waiter& waiter() noexcept { return *waiter_; }
  [[nodiscard]] runtime::SharedWaitNode& node() noexcept { return waiter_->node; }
  runtime::SharedWaitNode& prepare(runtime::Object& object, std::uint32_t operation,
                                   std::int64_t argument = 0) noexcept {
    runtime::prepare(waiter_->node, *waiter_, object, operation, argument);
    return waiter_->node;
  }
  // Does what was prepared; false: the time was up first.
  bool run(runtime::Nanos deadline = runtime::kForever) noexcept {
    return runtime::start(node()) || wait(deadline);
  }
  // Waits for what has been started; false: the time was up first.
  bool wait(runtime::Nanos deadline = runtime::kForever) noexcept {
    while (record_->take_posted() == nullptr) {
      if (deadline != runtime::kForever && runtime::monotonic_now() >= deadline) return give_up();
      record_->parker.wait(deadline);
    }
    waiter_->end();
    return true;
  }
  // Ends the wait; true: it had been done already.
  bool give_up() noexcept {
    if (waiter_->give_up()) {
      waiter_->end();
      return false;
    }
    while (record_->take_posted() == nullptr) {
    }
    waiter_->end();
    return true;
  }
  [[nodiscard]] bool woken() const noexcept { return record_->has_posted(); }

 private:
  runtime::ThreadRecord* record_;
  runtime::Waiter* waiter_ = runtime::arena::create<runtime::Waiter>(*record_, nullptr);
};

}  // namespace braid::test
