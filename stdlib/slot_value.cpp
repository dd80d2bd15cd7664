#include "stdlib/slot_value.hpp"

#include <cmath>

#include "codec/decode.hpp"
#include "codec/encode.hpp"
#include "codec/references.hpp"

namespace braid::stdlib {

using runtime::Content;
using runtime::Key;
using runtime::Object;
using runtime::Ref;
using runtime::Slot;
using vm::Call;
using vm::Outcome;

namespace {

std::string_view text_at(lua_State* L, int index) noexcept {
  std::size_t size = 0;
  const char* text = lua_tolstring(L, index, &size);
  return {text, size};
}

Slot slot_of_text(std::string_view text) {
  if (text.size() <= Slot::kLongestShortText) return Slot::of_short_text(text);
  Content* content = Content::create(text.size(), 0);
  std::memcpy(content->bytes(), text.data(), text.size());
  return Slot::of(Slot::Tag::text, *content);
}

// The references in the message become the content's.
Slot slot_of_message(const codec::Bytes& message) {
  codec::References references;
  codec::find_references(message.data(), message.size(), references);
  Content* content = Content::create(message.size(), references.count);
  std::memcpy(content->bytes(), message.data(), message.size());
  for (std::uint32_t i = 0; i < references.count; ++i) {
    content->objects()[i] = Ref<Object>::from_granule(static_cast<std::uint32_t>(references[i].id));
  }
  content->seal();
  return Slot::of(Slot::Tag::encoded, *content);
}

// (slot) -> value
int push_protected(lua_State* L) {
  push_slot(L, *static_cast<const Slot*>(lua_touserdata(L, 1)));
  return 1;
}

}  // namespace

bool to_key(lua_State* L, int index, Key& key) {
  switch (lua_type(L, index)) {
    case LUA_TNIL: return false;
    case LUA_TBOOLEAN: key = Key::of(lua_toboolean(L, index) != 0); return true;
    case LUA_TSTRING: {
      const std::string_view text = text_at(L, index);
      if (text.size() > UINT32_MAX) luaL_error(L, "the key is too long");
      key = Key::of(text);
      return true;
    }
    case LUA_TNUMBER: {
      int is_integer = 0;
      const lua_Integer integer = lua_tointegerx(L, index, &is_integer);
      if (is_integer != 0) {
        key = Key::of(static_cast<std::int64_t>(integer));
        return true;
      }
      const lua_Number number = lua_tonumberx(L, index, nullptr);
      if (std::isnan(number)) return false;
      key = Key::of(static_cast<double>(number));
      return true;
    }
    default:
      luaL_error(L, "a %s cannot be a key of a shared Table", luaL_typename(L, index));
      return false;
  }
}

void push_key(lua_State* L, const Key& key) {
  switch (key.kind) {
    case Key::Kind::boolean: return lua_pushboolean(L, key.bits != 0);
    case Key::Kind::integer: return lua_pushinteger(L, static_cast<lua_Integer>(key.bits));
    case Key::Kind::number: return lua_pushnumber(L, std::bit_cast<double>(key.bits));
    case Key::Kind::text: lua_pushlstring(L, key.text, key.bits);
  }
}

bool to_slot(lua_State* L, int index, int key, Slot& slot) {
  switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL: slot = Slot(); return true;
    case LUA_TBOOLEAN: slot = Slot::of(lua_toboolean(L, index) != 0); return true;
    case LUA_TNUMBER:
      slot = lua_isinteger(L, index) != 0
                 ? Slot::of(static_cast<std::int64_t>(lua_tointegerx(L, index, nullptr)))
                 : Slot::of(static_cast<double>(lua_tonumberx(L, index, nullptr)));
      return true;
    case LUA_TSTRING: slot = slot_of_text(text_at(L, index)); return true;
    default: break;
  }
  codec::Bytes message;
  const int top = lua_gettop(L);
  if (key != 0) lua_pushvalue(L, key);
  lua_pushvalue(L, index);
  const auto origin = key != 0 ? codec::Origin::field : codec::Origin::value;
  if (!codec::encode(L, 1, origin, message)) return false;
  lua_settop(L, top);
  try {
    slot = slot_of_message(message);
  } catch (const std::bad_alloc&) {
    codec::release(message.data(), message.size());
    throw;
  }
  return true;
}

void push_slot(lua_State* L, const Slot& slot) {
  switch (slot.tag) {
    case Slot::Tag::nil: return lua_pushnil(L);
    case Slot::Tag::boolean_false: return lua_pushboolean(L, 0);
    case Slot::Tag::boolean_true: return lua_pushboolean(L, 1);
    case Slot::Tag::integer: return lua_pushinteger(L, slot.integer());
    case Slot::Tag::number: return lua_pushnumber(L, slot.number());
    case Slot::Tag::short_text: {
      const std::string_view text = slot.short_text();
      lua_pushlstring(L, text.data(), text.size());
      return;
    }
    case Slot::Tag::text: {
      Content& content = *slot.content();
      lua_pushlstring(L, reinterpret_cast<const char*>(content.bytes()), content.size);
      return;
    }
    case Slot::Tag::encoded: codec::decode(L, slot.content()->bytes(), slot.content()->size);
  }
}

Outcome give(Call& call, const Slot& slot) {
  lua_State* L = call.L;
  if (slot.content() == nullptr) {
    push_slot(L, slot);
    return Outcome::values(1);
  }
  lua_pushcfunction(L, push_protected);
  lua_pushlightuserdata(L, const_cast<Slot*>(&slot));
  const int status = lua_pcall(L, 1, 1, 0);
  drop_content(slot);
  return status == LUA_OK ? Outcome::values(1) : Outcome::raise_top();
}

}  // namespace braid::stdlib
