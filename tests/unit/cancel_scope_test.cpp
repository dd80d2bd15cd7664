#include "sched/scheduler.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/scripted_runner.hpp"

using namespace braid::runtime;
using braid::test::ScriptedRunner;
using braid::test::ScriptedUnit;

TEST_CASE("cancel: it ends the wait in progress and is still there for the next") {
  ScriptedRunner run;
  WaitList never;
  ScriptedUnit& unit = run.spawn({run.waits(&never), run.says("on"), run.says("not reached")});
  run.pass();
  run.scheduler.cancel(unit.root);
  CHECK(unit.cancelled);
  CHECK(unit.wake == Wake::cancelled);
  CHECK(never.empty());
  run.pass();
  CHECK(run.log == "on");
}

TEST_CASE("cancel: a wait that stays is not ended, one that looks is woken as if ready") {
  ScriptedRunner run;
  WaitList list;
  ScriptedUnit& stays =
      run.spawn({[&] { run.scheduler.park(&list, kForever, OnCancel::stay, "a test"); }});
  ScriptedUnit& looks =
      run.spawn({[&] { run.scheduler.park(&list, kForever, OnCancel::look, "a test"); }});
  run.pass();
  run.scheduler.cancel(stays.root);
  run.scheduler.cancel(looks.root);
  CHECK(stays.state == UnitState::parked);
  CHECK(looks.state == UnitState::ready);
  CHECK(looks.wake == Wake::ready);
  list.notify_all();
  run.pass();
  CHECK(run.scheduler.alone());
}

TEST_CASE("cancel: an inner scope ends with its block, an outer one reaches inside") {
  ScriptedRunner run;
  Unit& unit = run.scheduler.current();
  CancelScope outer, inner;
  run.scheduler.open_scope(outer, nullptr, kForever);
  run.scheduler.open_scope(inner, nullptr, kForever);
  run.scheduler.cancel(inner);
  CHECK(unit.cancelled);
  run.scheduler.close_scope(inner);
  CHECK_FALSE(unit.cancelled);
  run.scheduler.open_scope(inner, nullptr, kForever);
  run.scheduler.cancel(outer);
  run.scheduler.close_scope(inner);
  CHECK(unit.cancelled);
  run.scheduler.close_scope(outer);
  CHECK_FALSE(unit.cancelled);
  CHECK_FALSE(outer.open());
  run.scheduler.close_scope(outer);
  CHECK(unit.scope == &unit.root);
}

TEST_CASE("cancel: scopes may be closed in any order") {
  ScriptedRunner run;
  CancelScope a, b, c;
  for (CancelScope* scope : {&a, &b, &c}) run.scheduler.open_scope(*scope, nullptr, kForever);
  run.scheduler.cancel(a);
  run.scheduler.close_scope(b);
  CHECK(run.scheduler.current().cancelled);
  run.scheduler.close_scope(a);
  CHECK_FALSE(run.scheduler.current().cancelled);
  CHECK(run.scheduler.current().scope == &c);
  run.scheduler.close_scope(c);
}

TEST_CASE("cancel: a deadline cancels its scope, and a closed scope has none") {
  ScriptedRunner run;
  CancelScope scope, unused;
  run.scheduler.open_scope(unused, nullptr, deadline_after(1000));
  run.scheduler.open_scope(scope, nullptr, deadline_after(0.001));
  CHECK(run.wait(nullptr, deadline_after(1000)) == Wake::cancelled);
  CHECK(scope.expired);
  run.scheduler.close_scope(scope);
  run.scheduler.close_scope(unused);
  CHECK_FALSE(unused.expired);
  CHECK(run.scheduler.next_timer() == kForever);
}

TEST_CASE("cancel: scopes leave the unit with their coroutine and come back with it, in order") {
  ScriptedRunner run;
  Scheduler& scheduler = run.scheduler;
  Unit& unit = scheduler.current();
  const int coroutine = 0;
  const int another = 0;
  CancelScope base, first, second;
  scheduler.open_scope(base, nullptr, kForever);
  scheduler.open_scope(first, &coroutine, kForever);
  scheduler.open_scope(second, &coroutine, kForever);
  scheduler.detach_scopes(&another);
  CHECK(unit.scope == &second);
  scheduler.detach_scopes(&coroutine);
  CHECK(unit.scope == &base);
  CHECK(second.open());
  CHECK(second.unit == nullptr);
  scheduler.cancel(second);  // nobody is inside
  CHECK_FALSE(unit.cancelled);
  scheduler.attach_scopes(&another);
  CHECK(unit.scope == &base);
  scheduler.attach_scopes(&coroutine);
  CHECK(unit.scope == &second);
  CHECK(second.outer == &first);
  CHECK(first.outer == &base);
  CHECK(unit.cancelled);
  scheduler.close_scope(second);
  CHECK_FALSE(unit.cancelled);
  scheduler.detach_scopes(&coroutine);
  scheduler.close_scope(first);  // while detached, as a collected coroutine's is
  scheduler.attach_scopes(&coroutine);
  CHECK(unit.scope == &base);
  scheduler.close_scope(base);
}

TEST_CASE("cancel: a scope that outlives its unit does not point at it") {
  ScriptedRunner run;
  CancelScope scope;
  ScriptedUnit& unit =
      run.spawn({[&] { run.scheduler.open_scope(scope, nullptr, deadline_after(0.001)); }});
  run.pass();
  CHECK(unit.state == UnitState::done);
  CHECK(scope.open());
  CHECK(scope.unit == nullptr);
  CHECK(run.wait(nullptr, deadline_after(0.003)) == Wake::timeout);
  CHECK(scope.expired);
  run.scheduler.close_scope(scope);
  CHECK_FALSE(scope.open());
}

TEST_CASE("cancel: who has raised is on the way out until the block is left") {
  ScriptedRunner run;
  Scheduler& scheduler = run.scheduler;
  CancelScope scope;
  const std::uint64_t before = scheduler.mark();
  scheduler.open_scope(scope, nullptr, kForever);
  CHECK_FALSE(scheduler.undelivered_cancel());
  scheduler.cancel(scope);
  CHECK(scheduler.undelivered_cancel());
  CHECK_FALSE(scheduler.unwinding_since(before));
  scheduler.deliver_cancel();
  CHECK_FALSE(scheduler.undelivered_cancel());
  CHECK(scheduler.unwinding_since(before));
  CHECK_FALSE(scheduler.unwinding_since(scheduler.mark()));
  scheduler.close_scope(scope);
  CHECK_FALSE(scheduler.unwinding_since(before));
}
