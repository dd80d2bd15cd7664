#include "vm/host.hpp"

#include <cstdio>
#include <cstdlib>
#include <new>
#include <string_view>

#include "arena/arena.hpp"
#include "park/operation.hpp"
#include "vm/errors.hpp"
#include "vm/lua_libs.hpp"
#include "vm/status_lines.hpp"

namespace braid::vm {

using runtime::Unit;
using runtime::UnitState;
using runtime::Wake;

namespace {

const char kRegistryKey = 0;
const char kDrainKey = 0;
constexpr runtime::Nanos kLongRun = 100'000'000;
constexpr const char* kNoWaitInFinalizer = "cannot wait in a __gc metamethod";

// Is code of L called, however deep, by a __gc metamethod? Lua says so of the function itself.
bool in_finalizer(lua_State* L) {
  // While a finalizer runs the collector does not; so the walk is for rare cases only.
  if (lua_gc(L, LUA_GCISRUNNING) == 1) return false;
  lua_Debug frame;
  for (int level = 0; lua_getstack(L, level, &frame); ++level) {
    lua_getinfo(L, "n", &frame);
    if (frame.name != nullptr && std::string_view(frame.name) == "__gc" &&
        std::string_view(frame.namewhat) == "metamethod") {
      return true;
    }
  }
  return false;
}

// A new table with that __mode, in the registry.
int ref_weak_table(lua_State* L, const char* mode) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushstring(L, mode);
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  return luaL_ref(L, LUA_REGISTRYINDEX);
}

}  // namespace

Host::Host(lua_State* L, runtime::Program& program)
    : program_(program),
      scheduler_(*this, program),
      holdings_(scheduler_.record()),
      registry_(lua_topointer(L, LUA_REGISTRYINDEX)),
      current_(L) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  main_ = lua_tothread(L, -1);
  lua_pop(L, 1);
  current_ = main_;
  if (const char* debug = std::getenv("BRAID_DEBUG"); debug != nullptr && debug[0] == '1') {
    scheduler_.watch_long_runs(kLongRun);
  }
}

Host::~Host() {
  if (t_current == this) t_current = nullptr;
}

Host* Host::create(void* block, lua_State* L, runtime::Program* program) noexcept {
  runtime::Program* own = nullptr;
  try {
    if (program == nullptr) program = own = runtime::arena::create<runtime::Program>();
    auto* host = new (block) Host(L, *program);
    host->owns_program_ = own != nullptr;
    return host;
  } catch (const std::bad_alloc&) {
    if (own != nullptr) runtime::arena::destroy(own);
    return nullptr;
  }
}

Host& Host::attach(lua_State* L, runtime::Program* program) {
  luaL_checkstack(L, 8, nullptr);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kRegistryKey) == LUA_TNIL) {
    // Everything that can fail comes before the host is made.
    lua_State* scratch = lua_newthread(L);
    const int scratch_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    const int tasks_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    const int pool_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    const int untaken_ref = ref_weak_table(L, "k");  // so that the collector can report them
    const int failed_ref = ref_weak_table(L, "v");
    void* block = lua_newuserdatauv(L, sizeof(Host), 0);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, collect);
    lua_setfield(L, -2, "__gc");
    Host* host = create(block, L, program);
    if (host == nullptr) luaL_error(L, "not enough memory");
    lua_setmetatable(L, -2);
    host->scratch_ = scratch;
    host->tasks_ref_ = tasks_ref;
    host->pool_ref_ = pool_ref;
    host->untaken_ref_ = untaken_ref;
    host->failed_ref_ = failed_ref;
    (void)scratch_ref;  // anchored for the state's life
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kRegistryKey);
  }
  lua_pop(L, 1);
  return find(L);
}

Host& Host::find(lua_State* L) noexcept {
  if (t_current != nullptr && t_current->registry_ == lua_topointer(L, LUA_REGISTRYINDEX)) {
    return *t_current;
  }
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kRegistryKey);
  t_current = static_cast<Host*>(lua_touserdata(L, -1));
  lua_pop(L, 1);
  return *t_current;
}

int Host::collect(lua_State* L) {
  auto* host = static_cast<Host*>(lua_touserdata(L, 1));
  const bool may_wait = host->drain_on_close_ && !host->exiting_;
  host->drain_at_end(L);
  if (host->close_hook_ != nullptr) host->close_hook_(L, may_wait);
  host->exiting_ = true;
  runtime::Program* own = host->owns_program_ ? &host->program_ : nullptr;
  host->~Host();
  if (own != nullptr && !own->left.exchange(true)) runtime::drop(*own);
  return 0;
}

// --- draining a state that somebody else closes ---

void Host::drain_at_end(lua_State* L) noexcept {
  if (!drain_on_close_ || exiting_) return;
  if (drain(L) == Drained::deadlock) {
    status::write_report(deadlock_report(L).c_str());
  }
  // What failed meanwhile has no finalizer: the state that is being closed makes none.
  report_untaken(L);
}

