// braid.task: Watch, which waits for many tasks at once. gather, wait, as_completed, run and groups
// are all made of it (task.lua).
//
// watch:add(task) and watch:spawn(fn, ...) hang one node in the task's list of joiners. When the
// task ends the node moves to the watch's list of completions, and whoever waits in watch:next() is
// woken. A watch that fails fast cancels the other tasks, and the block of its owner, at the first
// failure.
#include <utility>

#include "stdlib/modules.hpp"
#include "vm/call.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {
namespace {

using runtime::OnCancel;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
using vm::Patience;
using vm::Task;
namespace errors = vm::errors;

struct Watch;

struct Node : runtime::WaitNode {
  explicit Node(Watch& owner) noexcept : WaitNode(completed), watch(owner) {}
  static void completed(WaitNode& node) noexcept;

  Watch& watch;
  Task* task = nullptr;
  lua_Integer index = 0;
  Node* prev = nullptr;  // among the pending ones, or the next completed one
  Node* next_node = nullptr;
};

// What its owner waits for; with the tasks' names behind it in a deadlock report.
constexpr const char* kOneOf = "one of several tasks to end";
constexpr const char* kAll = "its tasks to end";
constexpr const char* kUnwound = "its tasks to unwind";

// User value 1 holds the tasks by index, as long as their nodes exist. Owning thread only.
// `waiters` is the first member, so the list that a unit waits in is the Watch that it waits for.
struct Watch {
  runtime::WaitList waiters;
  runtime::CancelScope scope;  // the owner's block; open in a group only
  Node* pending = nullptr;
  Node* completed = nullptr;
  Node* spares = nullptr;  // for the next tasks
  Node** completed_end = &completed;
  lua_Integer pending_count = 0;
  lua_Integer added = 0;
  bool owns = false;  // leaving it cancels what is pending and waits for that
  bool fails_fast = false;
  bool stopped = false;
  bool starting = false;  // spawning runs the collector, and a finalizer may spawn in here, too

