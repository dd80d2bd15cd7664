// A scheduler without Lua: units that are state machines, one function call a step.
// A step must park the unit (or make it ready) before it returns, or it has ended.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "arena/arena.hpp"
#include "sched/scheduler.hpp"

namespace braid::test {

struct ScriptedUnit : runtime::Unit {
  std::vector<std::function<void()>> steps;  // one a turn; the last one ends the unit
  std::size_t at = 0;
};

class ScriptedRunner final : public runtime::Runner {
 public:
  ScriptedUnit& spawn(std::vector<std::function<void()>> steps) {
    ScriptedUnit& unit = units_.emplace_back();
    unit.steps = std::move(steps);
    scheduler.start(unit);
    return unit;
  }

  void step(runtime::Unit& unit) noexcept override {
    auto& self = static_cast<ScriptedUnit&>(unit);
    if (self.at < self.steps.size()) self.steps[self.at++]();
    if (unit.state == runtime::UnitState::running) scheduler.finish(unit);
  }
  void request_checkpoint() noexcept override { checkpoint_asked = true; }
  void ran_long(runtime::Unit& unit, runtime::Nanos) noexcept override {
    if (&unit != &scheduler.main()) ++long_runs;
  }
  void name_unit(const runtime::Unit&, char* to, std::size_t) noexcept override { *to = '\0'; }
  void report() noexcept override { ++reports; }
  void dump() noexcept override { ++reports; }

  // For the main unit: waits on its C stack, and says why the wait ended.
  runtime::Wake wait(runtime::WaitList* list, runtime::Nanos deadline = runtime::kForever) {
    scheduler.park(list, deadline, runtime::OnCancel::raise, "a test");
    scheduler.leave_stack();
    return scheduler.main().wake;
  }
  runtime::Wake pass() {
    scheduler.park_ready();
    scheduler.leave_stack();
    return scheduler.main().wake;
  }
  // For a unit: steps that wait.
  std::function<void()> waits(runtime::WaitList* list,
                              runtime::Nanos deadline = runtime::kForever) {
    return [=, this] { scheduler.park(list, deadline, runtime::OnCancel::raise, "a test"); };
  }
  std::function<void()> passes() {
    return [this] { scheduler.park_ready(); };
  }
  std::function<void()> says(std::string word) {
    return [this, word = std::move(word)] { log += word; };
  }

  const std::unique_ptr<runtime::Program, void (*)(runtime::Program*)> program{
      runtime::arena::create<runtime::Program>(), runtime::arena::destroy<runtime::Program>};
  runtime::Scheduler scheduler{*this, *program};
  std::string log;
  volatile bool checkpoint_asked = false;
  int long_runs = 0;
  int reports = 0;

 private:
  std::deque<ScriptedUnit> units_;
};

}  // namespace braid::test
