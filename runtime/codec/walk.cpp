// The walk over the values, and over tables.
#include <bit>
#include <cmath>

#include "codec/encoder.hpp"
#include "codec/scalar.hpp"

namespace braid::codec {

using wire::Tag;

// False: it cannot go on, because what comes next needs the guard or the message must be begun
// again.
bool Encoder::walk() {
  for (;;) {
    if (pending_) {
      pending_ = false;
      if (!value()) {
        pending_ = true;
        return false;
      }
    } else if (!frames_.empty()) {
      advance(frames_.back());
      if (start_over_) return false;
    } else if (next_ < count_) {
      lua_pushvalue(L, roots_ + ++next_);
      pending_ = true;
    } else {
      return true;
    }
  }
}

// Encodes the value on top of the stack and pops it, or makes it the container of a new frame.
// False: it is still there, see walk().
bool Encoder::value() {
  if (append_scalar(L, -1, out_)) {
    lua_pop(L, 1);
    return true;
  }
  const int type = lua_type(L, -1);
  if (type == LUA_TTABLE) return table();
  if (!guarded_) return false;
  switch (type) {
    case LUA_TFUNCTION: function(); break;
    case LUA_TUSERDATA: userdata(); break;
    case LUA_TLIGHTUSERDATA: light_userdata(); break;
    default: refuse_value();
  }
  return !start_over_;
}

bool Encoder::table() {
  if (state_ == nullptr || !state_->names.built()) return false;
  const void* object = lua_topointer(L, -1);
  if (object == state_->globals) {
    put(Tag::globals);
    lua_pop(L, 1);
    return true;
  }
  if (state_->names.find(object, LUA_TTABLE) != nullptr) {
    if (!guarded_) return false;
    if (named(Name::Use::value)) return true;
  }
  if (back_reference(object)) return true;
  const bool has_metatable = lua_getmetatable(L, -1) != 0;
  if (has_metatable) {
    lua_pop(L, 1);
    if (!guarded_) return false;
    if (transfer()) return !start_over_;
  }
  // A module among what a function uses, or under a metatable, is likely enough to look twice.
  if (guarded_ && !frames_.empty() && frames_.back().kind == Frame::Kind::function) {
    if (names_changed()) return false;
  }
  if (lua_checkstack(L, kSlots) == 0) {
    too_deep_ = true;
    if (guarded_) refuse_depth();
    return false;
  }
  enter(object, has_metatable ? Tag::table_meta : Tag::table);
  const std::uint64_t count = lua_rawlen(L, -1);
  std::byte* at = wire::put_varint(out_.room(wire::kMaxVarint + 1), count);
  *at = std::byte{0};
  out_.commit(at + 1);
  frames_.push({Frame::Kind::table, count > 0 ? Frame::Phase::array : Frame::Phase::pairs,
                has_metatable, lua_gettop(L) - base_, out_.size() - 1, 0, count, 0});
  lua_pushnil(L);
  return true;
}

void Encoder::advance(Frame& frame) {
  switch (frame.phase) {
    case Frame::Phase::array: advance_array(frame); break;
    case Frame::Phase::strays: advance_strays(frame); break;
    case Frame::Phase::pairs: advance_pairs(frame); break;
    case Frame::Phase::value:
      frame.phase = Frame::Phase::pairs;
      pending_ = true;
      break;
    case Frame::Phase::metatable: metatable(frame); break;
    case Frame::Phase::end: close_table(frame); break;
    case Frame::Phase::upvalues: advance_upvalues(frame); break;
    case Frame::Phase::globals: advance_globals(frame); break;
    case Frame::Phase::results: advance_results(frame); break;
  }
}

// The traversal visits the items 1, 2, … first, in order, when they are where Lua keeps an array.
void Encoder::advance_array(Frame& frame) {
  const int table = base_ + frame.at;
  while (frame.next < frame.count && lua_next(L, table) != 0) {
    if (lua_type(L, -2) != LUA_TNUMBER ||
        static_cast<std::uint64_t>(lua_tointegerx(L, -2, nullptr)) != frame.next + 1) {
      break;
    }
    ++frame.next;
    if (!append_scalar(L, -1, out_)) {
      pending_ = true;
      return;
    }
    lua_pop(L, 1);
  }
  if (frame.next == frame.count) {
    frame.phase = Frame::Phase::pairs;
    return;
  }
  // Some are elsewhere, or nil: they are fetched one by one, and the traversal begins again.
  lua_settop(L, table);
  lua_pushnil(L);
  frame.phase = Frame::Phase::strays;
}

void Encoder::advance_strays(Frame& frame) {
  while (frame.next < frame.count) {
    lua_rawgeti(L, base_ + frame.at, static_cast<lua_Integer>(++frame.next));
    if (!append_scalar(L, -1, out_)) {
      pending_ = true;
      return;
    }
    lua_pop(L, 1);
  }
  frame.phase = Frame::Phase::pairs;
}

void Encoder::advance_pairs(Frame& frame) {
  while (lua_next(L, base_ + frame.at) != 0) {
    if (lua_isinteger(L, -2) != 0) {
      const auto index = static_cast<std::uint64_t>(lua_tointegerx(L, -2, nullptr));
      if (index - 1 < frame.count) {  // an item of the array: sent already
        lua_pop(L, 1);
        continue;
      }
    }
    ++frame.pairs;
    if (!append_scalar(L, -2, out_)) {
      lua_pushvalue(L, -2);
      frame.phase = Frame::Phase::value;
      pending_ = true;
      return;
    }
    if (!append_scalar(L, -1, out_)) {
      pending_ = true;
      return;
    }
    lua_pop(L, 1);
  }
  if (frame.pairs > 0) {
    out_.data()[frame.mark] = static_cast<std::byte>(1 + std::bit_width(frame.pairs - 1));
    put(Tag::end);
  }
  frame.phase = frame.has_metatable ? Frame::Phase::metatable : Frame::Phase::end;
  if (!frame.has_metatable) close_table(frame);
}

void Encoder::close_table(Frame& frame) {
  lua_settop(L, base_ + frame.at - 1);
  frames_.pop();
}

}  // namespace braid::codec