  void cancel_pending(runtime::Scheduler& scheduler) noexcept {
    // A cancel wakes tasks but runs none, so the list stays as it is.
    for (Node* node = pending; node != nullptr; node = node->next_node) {
      scheduler.cancel(node->task->root);
    }
  }
  Node* pop_completed() noexcept {
    Node* node = completed;
    completed = node->next_node;
    if (completed == nullptr) completed_end = &completed;
    return node;
  }
};

void Node::completed(WaitNode& base) noexcept {
  auto& node = static_cast<Node&>(base);
  Watch& watch = node.watch;
  (node.prev != nullptr ? node.prev->next_node : watch.pending) = node.next_node;
  if (node.next_node != nullptr) node.next_node->prev = node.prev;
  node.next_node = nullptr;
  *watch.completed_end = &node;
  watch.completed_end = &node.next_node;
  --watch.pending_count;
  if (watch.fails_fast && node.task->result == Task::Result::failed) {
    watch.fails_fast = false;
    watch.cancel_pending(*node.task->scheduler);
    if (watch.scope.open()) {
      watch.scope.cause = node.task;
      node.task->scheduler->cancel(watch.scope);
    }
  }
  watch.waiters.notify_all();
}

Watch& self(const Call& call) { return call.self<Watch>(vm::Type::watch, "Watch"); }

// watch([how]) -> Watch; how: "own" cancels on leaving, "fail_fast" also on the first failure,
// "group" also has the caller's block cancelled by it
Outcome new_watch(Call& call) {
  static constexpr const char* kHow[] = {"look", "own", "fail_fast", "group", nullptr};
  const int how = luaL_checkoption(call.L, 1, "look", kHow);
  auto& watch = vm::new_object<Watch>(call.L, call.host, vm::Type::watch, 2);
  lua_newtable(call.L);
  lua_setiuservalue(call.L, -2, 1);
  lua_pushthread(call.L);  // see timeout(): the scope is known by its coroutine's address
  lua_setiuservalue(call.L, -2, 2);
  watch.owns = how >= 1;
  watch.fails_fast = how >= 2;
  if (how == 3) {
    call.scheduler().open_scope(watch.scope, call.host.current_coroutine(), runtime::kForever);
  }
  return Outcome::values(1);
}

// Makes room for one more task, so that watching it cannot fail. Throws std::bad_alloc.
void make_room(Call& call, Watch& watch) {
  lua_getiuservalue(call.L, 1, 1);
  Node** link = &watch.spares;
  for (int i = 1; i <= (watch.starting ? 2 : 1); ++i) {
    if (*link == nullptr) *link = new Node(watch);
    link = &(*link)->next_node;
    lua_pushboolean(call.L, 0);
    lua_rawseti(call.L, -2, watch.added + i);
  }
  lua_pop(call.L, 1);
}

// Watches the task at `index` of the stack; there is room.
void hang(Call& call, Watch& watch, Task& task, int index) noexcept {
  Node* node = watch.spares;
  watch.spares = node->next_node;
  node->task = &task;
  node->index = ++watch.added;
  ++watch.pending_count;
  lua_pushvalue(call.L, index);
  lua_getiuservalue(call.L, 1, 1);
  lua_insert(call.L, -2);
  lua_rawseti(call.L, -2, watch.added);
  lua_pop(call.L, 1);
  node->next_node = watch.pending;
  if (watch.pending != nullptr) watch.pending->prev = node;
  watch.pending = node;
  if (task.done()) {
    Node::completed(*node);
  } else {
    task.joiners.push(*node);
  }
}

// watch:add(task)
Outcome watch_add(Call& call) {
  Watch& watch = self(call);
  auto& task = call.self<Task>(vm::Type::task, "Task", 2);
  if (&task == call.host.current_task()) {
    return Outcome::raise(errors::kInvalidState, "a task cannot wait for itself");
  }
  make_room(call, watch);
  hang(call, watch, task, 2);
  return Outcome::values(0);
}

// watch:spawn(fn, ...) -> Task. When it fails nothing runs that the watch does not know of.
Outcome watch_spawn(Call& call) {
  Watch& watch = self(call);
  call.check_callable(2);
  make_room(call, watch);
  luaL_checkstack(call.L, 8, nullptr);
  const bool nested = std::exchange(watch.starting, true);
  Task& task = call.host.spawn(call.L, lua_gettop(call.L) - 2);
  watch.starting = nested;
  hang(call, watch, task, 2);
  return Outcome::values(1);
}

Outcome take_next(Call& call, Wake wake) {
  Watch& watch = self(call);
  if (watch.completed == nullptr) {
    if (wake == Wake::timeout || watch.stopped) {
      lua_pushnil(call.L);
      return Outcome::values(1);
    }
    return call.wait(&watch.waiters, call.opt_patience(2), kOneOf, take_next);
  }
  Node* node = watch.pop_completed();
  const lua_Integer index = node->index;
  delete node;
  lua_getiuservalue(call.L, 1, 1);
  lua_rawgeti(call.L, -1, index);
  lua_pushnil(call.L);
  lua_rawseti(call.L, -3, index);
  lua_pushinteger(call.L, index);
  lua_insert(call.L, -2);
  return Outcome::values(2);
}

// watch:next([timeout]) -> index, task in order of completion; nil when the time is up or stopped
//                                                                         [-0, +1|2, e, waits]
Outcome watch_next(Call& call) {
  Watch& watch = self(call);
  const Patience patience = call.opt_patience(2);
  if (!patience.immediate && call.scheduler().current().cancelled) return Outcome::cancelled();
  if (watch.completed != nullptr) return take_next(call, Wake::ready);
  return call.wait(&watch.waiters, patience, kOneOf, take_next);
}

// watch:settle() -> true when the caller was cancelled meanwhile
// Waits until all have ended; if the caller is cancelled they are, too, and it waits on.
Outcome watch_settle(Call& call) {
  Watch& watch = self(call);
  const bool cancelled = call.scheduler().current().cancelled;
  if (watch.pending_count == 0) {
    lua_pushboolean(call.L, cancelled);
    return Outcome::values(1);
  }
  if (cancelled) watch.cancel_pending(call.scheduler());
  return call.wait_shielded(&watch.waiters, kAll, cancelled ? OnCancel::stay : OnCancel::look,
                            [](Call& after, Wake) { return watch_settle(after); });
}

// watch:cancel()
Outcome watch_cancel(Call& call) {
  self(call).cancel_pending(call.scheduler());
  return Outcome::values(0);
}

// watch:stop(): whoever waits in next() gets nil
Outcome watch_stop(Call& call) {
  Watch& watch = self(call);
  watch.stopped = true;
  watch.waiters.notify_all();
  return Outcome::values(0);
}

// watch:pending() -> how many have not ended
Outcome watch_pending(Call& call) {
  lua_pushinteger(call.L, self(call).pending_count);
  return Outcome::values(1);
}

// watch:leave_block() -> was the owner's block cancelled by a failure?
Outcome watch_leave_block(Call& call) {
  Watch& watch = self(call);
  lua_pushboolean(call.L, watch.scope.cancelled);
  call.scheduler().close_scope(watch.scope);
  return Outcome::values(1);
}

// watch:forgive(): failures from now on cancel nobody
Outcome watch_forgive(Call& call) {
  self(call).fails_fast = false;
  return Outcome::values(0);
}

// The names of the tasks that a unit waits for, oldest first.
void describe_wait(lua_State* L, const runtime::Unit& unit) {
  constexpr int kNamed = 5;
  const auto& watch = *reinterpret_cast<const Watch*>(unit.waits_in);
  const Node* node = watch.pending;
  if (node == nullptr) {  // run_forever()
    lua_pushliteral(L, "the loop to be stopped");
    return;
  }
  while (node->next_node != nullptr) node = node->next_node;
  lua_pushstring(L, watch.pending_count == 1 ? "the end of " : unit.waits_for);
  for (int i = 0; node != nullptr && i < kNamed; ++i, node = node->prev) {
    if (watch.pending_count > 1) {
      lua_pushstring(L, i == 0 ? ": " : ", ");
      lua_concat(L, 2);
    }
    vm::Host::push_name(L, *node->task);
    lua_concat(L, 2);
  }
  if (watch.pending_count > kNamed) {
    lua_pushfstring(L, " and %I more", static_cast<LUAI_UACINT>(watch.pending_count - kNamed));
    lua_concat(L, 2);
  }
}

void detach(Call& call, Watch& watch) noexcept {
  call.scheduler().close_scope(watch.scope);
  while (watch.pending != nullptr) {
    Node* node = watch.pending;
    watch.pending = node->next_node;
    node->unlink();
    delete node;
  }
  watch.pending_count = 0;
  while (watch.completed != nullptr) delete watch.pop_completed();
  while (watch.spares != nullptr) delete std::exchange(watch.spares, watch.spares->next_node);
}

// __close: what the watch owns does not outlive it
Outcome watch_close(Call& call) {
  Watch& watch = self(call);
  if (watch.owns && watch.pending_count > 0) {
    watch.cancel_pending(call.scheduler());
    return call.wait_shielded(&watch.waiters, kUnwound, OnCancel::stay,
                              [](Call& after, Wake) { return watch_close(after); });
  }
  detach(call, watch);
  return Outcome::values(0);
}

Outcome watch_collect(Call& call) {
  detach(call, self(call));
  return Outcome::values(0);
}

constexpr luaL_Reg kWatchMethods[] = {
    {"add", bind<watch_add>},         {"spawn", bind<watch_spawn>},
    {"next", bind<watch_next>},       {"settle", bind<watch_settle>},
    {"cancel", bind<watch_cancel>},   {"stop", bind<watch_stop>},
    {"pending", bind<watch_pending>}, {"leave_block", bind<watch_leave_block>},
    {"forgive", bind<watch_forgive>}, {"__close", bind<watch_close>},
    {"__gc", bind<watch_collect>},    {nullptr, nullptr},
};

}  // namespace

const luaL_Reg kWatchFunctions[] = {{"watch", bind<new_watch>}, {nullptr, nullptr}};

void register_watch(lua_State* L) {
  vm::register_type(L, vm::Type::watch, "braid.Watch", kWatchMethods);
  lua_pop(L, 1);
  for (const char* what : {kOneOf, kAll, kUnwound}) {
    vm::Host::of(L).describe_wait(what, describe_wait);
  }
}

}  // namespace braid::stdlib
