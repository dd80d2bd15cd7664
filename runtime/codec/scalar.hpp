// nil, booleans, numbers and strings on their way out.
#pragma once

#include <cstdint>
#include <cstring>
#include <lua.hpp>

#include "codec/bytes.hpp"
#include "codec/wire.hpp"

namespace braid::codec {

inline std::byte* put_integer(std::byte* at, lua_Integer value) noexcept {
  if (value >= 0 && value < 128) {
    *at = static_cast<std::byte>(value);
    return at + 1;
  }
  if (value >= -32 && value < 0) {
    *at = static_cast<std::byte>(static_cast<lua_Integer>(wire::Tag::small_negative) + value + 32);
    return at + 1;
  }
  if (value == static_cast<std::int16_t>(value)) {
    return wire::put_raw(wire::put(at, wire::Tag::integer16), static_cast<std::int16_t>(value));
  }
  if (value == static_cast<std::int32_t>(value)) {
    return wire::put_raw(wire::put(at, wire::Tag::integer32), static_cast<std::int32_t>(value));
  }
  return wire::put_raw(wire::put(at, wire::Tag::integer64), value);
}

inline void append_string(Bytes& out, const char* text, std::size_t size) {
  if (size <= wire::kLongestShortString) {
    std::byte* at = out.room(1 + wire::kLongestShortString);
    *at++ = static_cast<std::byte>(static_cast<std::size_t>(wire::Tag::short_string) + size);
    std::memcpy(at, text, size);
    out.commit(at + size);
    return;
  }
  std::byte* at = out.room(1 + wire::kMaxVarint + size);
  at = wire::put_varint(wire::put(at, wire::Tag::string), size);
  std::memcpy(at, text, size);
  out.commit(at + size);
}

// Appends nil, a boolean, a number or a string; false for anything else.
inline bool append_scalar(lua_State* L, int index, Bytes& out) {
  switch (lua_type(L, index)) {
    case LUA_TNIL: out.push(static_cast<std::byte>(wire::Tag::nil)); return true;
    case LUA_TBOOLEAN:
      out.push(static_cast<std::byte>(lua_toboolean(L, index) != 0 ? wire::Tag::boolean_true
                                                                   : wire::Tag::boolean_false));
      return true;
    case LUA_TNUMBER: {
      std::byte* at = out.room(1 + sizeof(lua_Integer));
      if (lua_isinteger(L, index) != 0) {
        out.commit(put_integer(at, lua_tointegerx(L, index, nullptr)));
      } else {
        out.commit(
            wire::put_raw(wire::put(at, wire::Tag::number), lua_tonumberx(L, index, nullptr)));
      }
      return true;
    }
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* text = lua_tolstring(L, index, &size);
      append_string(out, text, size);
      return true;
    }
    default: return false;
  }
}

}  // namespace braid::codec
