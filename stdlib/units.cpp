// braid.units: what every unit of the program does, as a list and as a text for people. The text is
// also what a deadlock and SIGQUIT print.
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "lua_sources.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"
#include "stdlib/thread_body.hpp"
#include "unit/inquiry.hpp"

namespace braid::stdlib {
namespace {

using runtime::Inquiry;
using runtime::Message;
using runtime::ObjectKind;
using runtime::ProcessUnit;
using runtime::Question;
using runtime::ThreadRecord;
using runtime::ThreadUnit;
using runtime::Waiter;
using vm::Host;

// A thread that runs C code cannot answer, nor can a process that is stopped.
constexpr runtime::Nanos kPatience = runtime::kNanosPerSecond / 2;

void set(lua_State* L, const char* field, const char* text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, field);
}

void set(lua_State* L, const char* field, lua_Integer number) {
  lua_pushinteger(L, number);
  lua_setfield(L, -2, field);
}

// Of the table on top of the stack: which process the unit belongs to.              [-0, +0, m]
void set_process(lua_State* L, const ProcessUnit* process, lua_Integer pid) {
  set(L, "process", process != nullptr ? process->name : "MainProcess");
  set(L, "pid", pid);
}

// The list of the units of the calling thread.                                       [-0, +1, m]
int push_own(lua_State* L) {
  Host& host = Host::of(L);
  auto& self = static_cast<ThreadUnit&>(*host.thread());
  char name[ThreadUnit::kMostName + 1];
  self.copy_name(name);
  name_thread(host, name);  // its process may have been renamed
  host.push_units(L);
  const ProcessUnit* process = runtime::this_process();
  for (lua_Integer i = luaL_len(L, -1); i > 0; --i) {
    lua_rawgeti(L, -1, i);
    set_process(L, process, getpid());
    // The main chunk of a process that was started is that process.
    const bool is_process = i == 1 && process != nullptr && process->parent && self.is_main;
    if (is_process) set(L, "kind", "process");
    lua_pop(L, 1);
  }
  return 1;
}

Message* encode_own(lua_State* L) noexcept {
  Message* message = nullptr;
  const int top = lua_gettop(L);
  lua_pushcfunction(L, push_own);
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
  auto& self = static_cast<ThreadUnit&>(*host.thread());
  while (self.is_asked()) self.answers(encode_own(host.scratch()));
}

// -> handle: asks all other threads of the program.
vm::Outcome ask(vm::Call& call) {
  auto& record = call.scheduler().record();
  auto& inquiry = vm::make_shared<Inquiry>(call, ObjectKind::inquiry, record);
  inquiry.ask(static_cast<ThreadUnit&>(*call.host.thread()));
  inquiry.wait(runtime::monotonic_now() + kPatience, [&] {
    if (record.take_request(runtime::ThreadRecord::kReport)) answer(call.host);
  });
  return vm::Outcome::values(1);
}

// Appends the list on top of the stack to the one at `to`.                           [-1, +0, m]
void append_list(lua_State* L, int to) {
  const lua_Integer more = luaL_len(L, -1);
  lua_Integer count = luaL_len(L, to);
  for (lua_Integer i = 1; i <= more; ++i) {
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, to, ++count);
  }
  lua_pop(L, 1);
}

bool is_stopped_by_signal(int pid) noexcept {
  char text[512];
  std::snprintf(text, sizeof text, "/proc/%d/stat", pid);
  FILE* file = std::fopen(text, "r");
  if (file == nullptr) return false;
  const std::size_t size = std::fread(text, 1, sizeof text - 1, file);
  std::fclose(file);
  text[size] = '\0';
  const char* state = std::strrchr(text, ')');  // pid (name) state
  return state != nullptr && (state[2] == 'T' || state[2] == 't');
}

// Pushes the name by which reports speak of it.                                      [-0, +1, m]
void push_silent_name(lua_State* L, const ProcessUnit* process, ThreadUnit* thread) {
  if (thread == nullptr || (thread->is_main && process != nullptr)) {
    lua_pushstring(L, process->name);
    return;
  }
  char name[ThreadUnit::kMostName + 1];
  thread->copy_name(name);
  lua_pushfstring(L, "%s%s%s", name, process != nullptr ? " of " : "",
                  process != nullptr ? process->name : "");
}

