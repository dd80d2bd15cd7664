#include "stdlib/select_cases.hpp"

#include "channel/pipe.hpp"
#include "channel/queue.hpp"
#include "pool/future.hpp"
#include "stdlib/local_queue.hpp"
#include "stdlib/pipe.hpp"
#include "stdlib/queue_message.hpp"
#include "sync/event.hpp"
#include "sync/lock.hpp"
#include "sync/semaphore.hpp"
#include "unit/run_unit.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {

using runtime::Cell;
using runtime::Connection;
using runtime::Event;
using runtime::Future;
using runtime::Lock;
using runtime::Object;
using runtime::ObjectKind;
using runtime::Pipe;
using runtime::Queue;
using runtime::RunUnit;
using runtime::Semaphore;
using runtime::SharedWaitNode;
using vm::Call;
using vm::Outcome;
using vm::Task;
namespace errors = vm::errors;

namespace {

Outcome push_true(Call& call) {
  lua_pushboolean(call.L, 1);
  return Outcome::values(1);
}

Outcome nothing(Call& call, const char* why) {
  lua_pushnil(call.L);
  lua_pushstring(call.L, why);
  return Outcome::values(2);
}

// The results of object:name(0), which does not wait any more.                    [-0, +n, e]
Outcome call_method(Call& call, int object, const char* name) {
  const int top = lua_gettop(call.L);
  lua_getfield(call.L, object, name);
  lua_pushvalue(call.L, object);
  lua_pushinteger(call.L, 0);
  lua_call(call.L, 2, LUA_MULTRET);
  return Outcome::values(lua_gettop(call.L) - top);
}

// --- shared objects ---

Cell& cell_in(std::byte* payload) noexcept { return *reinterpret_cast<Cell*>(payload); }

const char* check_message(Call& call, Object& object, int, int value) {
  return sort_key_problem(call.L, static_cast<Queue&>(object), value);
}

bool load_message(Call& call, Object& object, int value, std::byte* payload) {
  auto& queue = static_cast<Queue&>(object);
  lua_pushvalue(call.L, value);
  if (!encode_message(call, queue, cell_in(payload))) return false;
  lua_pop(call.L, 1);
  return true;
}

void drop_message(std::byte* payload) noexcept { cell_in(payload).drop(); }

Outcome message_put(Call& call, Object&, int, Taken& taken) {
  return taken.argument == Queue::kDone ? push_true(call) : put_result(call, taken.argument);
}

Outcome message_got(Call& call, Object&, int at, Taken& taken) {
  if (taken.argument == Queue::kClosed) return nothing(call, "closed");
  return receive_message(call, at, taken.hand);
}

template <const bool Connection::*able>
const char* check_end(Call&, Object& object, int, int) {
  return static_cast<Connection&>(object).*able ? nullptr : "this end of the pipe cannot do that";
}

void aim_at_pipe(Object& object, SharedWaitNode& node) noexcept {
  const auto& end = static_cast<Connection&>(object);
  node.object = end.pipe.get();
  node.operation |= end.side;
}

bool load_sent(Call& call, Object& object, int value, std::byte* payload) {
  lua_pushvalue(call.L, value);
  const auto& end = static_cast<Connection&>(object);
  if (!encode_message(call, end.peer.get(), cell_in(payload))) return false;
  lua_pop(call.L, 1);
  return true;
}

Outcome message_sent(Call&, Object&, int, Taken& taken) { return pipe_sent(taken.argument); }

Outcome message_received(Call& call, Object&, int at, Taken& taken) {
  if (taken.argument != Pipe::kDone) return pipe_refused(call, taken.argument);
  return receive_message(call, at, taken.hand);
}

Outcome polled(Call& call, Object&, int, Taken& taken) {
  return taken.argument == Pipe::kDone ? push_true(call) : pipe_refused(call, taken.argument);
}

Outcome done(Call& call, Object&, int, Taken&) { return push_true(call); }

Outcome lock_acquired(Call& call, Object&, int, Taken& taken) {
  lua_pushboolean(call.L, 1);
  if (taken.argument == 0) return Outcome::values(1);
  lua_pushliteral(call.L, "owner_died");
  return Outcome::values(2);
}

Outcome unit_ended(Call& call, Object&, int at, Taken&) { return call_method(call, at, "result"); }

// Its own method says what is wrong: not started, or the caller itself.
const char* check_unit(Call& call, Object&, int at, int value) {
  call_method(call, at, "join");
  lua_settop(call.L, value);
  return nullptr;
}

constexpr SharedCase plain(ObjectKind kind, std::string_view operation, const char* what,
                           std::uint32_t code) {
  return {kind, operation, what, code, nullptr, nullptr, nullptr, done};
}

constexpr SharedCase kShared[] = {
    {ObjectKind::queue, "get", "a message in a Queue", Queue::get_op, nullptr, nullptr, nullptr,
     message_got},
    {ObjectKind::queue, "put", "room in a Queue", Queue::put_op, check_message, load_message,
     drop_message, message_put},
    plain(ObjectKind::queue, "join", "a Queue's tasks", Queue::join_op),
    {ObjectKind::connection, "recv", "a message in a Pipe", Pipe::recv_op,
     check_end<&Connection::readable>, nullptr, nullptr, message_received, aim_at_pipe},
    {ObjectKind::connection, "poll", "a message in a Pipe", Pipe::poll_op,
     check_end<&Connection::readable>, nullptr, nullptr, polled, aim_at_pipe},
    {ObjectKind::connection, "send", "room in a Pipe", Pipe::send_op,
     check_end<&Connection::writable>, load_sent, drop_message, message_sent, aim_at_pipe},
    plain(ObjectKind::event, "wait", "an Event", Event::wait_op),
    {ObjectKind::lock, "acquire", "a Lock", Lock::acquire_op, nullptr, nullptr, nullptr,
     lock_acquired},
    plain(ObjectKind::semaphore, "acquire", "a Semaphore", Semaphore::acquire_op),
    {ObjectKind::thread, "join", "a Thread to end", RunUnit::join_op, check_unit, nullptr, nullptr,
     done},
    {ObjectKind::thread, "result", "a Thread to end", RunUnit::result_op, check_unit, nullptr,
     nullptr, unit_ended},
    {ObjectKind::process, "join", "a Process to end", RunUnit::closed_op, check_unit, nullptr,
     nullptr, done},
    {ObjectKind::process, "wait", "a Process to end", RunUnit::closed_op, check_unit, nullptr,
     nullptr, done},
    {ObjectKind::process, "result", "a Process to end", RunUnit::result_op, check_unit, nullptr,
     nullptr, unit_ended},
    plain(ObjectKind::future, "join", "a Future", Future::done_op),
    {ObjectKind::future, "result", "a Future", Future::done_op, nullptr, nullptr, nullptr,
     unit_ended},
};

// --- of this thread ---

Task& task_at(Call& call, int index) { return *static_cast<Task*>(lua_touserdata(call.L, index)); }

void check_task(Call& call, int object) {
  if (&task_at(call, object) != call.host.current_task()) return;
  lua_pushliteral(call.L, "a task cannot wait for itself");
  errors::push_with_message(call.L, errors::kInvalidState);
  lua_error(call.L);
}

Outcome task_joined(Call& call, int) { return push_true(call); }
Outcome task_result(Call& call, int object) { return call_method(call, object, "result"); }

template <Outcome (*result)(Call&, int)>
bool attempt_task(Call& call, int object, int, Outcome& outcome) {
  if (!task_at(call, object).done()) return false;
  outcome = result(call, object);
  return true;
}

template <Outcome (*result)(Call&, int)>
Outcome finish_task(Call& call, int object, SelectNode&, bool won) {
  return won ? result(call, object) : Outcome::values(0);
}

void nothing_to_prepare(Call&, int, int, SelectNode&) {}
void nothing_to_check(Call&, int) {}

void hang_task(void* object, SelectNode& node) noexcept {
  static_cast<Task*>(object)->joiners.push(node);
}

LocalQueue& queue_at(Call& call, int index) {
  return *static_cast<LocalQueue*>(lua_touserdata(call.L, index));
}

Outcome raise_closed() { return Outcome::raise(errors::kClosed, "the queue is closed"); }

bool attempt_local_get(Call& call, int object, int, Outcome& outcome) {
  LocalQueue& queue = queue_at(call, object);
  if (queue.get(call.L, object)) {
    outcome = Outcome::values(1);
    return true;
  }
  if (queue.closed()) outcome = nothing(call, "closed");
  return queue.closed();
}

bool attempt_local_put(Call& call, int object, int value, Outcome& outcome) {
  LocalQueue& queue = queue_at(call, object);
  if (queue.closed()) {
    outcome = raise_closed();
    return true;
  }
  if (!queue.put(call.L, object, value)) return false;
  outcome = push_true(call);
  return true;
}

void prepare_local_get(Call& call, int object, int, SelectNode& node) {
  queue_at(call, object).expect(call.L, object, node, 0);
}
void prepare_local_put(Call& call, int object, int value, SelectNode& node) {
  queue_at(call, object).expect(call.L, object, node, value);
}

Outcome finish_local_get(Call& call, int object, SelectNode& node, bool won) {
  const bool got = queue_at(call, object).collect(call.L, object, node);
  if (!won) return Outcome::values(0);
  return got ? Outcome::values(1) : nothing(call, "closed");
}

Outcome finish_local_put(Call& call, int object, SelectNode& node, bool won) {
  const bool left = queue_at(call, object).collect(call.L, object, node);
  if (left) lua_pop(call.L, 1);
  if (!won) return Outcome::values(0);
  return left ? raise_closed() : push_true(call);
}

constexpr LocalCase kLocal[] = {
    {vm::Type::task, "Task", "join", nullptr, false, check_task, attempt_task<task_joined>,
     nothing_to_prepare, hang_task, finish_task<task_joined>},
    {vm::Type::task, "Task", "result", nullptr, false, check_task, attempt_task<task_result>,
     nothing_to_prepare, hang_task, finish_task<task_result>},
    {vm::Type::local_queue, "LocalQueue", "get", "a message in a LocalQueue", false,
     nothing_to_check, attempt_local_get, prepare_local_get,
     [](void* object, SelectNode& node) noexcept {
       static_cast<LocalQueue*>(object)->getters.push(node);
     },
     finish_local_get},
    {vm::Type::local_queue, "LocalQueue", "put", "room in a LocalQueue", true, nothing_to_check,
     attempt_local_put, prepare_local_put,
     [](void* object, SelectNode& node) noexcept {
       static_cast<LocalQueue*>(object)->putters.push(node);
     },
     finish_local_put},
};

}  // namespace

std::span<const SharedCase> shared_cases() noexcept { return kShared; }
std::span<const LocalCase> local_cases() noexcept { return kLocal; }

}  // namespace braid::stdlib
