#include "sched/scheduler.hpp"

#include <pthread.h>

#include <cassert>

#include "sched/preempt.hpp"

namespace braid::runtime {

Unit::Unit() noexcept
    : WaitNode([](WaitNode& node) noexcept {
        auto& unit = static_cast<Unit&>(node);
        unit.scheduler->wake(unit, Wake::ready);
      }),
      Timer([](Timer& timer) noexcept {
        auto& unit = static_cast<Unit&>(timer);
        unit.scheduler->wake(unit, Wake::timeout);
      }) {
  root.unit = this;
}

Scheduler::Scheduler(Runner& runner) noexcept : runner_(runner), owner_(pthread_self()) {
  main_.scheduler = this;
  main_.state = UnitState::running;
  main_.root.scheduler = this;
}

Scheduler::~Scheduler() { preempt::forget(*this); }

void Scheduler::start(Unit& unit) noexcept {
  unit.scheduler = this;
  unit.root.scheduler = this;
  unit.id = ++units_made_;
  unit.next_live = live_head_;
  if (live_head_ != nullptr) live_head_->prev_live = &unit;
  live_head_ = &unit;
  ++live_;
  push_ready(unit);
}

void Scheduler::finish(Unit& unit) noexcept {
  leaves(unit);
  unit.state = UnitState::done;
  // A scope that outlived its block (a group that nobody closed) must not point here any longer.
  while (unit.scope != &unit.root) {
    CancelScope& scope = *unit.scope;
    unit.scope = scope.outer;
    scope.unit = nullptr;
    scope.outer = detached_;
    detached_ = &scope;
  }
  if (unit.next_live != nullptr) unit.next_live->prev_live = unit.prev_live;
  (unit.prev_live != nullptr ? unit.prev_live->next_live : live_head_) = unit.next_live;
  --live_;
  unit.joiners.notify_all();
  if (alone()) alone_.notify_all();
}

void Scheduler::park(WaitList* list, Nanos deadline, OnCancel on_cancel, const char* what) {
  Unit& unit = *current_;
  assert(unit.state == UnitState::running);
  if (deadline != kForever) timers_.add(unit, deadline);
  if (list != nullptr) list->push(unit);
  unit.on_cancel = on_cancel;
  unit.waits_for = what;
  unit.waits_in = list;
  unit.state = UnitState::parked;
  leaves(unit);
}

void Scheduler::park_until_alone(const char* what) {
  park(&alone_, kForever, OnCancel::stay, what);
}

void Scheduler::release() noexcept {
  --held_;
  if (alone()) alone_.notify_all();
}

// The one place that every unit passes when it stops running.
void Scheduler::leaves(Unit& unit) noexcept {
  if (long_run_ == 0) return;
  const Nanos ran = monotonic_now() - run_started_;
  if (ran > long_run_) runner_.ran_long(unit, ran);
}

void Scheduler::park_ready() noexcept {
  current_->wake = Wake::ready;
  push_ready(*current_);
  leaves(*current_);
}

void Scheduler::unpark_current() noexcept {
  Unit& unit = *current_;
  unit.unlink();
  timers_.remove(unit);
  if (unit.state == UnitState::ready) unqueue(unit);
  unit.state = UnitState::running;
}

// Rare, so the queue is singly linked all the same.
void Scheduler::unqueue(Unit& unit) noexcept {
  Unit** link = &ready_head_;
  Unit* before = nullptr;
  while (*link != &unit) {
    before = *link;
    link = &before->next_ready;
  }
  *link = unit.next_ready;
  if (ready_tail_ == &unit) ready_tail_ = before;
  unit.next_ready = nullptr;
  --ready_;
}

void Scheduler::wake(Unit& unit, Wake why) noexcept {
  if (unit.state != UnitState::parked) return;
  unit.unlink();
  timers_.remove(unit);
  unit.wake = why;
  push_ready(unit);
}

void Scheduler::push_ready(Unit& unit) noexcept {
  unit.state = UnitState::ready;
  unit.next_ready = nullptr;
  (ready_tail_ != nullptr ? ready_tail_->next_ready : ready_head_) = &unit;
  ready_tail_ = &unit;
  ++ready_;
}

void Scheduler::leave_stack() {
  Unit& unit = *current_;
  Fiber& next = fibers_.acquire([](void* self) { static_cast<Scheduler*>(self)->loop(); }, this);
  unit.fiber = &fibers_.current();
  current_ = nullptr;
  fibers_.enter(next);
  // Whoever runs the loop found this unit ready and came back here.
  if (&unit == &main_ && unit.wake != Wake::interrupted && interrupt_pending()) {
    runner_.request_checkpoint();
  }
}

void Scheduler::loop() noexcept {
  for (;;) {
    if (turns_left_ == 0) {
      begin_round();
      if (ready_ == 0) {
        idle();
        continue;
      }
      turns_left_ = ready_ < kRoundUnits ? ready_ : kRoundUnits;
    }
    --turns_left_;
    Unit& unit = *ready_head_;
    ready_head_ = unit.next_ready;
    if (ready_head_ == nullptr) ready_tail_ = nullptr;
    unit.next_ready = nullptr;
    --ready_;
    run(unit);
  }
}

void Scheduler::run(Unit& unit) noexcept {
  unit.state = UnitState::running;
  // In a deadlock the report still has to say it.
  if (unit.wake != Wake::deadlock) unit.waits_for = nullptr;
  current_ = &unit;
  if (long_run_ != 0) run_started_ = monotonic_now();
  if (unit.fiber != nullptr) {
    Fiber& fiber = *unit.fiber;
    unit.fiber = nullptr;
    fibers_.release_current();
    fibers_.enter(fiber);
  } else {
    runner_.step(unit);
    current_ = nullptr;
  }
}

void Scheduler::begin_round() noexcept {
  if (preempt::take_fired()) rearm();
  if (!timers_.empty()) timers_.fire_due(monotonic_now());
  if (interrupt_pending() && main_.state == UnitState::parked) {
    (void)take_interrupt();
    wake(main_, Wake::interrupted);
    // To the front: whoever is ready may be the busy one that was stopped for this.
    if (ready_head_ != &main_) {
      unqueue(main_);
      main_.next_ready = ready_head_;
      ready_head_ = &main_;
      ++ready_;
    }
  }
}

void Scheduler::idle() noexcept {
  if (timers_.empty()) {
    // Nothing that lives in this thread can ever end a wait.
    wake(main_, Wake::deadlock);
    return;
  }
  const std::uint32_t seen = parker_.epoch();
  if (interrupt_pending()) return;
  parker_.wait(seen, timers_.next_deadline());
}

void Scheduler::rearm() noexcept {
  preempt::rearm(deadlines_ != 0 ? timers_.next_deadline() : kForever);
}

void Scheduler::interrupt() noexcept {
  interrupt_.store(true);
  parker_.unpark();
  preempt::signal_thread(owner_);
}

void Scheduler::checkpoint() noexcept {
  timers_.fire_due(monotonic_now());
  if (preempt::take_fired()) rearm();
  // The main chunk is looked at between rounds: it is to be interrupted before anybody else runs.
  if (interrupt_pending()) turns_left_ = 0;
}

}  // namespace braid::runtime