// Finalizers run youngest first. So that the tasks still find their files and groups open, what
// drains must be younger than those: a new object each time, anchored, so that only the closing of
// the state can get at the last one.
void Host::renew_drain(lua_State* L) noexcept {
  if (!lua_checkstack(L, 2)) return;
  lua_pushcfunction(L, [](lua_State* inner) {
    Host& host = of(inner);
    void* block = lua_newuserdatauv(inner, 1, 0);
    if (luaL_newmetatable(inner, "braid.Drain")) {
      lua_pushcfunction(inner, [](lua_State* closing) {
        Host& closed = of(closing);
        if (lua_touserdata(closing, 1) == closed.drain_) closed.drain_at_end(closing);
        return 0;
      });
      lua_setfield(inner, -2, "__gc");
    }
    lua_setmetatable(inner, -2);
    lua_rawsetp(inner, LUA_REGISTRYINDEX, &kDrainKey);
    host.drain_ = block;
    return 0;
  });
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) lua_pop(L, 1);  // no memory: the older one will do
}

// --- waiting on the C stack ---

const char* Host::refusal(lua_State* L) const noexcept {
  if (can_yield(L)) return nullptr;
  if (exiting_) return "cannot wait: the program is ending";
  return in_finalizer(L) ? kNoWaitInFinalizer : nullptr;
}

void Host::leave(lua_State* L) {
  const char* problem = refusal(L);
  if (problem == nullptr) {
    lua_State* inside = current_;
    current_ = nullptr;  // the loop runs no Lua of its own
    try {
      scheduler_.leave_stack();
    } catch (const std::bad_alloc&) {
      problem = "not enough memory";
    }
    back_on_stack(inside);
    keep_until_drained(L);
  }
  if (problem != nullptr && scheduler_.unpark_current()) luaL_error(L, "%s", problem);
}

Host::Drained Host::drain(lua_State* L) noexcept {
  Drained outcome = Drained::all;
  while (outcome == Drained::all && !scheduler_.alone()) {
    scheduler_.park_until_alone("the end of all tasks");
    outcome = outwait(L);
  }
  return outcome;
}

Host::Drained Host::drain(lua_State* L, runtime::Object& object, std::uint32_t operation,
                          const char* what) noexcept {
  try {
    runtime::Waiter& waiter = scheduler_.prepare_shared(runtime::kForever);
    runtime::prepare(waiter.node, waiter, object, operation, 0);
    if (runtime::start(waiter.node)) return Drained::all;
  } catch (const std::bad_alloc&) {
    return no_memory_to_drain();
  }
  scheduler_.park_shared(runtime::kForever, runtime::OnCancel::stay, what);
  return outwait(L);
}

// The main chunk is parked for the last time.
Host::Drained Host::outwait(lua_State* L) noexcept {
  lua_State* inside = current_;
  current_ = nullptr;
  try {
    scheduler_.leave_stack();
  } catch (const std::bad_alloc&) {
    scheduler_.unpark_current();
    return no_memory_to_drain();
  }
  back_on_stack(inside);
  const Wake wake = scheduler_.main().wake;
  if (wake == Wake::interrupted) return Drained::interrupted;
  if (wake != Wake::deadlock) return Drained::all;
  if (deadlock_handler_ != nullptr) deadlock_handler_(deadlock_report(L).c_str());
  scheduler_.end_reported();
  return Drained::deadlock;
}

Host::Drained Host::no_memory_to_drain() noexcept {
  std::fputs("braid: not enough memory to run the remaining tasks\n", stderr);
  return Drained::no_memory;
}

void Host::cancel_all() noexcept {
  scheduler_.stop_holding();
  for (Unit* unit = scheduler_.first_live(); unit != nullptr; unit = unit->next_live) {
    scheduler_.cancel(unit->root);
  }
}

void Host::step(lua_State*) noexcept {
  lua_State* inside = current_;
  scheduler_.park_ready();
  current_ = nullptr;
  try {
    scheduler_.leave_stack();
  } catch (const std::bad_alloc&) {
    scheduler_.unpark_current();
  }
  back_on_stack(inside);
}

void Host::back_on_stack(lua_State* inside) noexcept {
  current_ = inside;
  t_current = this;
  const Task* task = current_task();
  t_task_body = task != nullptr ? task->coroutine : nullptr;
}

std::int64_t Host::next_timeout_ns() const noexcept {
  const runtime::Nanos deadline = scheduler_.next_deadline();
  if (deadline == runtime::kForever) return -1;
  if (deadline == 0) return 0;
  const runtime::Nanos now = runtime::monotonic_now();
  return deadline > now ? deadline - now : 0;
}

// --- reaching code that runs: signal handler, then hook, then checkpoint ---

void Host::request_checkpoint() noexcept {
  lua_State* L = current_;
  if (L == nullptr || hooked_ == L) return;
  if (hooked_ != nullptr) restore_hook();
  saved_hook_ = lua_gethook(L);
  saved_mask_ = lua_gethookmask(L);
  saved_count_ = lua_gethookcount(L);
  hooked_ = L;
  own_instructions_ = 0;
  lua_sethook(L, checkpoint_hook, LUA_MASKCOUNT, 1);
}

