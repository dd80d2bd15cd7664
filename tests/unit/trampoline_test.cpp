// Bindings of every kind of Outcome, called where Lua can yield and where it cannot.
#include <string>
#include <utility>

#include "tests/unit/catch.hpp"
#include "tests/unit/script_state.hpp"
#include "vm/call.hpp"
#include "vm/errors.hpp"

using braid::runtime::Wake;
using braid::test::ScriptState;
using namespace braid::vm;

namespace {

braid::runtime::WaitList* g_list = nullptr;

Outcome give_two(Call& call) {
  lua_pushinteger(call.L, 1);
  lua_pushinteger(call.L, 2);
  return Outcome::values(2);
}
Outcome raise_top(Call& call) {
  lua_settop(call.L, 1);
  return Outcome::raise_top();
}
Outcome raise_kind(Call&) { return Outcome::raise(errors::kInvalidState, "not like this"); }
Outcome no_memory(Call&) { throw std::bad_alloc(); }

// A real object of C++ is gone before the trampoline raises or yields.
int g_alive = 0;
struct Alive {
  Alive() { ++g_alive; }
  Alive(const Alive&) = delete;
  Alive& operator=(const Alive&) = delete;
  ~Alive() { --g_alive; }
};
Outcome raise_with_object(Call& call) {
  const Alive alive;
  return raise_kind(call);
}

// wait(value[, timeout]) -> value, why
Outcome wait(Call& call) {
  const Alive alive;
  const Patience patience = call.opt_patience(2);
  return call.wait(g_list, patience, "a test", [](Call& after, Wake wake) {
    lua_settop(after.L, 1);
    lua_pushstring(after.L, wake == Wake::ready ? "ready" : "timeout");
    return Outcome::values(2);
  });
}
// wait_thrice(value): parks again in its finish
Outcome wait_again(Call& call, Wake) {
  const lua_Integer left = lua_tointeger(call.L, 1) - 1;
  lua_pushinteger(call.L, left);
  lua_replace(call.L, 1);
  if (left == 0) return Outcome::raise(errors::kInvalidState, "waited enough");
  return call.wait(g_list, {}, "a test", wait_again);
}
Outcome wait_thrice(Call& call) { return call.wait(g_list, {}, "a test", wait_again); }
Outcome notify(Call&) {
  g_list->notify_all();
  return Outcome::values(0);
}
Outcome check_task(Call& call) {
  (void)call.self<Task>(Type::task, "Task");
  return Outcome::values(0);
}
Outcome check_seconds(Call& call) {
  lua_pushnumber(call.L, call.seconds(1));
  return Outcome::values(1);
}
Outcome check_callable(Call& call) {
  call.check_callable(1);
  return Outcome::values(0);
}

constexpr luaL_Reg kBindings[] = {{"give_two", bind<give_two>},
                                  {"raise_top", bind<raise_top>},
                                  {"raise_kind", bind<raise_kind>},
                                  {"raise_with_object", bind<raise_with_object>},
                                  {"no_memory", bind<no_memory>},
                                  {"wait", bind<wait>},
                                  {"wait_thrice", bind<wait_thrice>},
                                  {"notify", bind<notify>},
                                  {"check_task", bind<check_task>},
                                  {"check_seconds", bind<check_seconds>},
                                  {"check_callable", bind<check_callable>},
                                  {nullptr, nullptr}};

// Runs a script that has the bindings above as globals; what it raises, or nothing.
std::string run(const char* source) {
  braid::runtime::WaitList list;
  g_list = &list;
  g_alive = 0;
  ScriptState state;
  for (const luaL_Reg* binding = kBindings; binding->name != nullptr; ++binding) {
    lua_register(state.L, binding->name, binding->func);
  }
  std::string error = state.run(source).error;
  state.drain();
  CHECK(g_alive == 0);
  return error;
}

}  // namespace

TEST_CASE("trampoline: values are the results") {
  CHECK(run("local a, b, c = give_two() assert(a == 1 and b == 2 and c == nil)").empty());
}

