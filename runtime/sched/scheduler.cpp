#include "sched/scheduler.hpp"

#include <cassert>
#include <new>
#include <utility>

#include "arena/arena.hpp"
#include "park/operation.hpp"
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

Scheduler::Scheduler(Runner& runner, Program& program)
    : runner_(runner), program_(program), record_(&program.begin_thread()) {
  main_.scheduler = this;
  main_.state = UnitState::running;
  main_.root.scheduler = this;
  if (!program.main) program.main = record_;
  if (!program.family().main) program.family().main = record_;
}

Scheduler::~Scheduler() {
  preempt::forget(*this);
  for (Unit* unit = live_head_; unit != nullptr; unit = unit->next_live) retire_waiter(*unit);
  retire_waiter(main_);
  if (program_.family().main.get() == record_) program_.family().main_is_gone.store(true);
  program_.end_thread(*record_);
}

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
  abandon_scopes(unit);
  if (unit.next_live != nullptr) unit.next_live->prev_live = unit.prev_live;
  (unit.prev_live != nullptr ? unit.prev_live->next_live : live_head_) = unit.next_live;
  --live_;
  retire_waiter(unit);
  unit.joiners.notify_all();
  if (alone()) alone_.notify_all();
}

void Scheduler::park(WaitList* list, Nanos deadline, OnCancel on_cancel, const char* what) {
  Unit& unit = *current_;
  assert(unit.state == UnitState::running);
  if (deadline != kForever) timers_.add(unit, deadline);
  if (list != nullptr) list->push(unit);
  unit.on_cancel = on_cancel;
  unit.finishes_always = false;
  unit.waits_for = what;
  unit.waits_in = list;
  unit.waits_since = coarse_now();
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

bool Scheduler::unpark_current() noexcept {
  Unit& unit = *current_;
  bool in_time = true;
  if (unit.waits_shared) {
    in_time = unit.waiter->give_up();
    // Whoever has claimed it is about to say so, or was killed, and that is undone.
    while (!in_time && unit.state == UnitState::parked) {
      run_posted();
      in_time = unit.state == UnitState::parked && unit.waiter->give_up();
    }
    end_shared(unit);
  }
  unit.unlink();
  timers_.remove(unit);
  if (unit.state == UnitState::ready) unqueue(unit);
  unit.state = UnitState::running;
  return in_time;
}

Waiter& Scheduler::prepare_shared(Nanos deadline) {
  end_reported();  // there may have been no memory for the report
  Waiter& mine = waiter();
  if (deadline != kForever) timers_.reserve_one();
  return mine;
}

void Scheduler::park_shared(Nanos deadline, OnCancel on_cancel, const char* what) noexcept {
  Waiter& waiter = *current_->waiter;
  waiter.deadline = deadline;
  current_->waits_shared = true;
  park(nullptr, deadline, on_cancel, what);
}

void Scheduler::end_shared(Unit& unit) noexcept {
  unit.waits_shared = false;
  unit.waiter->end();
}

void Scheduler::end_reported() noexcept {
  if (current_->waits_shared) end_shared(*current_);
}

// The unit runs again: it has what it waited for, unless it was cancelled before it could take it.
void Scheduler::take_claimed(Unit& unit) noexcept {
  const bool has_it = unit.wake == Wake::ready;
  unit.waits_shared = false;
  if (has_it && unit.cancelled && unit.on_cancel == OnCancel::raise) {
    if (unit.waiter->end_untaken()) unit.wake = Wake::cancelled;
  } else {
    unit.waiter->end();
  }
}

void Scheduler::run_posted() noexcept {
  Waiter* posted = record_->take_posted();
  while (posted != nullptr) {
    Waiter* next = posted->next_woken.get();
    Unit& unit = *static_cast<Unit*>(posted->unit);
    unit.unlink();
    timers_.remove(unit);
    unit.wake = Wake::ready;
    push_ready(unit);
    posted = next;
  }
  if (record_->take_request(ThreadRecord::kOrphans)) adopt_orphans();
}

// Only now that the inbox is empty it is known who was not posted.
void Scheduler::adopt_orphans() noexcept {
  for (ThreadRecord::Orphan* orphan = record_->take_orphans(); orphan != nullptr;) {
    for (Link* link = record_->waiters.next.get(); link != &record_->waiters;
         link = link->next.get()) {
      Waiter& waiter = *static_cast<WaiterLink*>(link)->waiter;
      if (orphan->waiter.get() != &waiter || orphan->wait != waiter.wait) continue;
      adopt(waiter, orphan->undone);
      break;
    }
    ThreadRecord::Orphan* next = orphan->next.get();
    arena::destroy(orphan);
    orphan = next;
  }
}

void Scheduler::adopt(Waiter& waiter, bool undone) noexcept {
  Unit& unit = *static_cast<Unit*>(waiter.unit);
  if (unit.state != UnitState::parked) return;
  if (waiter.is_claimed()) {
    const bool must_look = waiter.claimed_index == Waiter::kAgain;
    if (undone && !must_look) return;  // by somebody else, who will post it
    if (!must_look || starts_again(waiter)) {
      timers_.remove(unit);
      unit.wake = Wake::ready;
      return push_ready(unit);
    }
  }
  // What came while nobody could end the wait.
  if (unit.cancelled && unit.on_cancel == OnCancel::raise) return wake(unit, Wake::cancelled);
  if (waiter.deadline != kForever && monotonic_now() >= waiter.deadline) {
    wake(unit, Wake::timeout);
  }
}

// Without memory it is tried again at the next turn.
bool Scheduler::starts_again(Waiter& waiter) noexcept {
  try {
    return start_again(waiter);
  } catch (const std::bad_alloc&) {
    record_->leave_orphan(&waiter, waiter.wait, true);
    return false;
  }
}

Waiter& Scheduler::make_waiter(Unit& unit) {
  unit.waiter = arena::create<Waiter>(*record_, &unit);
  runner_.name_unit(unit, unit.waiter->name, sizeof unit.waiter->name);
  return *unit.waiter;
}

void Scheduler::retire_waiter(Unit& unit) noexcept {
  if (unit.waiter == nullptr) return;
  if (unit.waits_shared) {
    // One that was claimed is about to be posted.
    while (unit.state == UnitState::parked && !unit.waiter->give_up()) run_posted();
    unit.waits_shared = false;
    (void)unit.waiter->end_untaken();
  }
  unit.waiter->hand_on();
  arena::destroy(unit.waiter);
  unit.waiter = nullptr;
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
  if (unit.waits_shared) {
    // Somebody else was first: the unit is on its way to the inbox.
    if (!unit.waiter->give_up()) return;
    if (why != Wake::deadlock) end_shared(unit);
  }
  unit.unlink();
  timers_.remove(unit);
  unit.wake = why;
  push_ready(unit);
}

void Scheduler::push_ready(Unit& unit) noexcept {
  // Whoever was woken through a shared object became ready before this one.
  if (record_->has_posted()) run_posted();
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
  // In a deadlock the report still has to say what it waited for: see end_reported().
  const bool is_reported = unit.wake == Wake::deadlock && !unit.finishes_always;
  if (unit.waits_shared && !is_reported) take_claimed(unit);
  // Its cancellation came too late for the wait. Should it not wait again soon, it is reached.
  if (unit.cancelled && unit.wake == Wake::ready && undelivered_cancel()) preempt::look_soon(*this);
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
  run_posted();
  if (!timers_.empty()) timers_.fire_due(monotonic_now());
  answer_requests();
  if (interrupt_pending() && main_.state == UnitState::parked) interrupt_main();
}

void Scheduler::answer_requests() noexcept {
  if (record_->take_request(ThreadRecord::kCancel)) cancel_all();
  if (record_->take_request(ThreadRecord::kCancelWork)) runner_.cancel_work();
  if (record_->take_request(ThreadRecord::kReport)) runner_.report();
  if (record_->take_request(ThreadRecord::kDump)) runner_.dump();
}

void Scheduler::cancel_all() noexcept {
  stop_holding();
  if (alone()) alone_.notify_all();
  cancel(main_.root);
  for (Unit* unit = live_head_; unit != nullptr; unit = unit->next_live) cancel(unit->root);
}

void Scheduler::interrupt_main() noexcept {
  wake(main_, Wake::interrupted);
  if (main_.state != UnitState::ready) return;  // what it waited for came first
  (void)take_interrupt();
  // To the front: whoever is ready may be the busy one that was stopped for this.
  if (ready_head_ == &main_) return;
  unqueue(main_);
  main_.next_ready = ready_head_;
  ready_head_ = &main_;
  ++ready_;
}

void Scheduler::idle() noexcept {
  if (record_->requests.load() != 0 || record_->has_posted()) return;
  if (const auto act = std::exchange(before_sleep_, nullptr)) return act(program_);
  // When the program has lost its main thread nobody can report a deadlock: then they just sleep.
  Family& family = program_.family();
  const bool even_as_last = family.main_is_gone.load();
  if (record_->parker.wait(timers_.next_deadline(), even_as_last)) return;
  // Every thread of every process waits, and nothing will end that. The first main thread says so.
  if (family.main.get() == record_) {
    wake(main_, Wake::deadlock);
  } else {
    family.main->parker.unpark();
  }
}

void Scheduler::rearm() noexcept {
  preempt::rearm(deadlines_ != 0 ? timers_.next_deadline() : kForever);
}

void Scheduler::request(std::uint32_t what) noexcept {
  record_->request(what);
  preempt::signal_thread(*record_);
}

void Scheduler::checkpoint() noexcept {
  timers_.fire_due(monotonic_now());
  if (preempt::take_fired()) rearm();
  answer_requests();
  // The main chunk is looked at between rounds: it is to be interrupted before anybody else runs.
  if (interrupt_pending()) turns_left_ = 0;
}

}  // namespace braid::runtime