void Host::restore_hook() noexcept {
  lua_sethook(hooked_, saved_hook_, saved_mask_, saved_count_);
  hooked_ = nullptr;
}

// What is raised here must not come between what somebody has got and the one who is to have it. So
// only at an instruction of the script: not in a function of Braid, in C or in Lua, not in a
// __close metamethod, and not at the next instruction after these, which may be the one that makes
// a <close> variable of what they return.
bool Host::may_check(lua_State* L) noexcept {
  constexpr int kLookedAt = 64;  // levels: it is asked at every instruction
  constexpr std::string_view kOurs = "=braid.";
  lua_Debug frame;
  for (int level = 0; level < kLookedAt && lua_getstack(L, level, &frame) != 0; ++level) {
    lua_getinfo(L, "Sn", &frame);
    const bool is_ours =
        level == 0 && std::string_view(frame.source).substr(0, kOurs.size()) == kOurs;
    const bool closes =
        std::string_view(frame.namewhat) == "metamethod" && std::string_view(frame.name) == "close";
    if (!is_ours && !closes) continue;
    own_instructions_ = 0;
    return false;
  }
  return ++own_instructions_ > 1;
}

void Host::checkpoint_hook(lua_State* L, lua_Debug*) {
  Host& host = of(L);
  if (host.hooked_ == L) {
    if (!host.may_check(L)) return;
    host.restore_hook();
  } else {
    lua_sethook(L, nullptr, 0, 0);  // inherited by a coroutine that was made in between
  }
  host.checkpoint(L);
}

void Host::checkpoint(lua_State* L) {
  scheduler_.checkpoint();
  if (scheduler_.interrupt_pending()) {
    if (&scheduler_.current() == &scheduler_.main()) {
      if (scheduler_.take_interrupt()) luaL_error(L, "interrupted!");
    } else if (!exiting_ && !in_finalizer(L)) {
      // The main chunk is to raise, and this unit stands in its way.
      scheduler_.park_ready();
      leave(L);
    }
  }
  // A cancellation that was raised already is not raised again here: what runs now cleans up.
  if (scheduler_.undelivered_cancel()) raise_cancelled(L);
}

void Host::ran_long(Unit& unit, runtime::Nanos nanos) noexcept {
  if (&unit == &scheduler_.main()) return;
  char name[64];
  name_unit(unit, name, sizeof name);
  std::fprintf(stderr, "braid: task '%s' ran for %lld ms without waiting\n", name,
               static_cast<long long>(nanos / 1'000'000));
}

void Host::push_name(lua_State* L, const Task& task) {
  of(L).push_task(L, task);
  push_name_at(L, lua_gettop(L));
  lua_remove(L, -2);
}

void Host::push_name_at(lua_State* L, int index) {
  const auto& task = *static_cast<Task*>(lua_touserdata(L, index));
  if (lua_getiuservalue(L, index, kTaskExtras) == LUA_TTABLE) {
    const bool named = lua_getfield(L, -1, "name") != LUA_TNIL;
    lua_remove(L, -2);
    if (named) return;
  }
  lua_pop(L, 1);
  lua_pushfstring(L, "Task-%I", static_cast<LUAI_UACINT>(task.id));
}

void Host::set_thread_name(const char* name) noexcept {
  std::snprintf(thread_name_.data(), thread_name_.size(), "%s", name);
}

// --- errors ---

void Host::push_cancelled(lua_State* L) {
  scheduler_.deliver_cancel();
  Task* task = current_task();
  luaL_checkstack(L, 4, nullptr);
  lua_pushnil(L);
  const int message = lua_gettop(L);
  if (task != nullptr && task->root.cancelled) {
    push_task(L, *task);
    if (lua_getiuservalue(L, -1, kTaskExtras) == LUA_TTABLE) {
      lua_getfield(L, -1, "message");
      lua_replace(L, message);
    }
  } else if (push_cause(L)) {
    push_cause_message(L);
    lua_replace(L, message);
  }
  lua_settop(L, message);
  if (lua_isnil(L, message)) {
    lua_pushliteral(L, "cancelled");
    lua_replace(L, message);
  }
  errors::push_with_message(L, errors::kCancelled);
}

void Host::raise_cancelled(lua_State* L) {
  // There nobody would see it, and it would count as raised.
  if (in_finalizer(L)) luaL_error(L, kNoWaitInFinalizer);
  push_cancelled(L);
  pass_cancelled(L);
  __builtin_unreachable();
}

void Host::push_wake_error(lua_State* L, Wake wake) {
  if (wake == Wake::interrupted) {
    lua_pushliteral(L, "interrupted!");
    return;
  }
  push_deadlock_report(L);
  scheduler_.end_reported();
  if (deadlock_handler_ != nullptr) deadlock_handler_(lua_tostring(L, -1));
  errors::push_with_message(L, errors::kDeadlock);
}

}  // namespace braid::vm
