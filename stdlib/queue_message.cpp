#include "stdlib/queue_message.hpp"

#include <cmath>
#include <cstring>
#include <string_view>

#include "codec/decode.hpp"
#include "codec/encode.hpp"
#include "codec/references.hpp"
#include "codec/scalar.hpp"
#include "codec/types.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {

using runtime::Cell;
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

// How many references to the queue itself the message holds.
std::uint64_t count_own(const codec::Bytes& bytes, Queue& queue) noexcept {
  if ((bytes.data()[0] & codec::wire::kReferences) == std::byte{0}) return 0;
  codec::References references;
  if (!codec::find_references(bytes.data(), bytes.size(), references)) return 0;
  const std::uint32_t granule = runtime::Ref<Queue>(&queue).granule();
  std::uint64_t count = 0;
  for (std::uint32_t i = 0; i < references.count; ++i) count += references[i].id == granule;
  return count;
}

// A number or a short string is encoded in its place. False: it is something else.
bool encode_short(lua_State* L, Cell& cell) noexcept {
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
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* text = lua_tolstring(L, -1, &size);
      constexpr std::size_t kLongest = Cell::kInside - 2;
      static_assert(kLongest <= codec::wire::kLongestShortString);
      if (size > kLongest) return false;
      *at++ =
          static_cast<std::byte>(static_cast<std::size_t>(codec::wire::Tag::short_string) + size);
      std::memcpy(at, text, size);
      at += size;
      break;
    }
    default: return false;
  }
  cell.made(static_cast<std::size_t>(at - begin));
  return true;
}

// Makes the cell of encoded bytes, with the key of the value on top of the stack.
void fill(lua_State* L, Queue& queue, const codec::Bytes& bytes, Cell& cell) {
  if (queue.discipline != Queue::Discipline::priority) {
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

bool encode_message(Call& call, Queue& queue, Cell& cell) {
  if (queue.discipline != Queue::Discipline::priority && encode_short(call.L, cell)) return true;
  codec::Bytes bytes;
  if (!codec::encode(call.L, 1, codec::Origin::value, bytes)) return false;
  try {
    fill(call.L, queue, bytes, cell);
  } catch (const std::bad_alloc&) {
    codec::release(bytes.data(), bytes.size());
    throw;
  }
  cell.set_own(count_own(bytes, queue));
  return true;
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

Outcome receive_message(Call& call, Queue& queue, Cell cell) {
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
    queue.put_back(cell);
  } else {
    cell.drop();
  }
  return Outcome::raise_top();
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
