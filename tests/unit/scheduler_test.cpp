#include "sched/scheduler.hpp"

#include <thread>

#include "sched/preempt.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/scripted_runner.hpp"

using namespace braid::runtime;
using braid::test::ScriptedRunner;
using braid::test::ScriptedUnit;

TEST_CASE("scheduler: ready units run first in, first out") {
  ScriptedRunner run;
  run.spawn({[&] {
               run.log += "a";
               run.scheduler.park_ready();
             },
             run.says("A")});
  run.spawn({[&] {
               run.log += "b";
               run.scheduler.park_ready();
             },
             run.says("B")});
  run.spawn({run.says("c")});
  CHECK(run.log.empty());  // nobody runs before the spawner waits
  run.scheduler.park_until_alone("the end");
  run.scheduler.leave_stack();
  CHECK(run.log == "abcAB");
  CHECK(run.scheduler.alone());
}

TEST_CASE("scheduler: the main unit takes its turn like any other") {
  ScriptedRunner run;
  run.spawn({[&] {
               run.log += "a";
               run.scheduler.park_ready();
             },
             run.says("A")});
  CHECK(run.pass() == Wake::ready);
  CHECK(run.log == "a");
  run.spawn({run.says("b")});
  CHECK(run.pass() == Wake::ready);
  CHECK(run.log == "aAb");
}

TEST_CASE("scheduler: who yields for ever keeps no timer waiting") {
  ScriptedRunner run;
  bool over = false;
  ScriptedUnit& busy = run.spawn({});
  busy.steps.assign(1, [&] {
    busy.at = 0;
    if (!over) run.scheduler.park_ready();
  });
  const Nanos deadline = deadline_after(0.002);
  CHECK(run.wait(nullptr, deadline) == Wake::timeout);
  CHECK(monotonic_now() >= deadline);
  over = true;
  run.pass();
  CHECK(run.scheduler.alone());
}

TEST_CASE("scheduler: timers fire in order of deadline, then of creation") {
  ScriptedRunner run;
  const Nanos soon = deadline_after(0.002);
  const Nanos deadlines[] = {soon + 2, soon, soon + 1, soon, soon + 2};
  for (std::size_t i = 0; i < 5; ++i) {
    run.spawn({run.waits(nullptr, deadlines[i]), run.says(std::string(1, "abcde"[i]))});
  }
  run.scheduler.park_until_alone("the end");
  run.scheduler.leave_stack();
  CHECK(run.log == "bdcae");
  CHECK(monotonic_now() >= soon + 2);
}

TEST_CASE("scheduler: a wait ends once, by whoever is first") {
  ScriptedRunner run;
  WaitList list;
  ScriptedUnit& unit = run.spawn({run.waits(&list, deadline_after(1000)), run.says("x")});
  run.pass();
  REQUIRE(unit.state == UnitState::parked);
  run.scheduler.wake(unit, Wake::timeout);
  CHECK(list.empty());
  list.notify_all();
  run.scheduler.wake(unit, Wake::ready);
  run.scheduler.cancel(unit.root);
  CHECK(unit.wake == Wake::timeout);
  run.pass();
  CHECK(run.log == "x");
  CHECK(unit.state == UnitState::done);
  run.scheduler.wake(unit, Wake::ready);
  CHECK(unit.state == UnitState::done);
  CHECK(run.scheduler.next_timer() == kForever);  // the deadline went with the wait
}

TEST_CASE("scheduler: a notified unit forgets its deadline, a late one leaves the list") {
  ScriptedRunner run;
  WaitList list;
  ScriptedUnit& notified = run.spawn({run.waits(&list, deadline_after(1000))});
  run.pass();
  list.notify_all();
  CHECK(notified.wake == Wake::ready);
  CHECK(run.scheduler.next_timer() == kForever);
  ScriptedUnit& late = run.spawn({run.waits(&list, deadline_after(0.0005))});
  run.scheduler.park_until_alone("the end");
  run.scheduler.leave_stack();
  CHECK(late.wake == Wake::timeout);
  CHECK(list.empty());
}

TEST_CASE("scheduler: park can be taken back") {
  ScriptedRunner run;
  WaitList list;
  run.scheduler.park(&list, deadline_after(1000), OnCancel::raise, "a test");
  run.scheduler.unpark_current();
  CHECK(list.empty());
  CHECK(run.scheduler.next_deadline() == kForever);
  run.spawn({run.says("a")});
  run.scheduler.park_ready();
  run.spawn({run.says("b")});
  run.scheduler.unpark_current();
  CHECK(run.scheduler.main().state == UnitState::running);
  run.pass();
  CHECK(run.log == "ab");
}

