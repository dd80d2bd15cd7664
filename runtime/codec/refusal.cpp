// What cannot be sent, and where it is. The path is read off the frames of the walk, so nothing is
// paid for it until it is needed. It is written behind the message, which run() then takes away.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstring>

#include "codec/encoder.hpp"

namespace braid::codec {
namespace {

// Of a deep path only the beginning and the end are told.
constexpr std::size_t kToldFrames = 16;
constexpr std::size_t kToldKey = 60;

bool is_identifier(const char* text, std::size_t size) {
  if (size == 0 || size > kToldKey || std::isdigit(static_cast<unsigned char>(text[0])) != 0) {
    return false;
  }
  for (std::size_t i = 0; i < size; ++i) {
    if (std::isalnum(static_cast<unsigned char>(text[i])) == 0 && text[i] != '_') return false;
  }
  return true;
}

}  // namespace

// The value on top of the stack.
void Encoder::refuse_value() {
  switch (lua_type(L, -1)) {
    case LUA_TTHREAD: refuse("a coroutine", "");
    case LUA_TFUNCTION: refuse("a C function that no module has", "");
    case LUA_TLIGHTUSERDATA: refuse("a light userdata", "");
    default: break;
  }
  const char* name = nullptr;
  if (lua_getmetatable(L, -1) != 0) {
    lua_pushliteral(L, "__name");
    if (lua_rawget(L, -2) == LUA_TSTRING) name = lua_tostring(L, -1);
  }
  if (name == nullptr) refuse("a userdata", "");
  if (std::strcmp(name, LUA_FILEHANDLE) == 0) refuse("a file", "");
  refuse("a ", name);
}

void Encoder::refuse(const char* what, const char* name) {
  const std::size_t from = out_.size();
  put_text("cannot send ");
  put_text(what);
  put_text(name);
  put_path();
  lua_settop(L, base_);  // of a walk that is very deep, nothing else would fit
  lua_pushlstring(L, reinterpret_cast<const char*>(out_.data() + from), out_.size() - from);
  lua_error(L);
  __builtin_unreachable();
}

void Encoder::put_path() {
  const std::size_t before = out_.size();
  put_text(" (");
  const std::size_t empty = out_.size();
  put_root();
  bool in_field = origin_ == Origin::field;
  const std::size_t count = frames_.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (count > kToldFrames && i == kToldFrames / 2) {
      put_text("...");
      i = count - kToldFrames / 2;
    }
    const bool field = is_field(frames_[i]);
    if (in_field && !field) put_text("\"");
    if (!(in_field && field) && out_.size() > empty) put_text(", ");
    if (!in_field && field) put_text("field \"");
    if (field) {
      put_field(frames_[i], !in_field);
    } else {
      put_place(frames_[i]);
    }
    in_field = field;
  }
  if (in_field) put_text("\"");
  if (out_.size() == empty) {
    out_.truncate(before);
  } else {
    put_text(")");
  }
}

void Encoder::put_root() {
  const char* what = "value";
  int number = next_;
  switch (origin_) {
    case Origin::value:
      if (count_ == 1) return;
      break;
    case Origin::arguments: what = "argument"; break;
    case Origin::call:
      if (--number == 0) return;
      what = "argument";
      break;
    case Origin::results: what = "result"; break;
    case Origin::field:
      put_text("field \"");
      lua_pushvalue(L, roots_);
      put_key(true);
      return;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%s %d", what, number);
  put_text(text.data());
}

bool Encoder::is_field(const Frame& frame) {
  return frame.phase == Frame::Phase::array || frame.phase == Frame::Phase::strays ||
         frame.phase == Frame::Phase::pairs;
}

// The key of a table that leads further down.
void Encoder::put_field(const Frame& frame, bool first) {
  if (frame.phase == Frame::Phase::strays) {
    lua_pushinteger(L, static_cast<lua_Integer>(frame.next));
  } else {
    lua_pushvalue(L, base_ + frame.at + 1);
  }
  put_key(first);
}

// The one on top of the stack, and pops it.
void Encoder::put_key(bool first) {
  const int top = lua_gettop(L) - 1;
  std::size_t size = 0;
  const char* text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &size) : nullptr;
  if (text != nullptr && is_identifier(text, size)) {
    if (!first) put_text(".");
    put_text(text);
  } else {
    put_text("[");
    if (text != nullptr) {
      put_text("'");
      out_.append(text, std::min(size, kToldKey));
      put_text(size <= kToldKey ? "'" : "...'");
    } else if (lua_type(L, -1) == LUA_TNUMBER) {
      put_text(lua_tostring(L, -1));
    } else if (lua_type(L, -1) == LUA_TBOOLEAN) {
      put_text(lua_toboolean(L, -1) != 0 ? "true" : "false");
    } else {
      put_text(luaL_typename(L, -1));
    }
    put_text("]");
  }
  lua_settop(L, top);
}

// Where in a container that is no plain table.
void Encoder::put_place(const Frame& frame) {
  switch (frame.phase) {
    case Frame::Phase::value: put_text("key"); return;
    case Frame::Phase::results: put_text("__transfer"); return;
    case Frame::Phase::upvalues: {
      const char* name = lua_getupvalue(L, base_ + frame.at, static_cast<int>(frame.next));
      put_text("upvalue \"");
      put_text(name);
      put_text("\"");
      lua_pop(L, 1);
      return;
    }
    case Frame::Phase::globals: {
      const bytecode::Span span = names_[frame.mark + frame.next - 1];
      put_text("global \"");
      out_.reserve(span.size);
      out_.append(out_.data() + span.offset, span.size);
      put_text("\"");
      return;
    }
    default: put_text("metatable");
  }
}

void Encoder::put_text(const char* text) { out_.append(text, std::strlen(text)); }

}  // namespace braid::codec
