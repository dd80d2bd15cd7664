// braid.pipe: connections, two by two. What is sent is a message as queues have it; bytes are a
// message that is one string, so send_bytes and send("...") are the same to whoever receives.
#include "channel/pipe.hpp"

#include <cstring>

#include "shared/array.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"
#include "stdlib/pipe.hpp"
#include "stdlib/queue_message.hpp"
#include "stdlib/shared_memory.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {

using runtime::Array;
using runtime::Cell;
using runtime::Connection;
using runtime::Hand;
using runtime::ObjectKind;
using runtime::Pipe;
using runtime::SharedWaitNode;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Handle;
using vm::Outcome;
using vm::Patience;
namespace errors = vm::errors;

namespace {

constexpr auto kAnySize = static_cast<std::uint64_t>(INT64_MAX);

// The handle, whose end may be closed.
Handle& handle(const Call& call) {
  if (vm::is_handle(call.L, ObjectKind::connection, 1)) {
    return *static_cast<Handle*>(lua_touserdata(call.L, 1));
  }
  luaL_typeerror(call.L, 1, "Connection");
  __builtin_unreachable();
}

Connection& self(const Call& call) {
  if (runtime::Object* end = handle(call).object.get()) return *static_cast<Connection*>(end);
  raise_closed_connection(call.L);
}

Connection& reader(const Call& call) {
  Connection& end = self(call);
  if (!end.readable) luaL_error(call.L, "this end of the pipe can only send");
  return end;
}

Connection& writer(const Call& call) {
  Connection& end = self(call);
  if (!end.writable) luaL_error(call.L, "this end of the pipe can only receive");
  return end;
}

// Pipe([duplex]) -> Connection, Connection                                       [-0, +2, v]
Outcome pipe_new(Call& call) {
  lua_State* L = call.L;
  if (!lua_isnoneornil(L, 1)) luaL_checktype(L, 1, LUA_TBOOLEAN);
  const bool duplex = lua_isnoneornil(L, 1) || lua_toboolean(L, 1) != 0;
  Handle& first = vm::new_handle(L, call.host, ObjectKind::connection);
  Handle& second = vm::new_handle(L, call.host, ObjectKind::connection);
  Connection* ends[2] = {};  // NOLINT(modernize-avoid-c-arrays)
  Pipe::create(duplex, ends[0], ends[1]);
  first.hold(*ends[0]);
  second.hold(*ends[1]);
  return Outcome::values(2);
}

// --- send ---

Outcome send_ended(Call& call, Wake) {
  SharedWaitNode& node = call.node();
  Pipe::message(node).drop();
  return pipe_sent(node.argument);
}

// Sends the value on top of the stack.
Outcome send_top(Call& call, Connection& end) {
  Pipe& pipe = *end.pipe;
  Hand own;
  Hand& hand = is_short(call.L, -1) ? own : runtime::take_hand(call.scheduler().record(), own);
  if (!encode_to_hand(call, end.peer.get(), hand)) return Outcome::raise_top();
  Pipe::Result result{};
  if (!call.scheduler().current().cancelled && pipe.send_now(end.side, hand.cell, result)) {
    hand.cell.drop();
    runtime::leave_hand(hand);
    return pipe_sent(result);
  }
  move_to_node(call, pipe, Pipe::send_op | end.side, {}, hand);
  const Outcome outcome = call.start({}, "room in a Pipe", send_ended);
  // Refused before it began.
  if (outcome.kind != Outcome::Kind::park) Pipe::message(call.node()).drop();
  return outcome;
}

// connection:send(value)                                                     [-0, +0, e, waits]
Outcome connection_send(Call& call) {
  Connection& end = writer(call);
  luaL_checkany(call.L, 2);
  lua_settop(call.L, 2);
  return send_top(call, end);
}

// connection:send_bytes(bytes[, offset[, size]])                             [-0, +0, e, waits]
Outcome connection_send_bytes(Call& call) {
  lua_State* L = call.L;
  Connection& end = writer(call);
  std::size_t length = 0;
  const char* bytes = luaL_checklstring(L, 2, &length);
  const auto most = static_cast<lua_Integer>(length);
  const lua_Integer offset = luaL_optinteger(L, 3, 0);
  luaL_argcheck(L, offset >= 0 && offset <= most, 3, "there are not so many bytes");
  const lua_Integer size = luaL_optinteger(L, 4, most - offset);
  luaL_argcheck(L, size >= 0 && size <= most - offset, 4, "there are not so many bytes");
  lua_settop(L, 2);
  if (size != most) lua_pushlstring(L, bytes + offset, static_cast<std::size_t>(size));
  return send_top(call, end);
}

// --- recv ---

// Pushes what a message is, or where it has put it, and drops it.
using Deliver = Outcome (*)(Call& call, Hand& hand);

Outcome deliver_value(Call& call, Hand& hand) { return receive_message(call, 1, hand); }

Outcome deliver_into(Call& call, Hand& hand) {
  Cell& cell = hand.cell;
  const auto offset = static_cast<std::uint64_t>(lua_tointeger(call.L, 3));
  if (auto* array = vm::to_shared<Array>(call, ObjectKind::array, 2)) {
    array->write(offset, cell.text());
  } else if (const std::span<unsigned char> room = memory_buffer(call, 2); !room.empty()) {
    std::memcpy(room.data() + offset, cell.text().data(), cell.text_size());
  } else {
    Connection& end = *vm::to_shared<Connection>(call, ObjectKind::connection, 1);
    end.pipe->put_back(end.side, cell);
    runtime::leave_hand(hand);
    return Outcome::raise(errors::kClosed, "the SharedMemory is closed");
  }
  lua_pushinteger(call.L, static_cast<lua_Integer>(cell.text_size()));
  cell.drop();
  runtime::leave_hand(hand);
  return Outcome::values(1);
}

template <Deliver deliver>
Outcome recv_ended(Call& call, Wake wake) {
  if (wake != Wake::ready) return pipe_nothing(call, "timeout");
  SharedWaitNode& node = call.node();
  if (node.argument != Pipe::kDone) return pipe_refused(call, node.argument);
  Connection& end = *vm::to_shared<Connection>(call, ObjectKind::connection, 1);
  Hand own;
  Hand& hand = runtime::take_hand(call.scheduler().record(), own);
  hand.come_from(*end.pipe, end.side);
  hand.take_from(node);
  return deliver(call, hand);
}

template <Deliver deliver>
Outcome recv(Call& call, Pipe::Operation operation, std::uint64_t most, const Patience& patience) {
  Connection& end = reader(call);
  Pipe& pipe = *end.pipe;
  Hand own;
  Hand& hand = runtime::take_hand(call.scheduler().record(), own);
  hand.come_from(pipe, end.side);
  Pipe::Result result{};
  if ((patience.immediate || !call.scheduler().current().cancelled) &&
      pipe.recv_now(end.side, operation, most, hand.cell, result)) {
    if (result == Pipe::kDone) return deliver(call, hand);
    runtime::leave_hand(hand);
    return pipe_refused(call, result);
  }
  runtime::leave_hand(hand);
  Pipe::message(call.prepare(pipe, operation | end.side, static_cast<std::int64_t>(most), patience))
      .forget();
  return call.start(patience, "a message in a Pipe", recv_ended<deliver>);
}

// connection:recv([timeout]) -> value | nil, "timeout" | nil, "eof"        [-0, +1|2, e, waits]
Outcome connection_recv(Call& call) {
  return recv<deliver_value>(call, Pipe::recv_op, kAnySize, call.opt_patience(2));
}

// connection:recv_bytes([maxlength[, timeout]]) -> string | nil, "timeout" | nil, "eof"
Outcome connection_recv_bytes(Call& call) {
  const lua_Integer most = luaL_optinteger(call.L, 2, INT64_MAX);
  luaL_argcheck(call.L, most >= 0, 2, "must not be negative");
  return recv<deliver_value>(call, Pipe::recv_text_op, static_cast<std::uint64_t>(most),
                             call.opt_patience(3));
}

// How many bytes argument 2 has room for: an Array of bytes, or the buf of a SharedMemory.
std::uint64_t check_room(const Call& call) {
  if (is_memory_buffer(call, 2)) {
    const std::uint64_t size = memory_buffer(call, 2).size();
    luaL_argcheck(call.L, size != 0, 2, "the SharedMemory is closed");
    return size;
  }
  const auto& array = vm::shared<Array>(call, ObjectKind::array, "Array of bytes", 2);
  luaL_argcheck(call.L, array.item_bytes == 1 && array.type != runtime::CellType::boolean, 2,
                "Array of bytes expected");
  return array.size;
}

// connection:recv_bytes_into(buffer[, offset]) -> how many bytes | nil, "eof"
Outcome connection_recv_bytes_into(Call& call) {
  lua_State* L = call.L;
  const std::uint64_t room = check_room(call);
  const lua_Integer offset = luaL_optinteger(L, 3, 0);
  luaL_argcheck(L, offset >= 0 && static_cast<std::uint64_t>(offset) <= room, 3,
                "the buffer is not so long");
  lua_settop(L, 2);
  lua_pushinteger(L, offset);
  return recv<deliver_into>(call, Pipe::recv_text_op, room - static_cast<std::uint64_t>(offset),
                            {});
}

// connection:poll([timeout]) -> boolean                                      [-0, +1, e, waits]
Outcome connection_poll(Call& call) {
  Connection& end = reader(call);
  const Patience patience = lua_isnoneornil(call.L, 2) ? Patience{0, true} : call.opt_patience(2);
  return call.operate(*end.pipe, Pipe::poll_op | end.side, 0, patience, "a message in a Pipe",
                      [](Call& after, Wake wake) {
                        if (wake == Wake::ready && after.node().argument == Pipe::kClosed) {
                          return pipe_refused(after, Pipe::kClosed);
                        }
                        lua_pushboolean(after.L, wake == Wake::ready);
                        return Outcome::values(1);
                      });
}

// --- the rest ---

// connection:close(), also __close
Outcome connection_close(Call& call) {
  handle(call).let_go();
  return Outcome::values(0);
}

// connection:fileno() -> a number that only this end has, in every unit
Outcome connection_fileno(Call& call) {
  lua_pushinteger(call.L, runtime::Ref<Connection>(&self(call)).granule());
  return Outcome::values(1);
}

// connection.closed, .readable, .writable; connection.method. Upvalue 1: the metatable.
Outcome connection_index(Call& call) {
  lua_State* L = call.L;
  const Handle& end = handle(call);
  lua_settop(L, 2);
  const char* key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (std::strcmp(key, "closed") == 0) {
    lua_pushboolean(L, !end.object);
  } else if (std::strcmp(key, "readable") == 0) {
    lua_pushboolean(L, self(call).readable);
  } else if (std::strcmp(key, "writable") == 0) {
    lua_pushboolean(L, self(call).writable);
  } else {
    lua_rawget(L, lua_upvalueindex(1));
  }
  return Outcome::values(1);
}

constexpr luaL_Reg kMethods[] = {{"send", bind<connection_send>},
                                 {"recv", bind<connection_recv>},
                                 {"poll", bind<connection_poll>},
                                 {"send_bytes", bind<connection_send_bytes>},
                                 {"recv_bytes", bind<connection_recv_bytes>},
                                 {"recv_bytes_into", bind<connection_recv_bytes_into>},
                                 {"close", bind<connection_close>},
                                 {"fileno", bind<connection_fileno>},
                                 {"__close", bind<connection_close>},
                                 {nullptr, nullptr}};

constexpr luaL_Reg kFunctions[] = {{"Pipe", bind<pipe_new>}, {nullptr, nullptr}};

}  // namespace