TEST_CASE("trampoline: an error keeps its value, an error kind is a table") {
  CHECK(run("local t = {} local ok, e = pcall(raise_top, t) assert(not ok and e == t)").empty());
  CHECK(run("local ok, e = pcall(raise_kind) assert(not ok and e.kind == 'invalid_state')"
            "assert(e.message == 'not like this' and tostring(e) == e.message)"
            "assert(e.traceback:find('stack traceback'))")
            .empty());
  CHECK(run("raise_with_object()") == "not like this");
}

TEST_CASE("trampoline: std::bad_alloc of a binding is Lua's own message") {
  CHECK(run("no_memory()").find("not enough memory") != std::string::npos);
  CHECK(run("for i = 1, 3 do assert(select(2, pcall(no_memory)):find('memory')) end").empty());
}

TEST_CASE("trampoline: a wait ends by what it waits for or by its deadline") {
  const char* waiters[] = {
      "return wait(...)",  // by a yield
      "local r table.sort({2, 1}, function(a, b) r = r or table.pack(wait(x, y)) return a < b end) "
      "return table.unpack(r)",  // on its C stack
      "return coroutine.wrap(function(...) return wait(...) end)(...)"};
  for (const std::string waiter : waiters) {
    const std::string script = "x, y = 'v', nil local f = load([[" + waiter + R"lua(]])
      local function both() return f(x, y) end
      local t = braid.task.spawn(both)
      braid.task.yield()
      assert(not t:done())
      notify()
      local value, why = t:result()
      assert(value == "v" and why == "ready")
      y = 0.001
      local before = braid.time.monotonic()
      value, why = braid.task.run(both)
      assert(value == "v" and why == "timeout" and braid.time.monotonic() - before >= 0.001)
      y = 0
      value, why = both()
      assert(value == "v" and why == "timeout")
      braid.time.after(0.001, notify)
      y = nil
      value, why = both() -- the main chunk
      assert(value == "v" and why == "ready")
    )lua";
    INFO(waiter);
    CHECK(run(script.c_str()).empty());
  }
}

TEST_CASE("trampoline: a finish may wait again, and raise") {
  CHECK(run(R"lua(
    local t = braid.task.spawn(pcall, wait_thrice, 3)
    for i = 1, 3 do
      braid.task.yield()
      assert(not t:done())
      notify()
    end
    local ok, e = t:result()
    assert(not ok and e.message == "waited enough")
  )lua")
            .empty());
}

TEST_CASE("trampoline: a cancelled wait raises and has left the list") {
  CHECK(run(R"lua(
    for _, f in ipairs{wait, function() table.sort({2, 1}, function() wait() end) end} do
      local t = braid.task.spawn(f)
      braid.task.yield()
      t:cancel("why")
      local ok, e = pcall(t.result, t)
      assert(not ok and e.kind == "cancelled" and e.message == "why" and t:cancelled())
      notify()
    end
  )lua")
            .empty());
}

TEST_CASE("trampoline: nobody left to end it is a deadlock error") {
  CHECK(run("local ok, e = pcall(wait, 1) assert(not ok and e.kind == 'deadlock')").empty());
}

TEST_CASE("trampoline: arguments are checked with Lua's own words") {
  const std::pair<const char*, const char*> wrong[] = {
      {"check_task()", "#1 to 'check_task' (Task expected, got no value)"},
      {"check_task({})", "#1 to 'check_task' (Task expected, got table)"},
      {"check_task(io.stdout)", "#1 to 'check_task' (Task expected, got FILE*)"},
      {"braid.task.spawn(print).join(1)", "#1 to 'join' (Task expected, got number)"},
      {"check_seconds('x')", "#1 to 'check_seconds' (number expected, got string)"},
      {"check_seconds(0/0)", "#1 to 'check_seconds' (number expected, got nan)"},
      {"check_callable(1)", "#1 to 'check_callable' (function expected, got number)"}};
  for (const auto& [call, text] : wrong) {
    CHECK(run(call) == std::string("script:1: bad argument ") + text);
  }
  CHECK(run("check_task(braid.task.spawn(print))").empty());
  CHECK(run("assert(check_seconds('2.5') == 2.5)").empty());
  CHECK(run("check_callable(setmetatable({}, {__call = print}))").empty());
}
