// braid.units: what every unit of the program does, as a list and as a text for people. The text is
// also what a deadlock and SIGQUIT print.
#include "lua_sources.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"
#include "unit/thread.hpp"

namespace braid::stdlib {
namespace {

using runtime::Message;
using runtime::Ref;
using runtime::ThreadUnit;
using vm::Host;

// A thread that runs C code cannot answer.
constexpr runtime::Nanos kPatience = runtime::kNanosPerSecond / 2;

Message* encode_units(lua_State* L) noexcept {
  Message* message = nullptr;
  const int top = lua_gettop(L);
  lua_pushcfunction(L, [](lua_State* inner) {
    Host::of(inner).push_units(inner);
    return 1;
  });
  if (lua_pcall(L, 0, 1, 0) == LUA_OK) {
    try {
      message = make_message(L, 1, codec::Origin::value);
    } catch (const std::bad_alloc&) {
      // Then the thread's name is all that is known of it.
    }
  }
  lua_settop(L, top);
  return message;
}

void answer(Host& host) {
  static_cast<ThreadUnit&>(*host.thread()).answers(encode_units(host.scratch()));
}

// The answers, kept by Lua so that an error on the way loses none.
struct Answers {
  static constexpr std::size_t kMost = 16384;
  struct Answer {
    ThreadUnit* unit;
    Message* message;
  };
  std::size_t count = 0;
  Answer* list = nullptr;
};

int collect_answers(lua_State* L) {
  auto& answers = *static_cast<Answers*>(lua_touserdata(L, 1));
  for (std::size_t i = 0; i < answers.count; ++i) {
    runtime::drop_message(answers.list[i].message);
    runtime::drop(*answers.list[i].unit);
  }
  delete[] answers.list;
  answers = {};
  return 0;
}

struct Collector final : runtime::ReportVisitor {
  Collector(Host& of_host, Answers& into) : host(of_host), answers(into) {}
  void serve() noexcept override {
    if (host.scheduler().record().take_request(runtime::ThreadRecord::kReport)) answer(host);
  }
  void visit(ThreadUnit& unit, Message* message) override {
    if (answers.count == Answers::kMost) return runtime::drop_message(message);
    runtime::retain(unit);
    answers.list[answers.count++] = {&unit, message};
  }
  Host& host;
  Answers& answers;
};

// (answers): asks all other threads.
vm::Outcome ask(vm::Call& call) {
  auto& answers = *static_cast<Answers*>(lua_touserdata(call.L, 1));
  answers.list = new Answers::Answer[Answers::kMost];
  Collector collector(call.host, answers);
  ask_for_reports(static_cast<ThreadUnit&>(*call.host.thread()), call.scheduler().record(),
                  runtime::monotonic_now() + kPatience, collector);
  return vm::Outcome::values(0);
}

// Appends the list on top of the stack to the one below it.                         [-1, +0, m]
void append_list(lua_State* L) {
  const lua_Integer more = luaL_len(L, -1);
  lua_Integer count = luaL_len(L, -2);
  for (lua_Integer i = 1; i <= more; ++i) {
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, -3, ++count);
  }
  lua_pop(L, 1);
}

// A thread of which nothing but its name is known.                                   [-0, +1, m]
void push_silent(lua_State* L, ThreadUnit& unit) {
  lua_newtable(L);
  lua_createtable(L, 0, 4);
  lua_pushliteral(L, "thread");
  lua_setfield(L, -2, "kind");
  char name[ThreadUnit::kMostName + 1];
  unit.copy_name(name);
  lua_pushstring(L, name);
  lua_setfield(L, -2, "name");
  lua_pushinteger(L, unit.native_id);
  lua_setfield(L, -2, "id");
  lua_pushliteral(L, "running");
  lua_setfield(L, -2, "state");
  lua_rawseti(L, -2, 1);
}

// units() -> list of every unit that is alive: main thread first                   [-0, +1, e]
int units(lua_State* L) {
  Host& host = Host::of(L);
  lua_settop(L, 0);
  host.push_units(L);
  auto& answers = *new (lua_newuserdatauv(L, sizeof(Answers), 0)) Answers;
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, collect_answers);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_pushcfunction(L, vm::bind<ask>);
  lua_pushvalue(L, 2);
  lua_call(L, 1, 0);
  for (std::size_t i = 0; i < answers.count; ++i) {
    const Answers::Answer& answer = answers.list[i];
    lua_pushvalue(L, 1);
    if (answer.message != nullptr) {
      push_message(L, *answer.message);
    } else {
      push_silent(L, *answer.unit);
    }
    append_list(L);
    lua_pop(L, 1);
  }
  lua_pushcfunction(L, collect_answers);
  lua_pushvalue(L, 2);
  lua_call(L, 1, 0);
  lua_settop(L, 1);
  return 1;
}

// Pushes the text about all units.                                                   [-0, +1, e]
void push_text(lua_State* L) {
  lua_pushcfunction(L, units);
  lua_call(L, 0, 1);
  run_embedded(L, lua_units, "=braid.units", 1, 1);
}

}  // namespace

void open_units(lua_State* L) { Host::of(L).on_report(answer, push_text); }

int load_units(lua_State* L) {
  lua_pushcfunction(L, units);
  return 1;
}

}  // namespace braid::stdlib
