// A task: a unit that is a Lua coroutine. It lives inside the userdata that scripts hold.
//
// While it lives, Host anchors the userdata (slot) and the userdata the coroutine (user value 1);
// afterwards user value 1 is the result: the value, a packed table, or the error.
// User value 2 is nil or a table of what few tasks have: name, message (of cancel), traceback,
// callbacks, untaken (the guard that reports an error nobody takes).
#pragma once

#include <lua.hpp>

#include "sched/unit.hpp"

namespace braid::vm {

struct Task : runtime::Unit {
  // pending -> returned | failed | cancelled
  enum class Result : std::uint8_t { pending, returned, failed, cancelled };

  [[nodiscard]] bool done() const noexcept { return result != Result::pending; }

  lua_State* coroutine = nullptr;  // null once done
  int slot = 0;                    // in the table of live tasks
  int results = 0;
  Result result = Result::pending;
  bool started = false;
  bool exposed = false;   // a script holds the coroutine: it must not run another task later
  bool callback = false;  // runs a callback: its error is reported at once
};

// The guard of an error that nobody has taken yet: reports it when it is collected, or at the end
// of the program. Those that still may stand in a list of the host, oldest first.
//   user value 1: the error   2: the traceback   3: the task's name
struct Untaken {
  Untaken* older = nullptr;
  Untaken* newer = nullptr;
  bool armed = false;
};

inline constexpr int kTaskResult = 1;  // user values
inline constexpr int kTaskExtras = 2;

}  // namespace braid::vm
