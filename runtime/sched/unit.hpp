// A unit of execution as the scheduler sees it (a task, or the main chunk of its thread), and the
// cancel scopes that it is inside of.
#pragma once

#include <cstdint>

#include "park/clock.hpp"
#include "park/wait_list.hpp"
#include "park/waiter.hpp"
#include "sched/timer_heap.hpp"

namespace braid::runtime {

struct Fiber;
struct Unit;
class Scheduler;

// Why a wait ended.
enum class Wake : std::uint8_t { ready, timeout, cancelled, interrupted, deadlock };

// A stretch of a unit's run that can be cancelled as a whole: the task itself (the root), a block
// under a timeout, the block of a group. Once cancelled it stays so: every wait inside raises.
//
// A scope belongs to the coroutine that opened it (`context`). While that coroutine is suspended
// by the script's own yield, its scopes are taken off the unit and hang in the scheduler.
struct CancelScope : Timer {
  CancelScope() noexcept;

  [[nodiscard]] bool open() const noexcept { return scheduler != nullptr; }

  Scheduler* scheduler = nullptr;
  Unit* unit = nullptr;          // null while detached
  CancelScope* outer = nullptr;  // the next one outwards; while detached: the next detached one
  const void* context = nullptr;
  std::uint64_t delivered = 0;  // when a wait inside last raised because of it; 0 = never
  const Unit* cause = nullptr;  // whose failure cancelled it; only ever compared
  bool cancelled = false;
  bool expired = false;  // cancelled by its own deadline
  bool has_deadline = false;
};

// What a cancellation does to a wait in progress: nothing, end it with an error, or wake the unit
// to see for itself.
enum class OnCancel : std::uint8_t { stay, raise, look };

// created -> ready <-> running -> parked -> ready ... -> done
enum class UnitState : std::uint8_t { created, ready, running, parked, done };

// Owning thread only, all of it.
struct Unit : WaitNode, Timer {
  Unit() noexcept;

  Unit* next_ready = nullptr;
  Unit* next_live = nullptr;
  Unit* prev_live = nullptr;
  Fiber* fiber = nullptr;  // the C stack that it waits on; null when it waits by a Lua yield
  CancelScope root;
  CancelScope* scope = &root;  // innermost
  WaitList joiners;
  Scheduler* scheduler = nullptr;
  Waiter* waiter = nullptr;  // made for its first wait for something shared
  std::uint64_t id = 0;
  const char* waits_for = nullptr;  // for reports: a word such as "sleep"
  WaitList* waits_in = nullptr;     // while parked; null = nothing but time, or something shared
  Nanos waits_since = 0;            // to some milliseconds
  UnitState state = UnitState::created;
  Wake wake = Wake::ready;
  bool cancelled = false;        // some scope that it is inside of is
  bool waits_shared = false;     // parked by park_shared()
  bool finishes_always = false;  // whoever waits goes on by itself, whatever ended the wait
  OnCancel on_cancel = OnCancel::stay;
};

}  // namespace braid::runtime