// Into the table on top of the stack: what that waiter waits for.                    [-0, +0, m]
void set_wait(lua_State* L, const Waiter& waiter) {
  if (waiter.more) return set(L, "waits_for", "one of several operations");
  runtime::Object* object = waiter.node.kept.get();
  if (object == nullptr || !runtime::is_defined(object->kind)) return;
  const char* type = runtime::type_of(*object).name;
  lua_pushfstring(L, "%s %s", std::strchr("AEIO", type[0]) != nullptr ? "an" : "a", type);
  lua_setfield(L, -2, "waits_for");
  // A process may have been stopped with the mutex.
  if (!object->mutex.try_lock()) return;
  object->mutex.unlock();
  char holder[sizeof waiter.name];
  Host::name_holder(*object, holder);
  if (holder[0] != '\0') set(L, "holder", holder);
}

// To the list on top of the stack, whose first element is the thread: the waits of a thread that is
// stopped. Should it go on meanwhile the list may lack some.                         [-0, +0, m]
void add_waits(lua_State* L, const ProcessUnit* process, const ThreadRecord& record, int pid) {
  constexpr int kMost = 1000;
  lua_rawgeti(L, -1, 1);
  lua_getfield(L, -1, "name");
  const char* thread_name = lua_tostring(L, -1);
  const runtime::Link* link = record.waiters.next.get();
  for (int i = 0; i < kMost && link != nullptr && link != &record.waiters; ++i) {
    const Waiter* waiter = static_cast<const runtime::WaiterLink*>(link)->waiter.get();
    link = link->next.get();
    if (waiter == nullptr || !waiter->is_waiting()) continue;
    char name[sizeof waiter->name];
    std::snprintf(name, sizeof name, "%.*s", static_cast<int>(sizeof name - 1), waiter->name);
    if (std::strncmp(name, thread_name, sizeof name - 1) == 0) {
      lua_pushvalue(L, -2);
    } else {
      lua_createtable(L, 0, 8);
      set(L, "kind", "task");
      set(L, "name", name);
      set(L, "state", "stopped");
      set_process(L, process, pid);
      lua_pushvalue(L, -1);
      lua_rawseti(L, -5, luaL_len(L, -5) + 1);
    }
    set_wait(L, *waiter);
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
}

// The list of what is known of a thread that has not answered, or of a process that has none.
//                                                                                    [-0, +1, m]
void push_silent(lua_State* L, const Question& question) {
  const ProcessUnit* process = question.process.get();
  ThreadUnit* thread = question.thread.get();
  const bool is_process = process != nullptr && (thread == nullptr || thread->is_main);
  const int pid =
      process != nullptr ? process->pid : Host::of(L).program().family().main->process_id;
  const bool has_ended = thread != nullptr ? thread->has_ended() : process->has_ended();
  const bool is_stopped = !has_ended && is_stopped_by_signal(pid);
  luaL_checkstack(L, 8, nullptr);
  lua_newtable(L);
  lua_createtable(L, 0, 8);
  set(L, "kind", is_process ? "process" : "thread");
  push_silent_name(L, process, thread);
  lua_setfield(L, -2, "name");
  set(L, "id", is_process ? std::int64_t{pid} : std::int64_t{thread->native_id});
  set(L, "state", has_ended ? "ending" : is_stopped ? "stopped" : thread ? "running" : "starting");
  set_process(L, process, pid);
  lua_rawseti(L, -2, 1);
  const ThreadRecord* record = is_stopped && thread != nullptr ? thread->record.get() : nullptr;
  if (record != nullptr) add_waits(L, process, *record, pid);
}

// units() -> list of every unit that is alive: main thread first                   [-0, +1, e]
int units(lua_State* L) {
  Host& host = Host::of(L);
  lua_settop(L, 0);
  luaL_checkstack(L, 8, nullptr);
  if (host.handle_type(ObjectKind::inquiry) == nullptr) {
    constexpr luaL_Reg none[] = {{nullptr, nullptr}};
    vm::register_handle(L, ObjectKind::inquiry, none);
    lua_pop(L, 1);
  }
  lua_newtable(L);
  lua_pushcfunction(L, vm::bind<ask>);
  lua_call(L, 0, 1);
  auto& handle = *static_cast<vm::Handle*>(lua_touserdata(L, 2));
  const auto& inquiry = static_cast<Inquiry&>(*handle.object);
  for (std::uint32_t i = 0; i < inquiry.count; ++i) {
    const Question& question = inquiry.questions.get()[i];
    if (question.thread.get() == host.thread()) {
      push_own(L);
    } else if (question.answer) {
      push_message(L, *question.answer);
    } else {
      push_silent(L, question);
    }
    append_list(L, 1);
  }
  handle.let_go();
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