TEST_CASE("scheduler: the end of a unit wakes all who join it") {
  ScriptedRunner run;
  ScriptedUnit& joined = run.spawn({run.passes(), run.passes()});
  for (int i = 0; i < 3; ++i) run.spawn({run.waits(&joined.joiners), run.says("j")});
  CHECK(run.wait(&joined.joiners) == Wake::ready);
  CHECK(joined.state == UnitState::done);
  CHECK(run.log.empty());  // the main unit joined first
  run.pass();
  CHECK(run.log == "jjj");
}

TEST_CASE("scheduler: when nothing can end a wait the main unit is told") {
  ScriptedRunner run;
  WaitList never;
  ScriptedUnit& stuck = run.spawn({run.waits(&never)});
  CHECK(run.wait(&never) == Wake::deadlock);
  CHECK(stuck.state == UnitState::parked);
  run.scheduler.cancel(stuck.root);
  run.pass();
  CHECK(run.scheduler.alone());
}

TEST_CASE("scheduler: a held scheduler is not alone") {
  ScriptedRunner run;
  run.scheduler.hold();
  CHECK_FALSE(run.scheduler.alone());
  run.spawn({run.passes(), [&] { run.scheduler.release(); }});
  run.scheduler.park_until_alone("the end");
  run.scheduler.leave_stack();
  CHECK(run.scheduler.main().wake == Wake::ready);
  CHECK(run.scheduler.alone());
}

TEST_CASE("scheduler: an interrupt ends the main unit's wait, also from another thread") {
  ScriptedRunner run;
  preempt::enroll(run.scheduler);
  std::thread other([&] { run.scheduler.interrupt(); });
  CHECK(run.wait(nullptr, deadline_after(1000)) == Wake::interrupted);
  other.join();
  CHECK_FALSE(run.scheduler.interrupt_pending());
}

// The signal may come between two units, when there is no code that could be asked.
TEST_CASE("scheduler: a checkpoint is asked for until the request is answered") {
  ScriptedRunner run;
  preempt::enroll(run.scheduler);
  run.spawn({[&] {
    const Nanos limit = deadline_after(10);
    run.scheduler.request(ThreadRecord::kReport);
    CHECK(run.checkpoint_asked);
    run.checkpoint_asked = false;
    while (!run.checkpoint_asked && monotonic_now() < limit) {
    }
    CHECK(run.checkpoint_asked);
    run.scheduler.checkpoint();
    CHECK_FALSE(run.scheduler.awaits_checkpoint());
  }});
  run.pass();
}

TEST_CASE("scheduler: an interrupted main unit goes before those who are ready") {
  ScriptedRunner run;
  preempt::enroll(run.scheduler);
  WaitList never;
  run.spawn({[&] {
    run.spawn({run.says("later")});
    run.scheduler.interrupt();
  }});
  CHECK(run.wait(&never) == Wake::interrupted);
  CHECK(run.log.empty());
  run.pass();
  CHECK(run.log == "later");
}

TEST_CASE("scheduler: long runs are told when somebody asks") {
  ScriptedRunner run;
  run.scheduler.watch_long_runs(1'000'000);
  run.spawn({[] {
    const Nanos until = monotonic_now() + 3'000'000;
    while (monotonic_now() < until) {
    }
  }});
  run.spawn({run.passes()});
  run.scheduler.park_until_alone("the end");
  run.scheduler.leave_stack();
  CHECK(run.long_runs == 1);
}

// The thread sanitizer keeps a signal back until the program calls into the C library.
#ifndef __SANITIZE_THREAD__
TEST_CASE("scheduler: a busy unit is asked for a checkpoint at its deadline") {
  ScriptedRunner run;
  CancelScope scope;
  const Nanos deadline = deadline_after(0.002);
  run.scheduler.open_scope(scope, nullptr, deadline);
  while (!run.checkpoint_asked) {
  }
  CHECK(monotonic_now() >= deadline);
  run.scheduler.checkpoint();
  CHECK(scope.expired);
  CHECK(run.scheduler.current().cancelled);
  run.scheduler.close_scope(scope);
  CHECK_FALSE(run.scheduler.current().cancelled);
}
#endif
