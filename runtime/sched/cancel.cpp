// Cancel scopes: a chain from the innermost block of a unit out to the unit as a whole.
#include "sched/preempt.hpp"
#include "sched/scheduler.hpp"

namespace braid::runtime {

CancelScope::CancelScope() noexcept
    : Timer([](Timer& timer) noexcept {
        auto& scope = static_cast<CancelScope&>(timer);
        scope.expired = true;
        scope.scheduler->cancel(scope);
      }) {}

void Scheduler::add_deadline(Timer& timer, Nanos deadline) {
  timers_.add(timer, deadline);
  ++deadlines_;
  preempt::arm(*this, deadline);
}

void Scheduler::drop_deadline(Timer& timer) noexcept {
  timers_.remove(timer);
  --deadlines_;
}

void Scheduler::open_scope(CancelScope& scope, const void* context, Nanos deadline) {
  Unit& unit = *current_;
  if (deadline != kForever) {
    add_deadline(scope, deadline);
    scope.has_deadline = true;
  }
  scope.scheduler = this;
  scope.unit = &unit;
  scope.context = context;
  scope.outer = unit.scope;
  unit.scope = &scope;
}

void Scheduler::close_scope(CancelScope& scope) noexcept {
  if (!scope.open()) return;
  if (scope.has_deadline) drop_deadline(scope);
  CancelScope** link = scope.unit != nullptr ? &scope.unit->scope : &detached_;
  while (*link != &scope) link = &(*link)->outer;
  *link = scope.outer;
  if (scope.unit != nullptr) refresh_cancelled(*scope.unit);
  scope.unit = nullptr;
  scope.scheduler = nullptr;
}

void Scheduler::abandon_scopes(Unit& unit) noexcept {
  while (unit.scope != &unit.root) detach_innermost(unit);
  refresh_cancelled(unit);
}

void Scheduler::abandon_scopes_in(const CancelScope& outer) noexcept {
  while (current_->scope != &outer) detach_innermost(*current_);
  refresh_cancelled(*current_);
}

const Unit* Scheduler::cancel_cause() const noexcept {
  const Unit* cause = nullptr;
  for (const CancelScope* scope = current_->scope; scope != nullptr; scope = scope->outer) {
    if (scope->cancelled) cause = scope->cause;
  }
  return cause;
}

void Scheduler::cancel(CancelScope& scope) noexcept {
  scope.cancelled = true;
  timers_.remove(scope);
  if (scope.unit == nullptr) return;
  Unit& unit = *scope.unit;
  unit.cancelled = true;
  if (unit.on_cancel == OnCancel::raise) wake(unit, Wake::cancelled);
  if (unit.on_cancel == OnCancel::look) wake(unit, Wake::ready);
}

void Scheduler::detach_innermost(Unit& unit) noexcept {
  CancelScope& scope = *unit.scope;
  unit.scope = scope.outer;
  scope.unit = nullptr;
  scope.outer = detached_;
  detached_ = &scope;
}

void Scheduler::detach_attached(const void* context) noexcept {
  Unit& unit = *current_;
  while (unit.scope->context == context) detach_innermost(unit);
  refresh_cancelled(unit);
}

void Scheduler::attach_detached(const void* context) noexcept {
  Unit& unit = *current_;
  // Detaching took the innermost first, so the list holds the outermost first: order comes back.
  for (CancelScope** link = &detached_; *link != nullptr;) {
    CancelScope& scope = **link;
    if (scope.context != context) {
      link = &scope.outer;
      continue;
    }
    *link = scope.outer;
    scope.unit = &unit;
    scope.outer = unit.scope;
    unit.scope = &scope;
  }
  refresh_cancelled(unit);
}

void Scheduler::refresh_cancelled(Unit& unit) noexcept {
  unit.cancelled = false;
  for (const CancelScope* scope = unit.scope; scope != nullptr; scope = scope->outer) {
    if (scope->cancelled) unit.cancelled = true;
  }
}

void Scheduler::deliver_cancel() noexcept {
  ++deliveries_;
  for (CancelScope* scope = current_->scope; scope != nullptr; scope = scope->outer) {
    if (scope->cancelled) scope->delivered = deliveries_;
  }
}

bool Scheduler::undelivered_cancel() const noexcept {
  for (const CancelScope* scope = current_->scope; scope != nullptr; scope = scope->outer) {
    if (scope->cancelled && scope->delivered == 0) return true;
  }
  return false;
}

bool Scheduler::unwinding_since(std::uint64_t mark) const noexcept {
  for (const CancelScope* scope = current_->scope; scope != nullptr; scope = scope->outer) {
    if (scope->delivered > mark) return true;
  }
  return false;
}

}  // namespace braid::runtime