// --- what select has in common with the methods ---

void raise_closed_connection(lua_State* L) {
  lua_pushliteral(L, "the connection is closed");
  errors::push_with_message(L, errors::kClosed);
  lua_error(L);
  __builtin_unreachable();
}

Outcome pipe_nothing(Call& call, const char* why) {
  lua_pushnil(call.L);
  lua_pushstring(call.L, why);
  return Outcome::values(2);
}

Outcome pipe_refused(Call& call, std::int64_t result) {
  switch (result) {
    case Pipe::kEof: return pipe_nothing(call, "eof");
    case Pipe::kTooLong:
      luaL_where(call.L, 1);
      lua_pushliteral(call.L, "the next message is longer than there is room for");
      break;
    case Pipe::kNotText:
      luaL_where(call.L, 1);
      lua_pushliteral(call.L, "the next message is not a string: use recv");
      break;
    default: return Outcome::raise(errors::kClosed, "the connection is closed");
  }
  lua_concat(call.L, 2);
  return Outcome::raise_top();
}

Outcome pipe_sent(std::int64_t result) {
  switch (result) {
    case Pipe::kDone: return Outcome::values(0);
    case Pipe::kNoMemory: return Outcome::no_memory();
    default: return Outcome::raise(errors::kClosed, "the other end of the pipe is closed");
  }
}

int load_pipe(lua_State* L) {
  register_shared(L, ObjectKind::connection, kMethods);
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, bind<connection_index>, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  luaL_newlib(L, kFunctions);
  return 1;
}

}  // namespace braid::stdlib
