// What a binding gives back: values, an error, or the wish to wait. A binding never raises after it
// has begun to work and never yields; the trampoline does both once every C++ object of the binding
// is gone.
#pragma once

#include <cstdint>

#include "sched/unit.hpp"

struct lua_State;

namespace braid::vm {

class Call;
struct Outcome;

// Continues a binding after its wait: Wake::ready or Wake::timeout. The arguments are still there.
using Finish = Outcome (*)(Call& call, runtime::Wake wake);

struct Outcome {
  enum class Kind : std::uint8_t {
    values,
    raise_top,
    raise_kind,
    cancelled,
    no_memory,
    park,
    go_on
  };

  // The topmost `count` values of the stack are the results.
  static Outcome values(int count) noexcept { return {Kind::values, count, nullptr, nullptr, {}}; }
  // The value on top of the stack is the error.
  static Outcome raise_top() noexcept { return {Kind::raise_top, 0, nullptr, nullptr, {}}; }
  // An error table. Both strings must be literals.
  static Outcome raise(const char* kind, const char* message) noexcept {
    return {Kind::raise_kind, 0, kind, message, {}};
  }
  static Outcome cancelled() noexcept { return {Kind::cancelled, 0, nullptr, nullptr, {}}; }
  static Outcome no_memory() noexcept { return {Kind::no_memory, 0, nullptr, nullptr, {}}; }
  // The unit has been parked in the scheduler; finish goes on when it is woken. Without one (after
  // park_ready, which only ever ends well) the call returns nothing.
  static Outcome park(Finish finish) noexcept { return {Kind::park, 0, nullptr, nullptr, finish}; }

  // The call goes on as `function` on the same stack.
  static Outcome go_on(int (*function)(lua_State*)) noexcept {
    Outcome outcome{Kind::go_on, 0, nullptr, nullptr, {}};
    outcome.function = function;
    return outcome;
  }

  Kind kind;
  int count;
  const char* error_kind;
  const char* message;
  Finish finish;
  int (*function)(lua_State*) = nullptr;
};

}  // namespace braid::vm
