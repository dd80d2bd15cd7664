#include "stdlib/queue_message.hpp"

#include <cmath>
#include <cstring>
#include <string_view>

#include "channel/pipe.hpp"
#include "codec/decode.hpp"
#include "codec/encode.hpp"
#include "codec/references.hpp"
#include "codec/scalar.hpp"
#include "codec/types.hpp"
#include "vm/errors.hpp"
#include "vm/handle.hpp"

namespace braid::stdlib {

using runtime::Cell;
using runtime::Connection;
using runtime::Hand;
using runtime::Object;
using runtime::ObjectKind;
using runtime::Queue;
using runtime::SortKey;
using vm::Call;
using vm::Outcome;
namespace errors = vm::errors;

namespace {

// Pushes what the value at `index` is ordered by.                                  [-0, +1, -]
void push_sort_key(lua_State* L, int index) {
  if (lua_istable(L, index)) {
    lua_rawgeti(L, index, 1);
  } else {
    lua_pushvalue(L, index);
  }
}

SortKey sort_key(lua_State* L, int index, std::string_view& text) noexcept {
  if (lua_isinteger(L, index)) return SortKey::of(std::int64_t{lua_tointeger(L, index)});
  if (lua_type(L, index) == LUA_TNUMBER) return SortKey::of(double{lua_tonumber(L, index)});
  std::size_t size = 0;
  const char* bytes = lua_tolstring(L, index, &size);
  text = {bytes, size};
  return SortKey::of(text);
}

// How many references to the object itself the message holds.
std::uint64_t count_own(const codec::Bytes& bytes, const Object* object) noexcept {
  if ((bytes.data()[0] & codec::wire::kReferences) == std::byte{0}) return 0;
  codec::References references;
  if (!codec::find_references(bytes.data(), bytes.size(), references)) return 0;
  const std::uint32_t granule = runtime::Ref<Object>(const_cast<Object*>(object)).granule();
  std::uint64_t count = 0;
  for (std::uint32_t i = 0; i < references.count; ++i) count += references[i].id == granule;
  return count;
}

// A string goes straight to where it is read from. Throws std::bad_alloc.
void encode_string(lua_State* L, Cell& cell) {
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  std::byte head[2 + codec::wire::kMaxVarint];  // NOLINT(modernize-avoid-c-arrays)
  head[0] = std::byte{1};
  std::byte* end = head + 2;
  if (size <= codec::wire::kLongestShortString) {
    head[1] =
        static_cast<std::byte>(static_cast<std::size_t>(codec::wire::Tag::short_string) + size);
  } else {
    end = codec::wire::put_varint(codec::wire::put(head + 1, codec::wire::Tag::string), size);
  }
  const auto text_at = static_cast<std::size_t>(end - head);
  std::byte* at = cell.make(text_at + size, false);
  std::memcpy(at, head, text_at);
  std::memcpy(at + text_at, text, size);
  cell.set_text_at(text_at);
}

// A number or a string is encoded in its place. False: it is something else. Throws std::bad_alloc.
bool encode_scalar(lua_State* L, Cell& cell) {
  std::byte* begin = cell.place();
  *begin = std::byte{1};
  std::byte* at = begin + 1;
  switch (lua_type(L, -1)) {
    case LUA_TNUMBER:
      if (lua_isinteger(L, -1)) {
        at = codec::put_integer(at, lua_tointeger(L, -1));
      } else {
        at = codec::wire::put(at, codec::wire::Tag::number);
        at = codec::wire::put_raw(at, lua_tonumber(L, -1));
      }
      break;
    case LUA_TSTRING: encode_string(L, cell); return true;
    default: return false;
  }
  cell.made(static_cast<std::size_t>(at - begin));
  return true;
}

// Makes the cell of encoded bytes, with the key of the value on top of the stack if `keyed`.
void fill(lua_State* L, bool keyed, const codec::Bytes& bytes, Cell& cell) {
  if (!keyed) {
    std::memcpy(cell.make(bytes.size(), false), bytes.data(), bytes.size());
    return;
  }
  std::string_view text;
  push_sort_key(L, -1);
  const SortKey key = sort_key(L, -1, text);
  const std::size_t key_size = key.size();
  std::byte* at = cell.make(key_size + bytes.size(), true);
  key.write(at, text);
  std::memcpy(at + key_size, bytes.data(), bytes.size());
  lua_pop(L, 1);
}

// Back to where the message was got from: the handle at `at`, which may be closed by now.
void put_back(lua_State* L, int at, Cell& cell) noexcept {
  Object* object = vm::to_object(L, at);
  if (object == nullptr) return cell.drop();
  if (object->kind == ObjectKind::queue) return static_cast<Queue*>(object)->put_back(cell);
  const auto& connection = *static_cast<Connection*>(object);
  connection.pipe->put_back(connection.side, cell);
}

Outcome receive(Call& call, int at, Cell& cell) {
  lua_State* L = call.L;
  const std::span<const std::byte> body = cell.body();
  if (codec::decode_simple(L, body.data(), body.size())) {
    cell.free();
    return Outcome::values(1);
  }
  lua_pushcfunction(L, decode_message);
  lua_pushlightuserdata(L, &cell);
  const int status = lua_pcall(L, 1, 1, 0);
  if (status == LUA_OK) {
    cell.drop();
    return Outcome::values(1);
  }
  if (may_be_received_later(L, status)) {
    put_back(L, at, cell);
  } else {
    cell.drop();
  }
  return Outcome::raise_top();
}

}  // namespace

const char* sort_key_problem(lua_State* L, const Queue& queue, int index) {
  if (queue.discipline != Queue::Discipline::priority) return nullptr;
  const bool in_table = lua_istable(L, index);
  push_sort_key(L, index);
  const int type = lua_type(L, -1);
  const bool is_nan = type == LUA_TNUMBER && std::isnan(lua_tonumber(L, -1));
  lua_pop(L, 1);
  if (is_nan) return lua_pushliteral(L, "number expected, got nan");
  if (type == LUA_TNUMBER || type == LUA_TSTRING) return nullptr;
  return lua_pushfstring(L, "%snumber or string expected, got %s",
                         in_table ? "first element: " : "", lua_typename(L, type));
}

void check_sort_key(lua_State* L, const Queue& queue, int index) {
  if (const char* problem = sort_key_problem(L, queue, index)) luaL_argerror(L, index, problem);
}

bool encode_message(Call& call, const Object* reader, Cell& cell, bool keyed) {
  if (!keyed && encode_scalar(call.L, cell)) return true;
  codec::Bytes bytes;
  if (!codec::encode(call.L, 1, codec::Origin::value, bytes)) return false;
  try {
    fill(call.L, keyed, bytes, cell);
  } catch (const std::bad_alloc&) {
    codec::release(bytes.data(), bytes.size());
    throw;
  }
  cell.set_own(count_own(bytes, reader));
  return true;
}

bool encode_message(Call& call, const Queue& queue, Cell& cell) {
  return encode_message(call, &queue, cell, queue.discipline == Queue::Discipline::priority);
}

bool encode_to_hand(Call& call, const Object* reader, Hand& hand, bool keyed) {
  bool is_encoded = false;
  try {
    is_encoded = encode_message(call, reader, hand.cell, keyed);
  } catch (const std::bad_alloc&) {
    runtime::leave_hand(hand);
    throw;
  }
  if (is_encoded) {
    hand.is_whole = true;
  } else {
    runtime::leave_hand(hand);
  }
  return is_encoded;
}

bool encode_to_hand(Call& call, const Queue& queue, Hand& hand) {
  return encode_to_hand(call, &queue, hand, queue.discipline == Queue::Discipline::priority);
}

void move_to_node(Call& call, Object& object, std::uint32_t operation, const vm::Patience& patience,
                  Hand& hand) {
  const Cell cell = hand.cell;
  hand.cell.forget();
  runtime::leave_hand(hand);
  try {
    *reinterpret_cast<Cell*>(call.prepare(object, operation, 0, patience).payload) = cell;
  } catch (const std::bad_alloc&) {
    Cell(cell).drop();
    throw;
  }
}

int decode_message(lua_State* L) {
  const std::span<const std::byte> body = static_cast<Cell*>(lua_touserdata(L, 1))->body();
  return codec::decode(L, body.data(), body.size());
}

bool may_be_received_later(lua_State* L, int status) {
  if (status == LUA_ERRMEM || errors::is_kind(L, -1, errors::kCancelled)) return true;
  const char* text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : nullptr;
  return text != nullptr && std::strstr(text, "not enough memory") != nullptr;
}

Outcome receive_message(Call& call, int at, Hand& hand) {
  const Outcome outcome = receive(call, at, hand.cell);
  runtime::leave_hand(hand);
  return outcome;
}

Outcome put_result(Call& call, std::int64_t result) {
  switch (result) {
    case Queue::kClosed: return Outcome::raise(errors::kClosed, "the queue is closed");
    case Queue::kNoMemory: return Outcome::no_memory();
    case Queue::kIncomparable:
      luaL_where(call.L, 1);
      lua_pushliteral(call.L, "attempt to compare number with string in a PriorityQueue");
      lua_concat(call.L, 2);
      return Outcome::raise_top();
    default: return Outcome::values(0);
  }
}

}  // namespace braid::stdlib
