#include "codec/encode.hpp"

#include <new>

#include "codec/encoder.hpp"
#include "codec/references.hpp"
#include "codec/scalar.hpp"

namespace braid::codec {
namespace {

// Lua does not say which of the two it was.
int push_too_deep(lua_State* L) {
  lua_pushliteral(
      L, "cannot send a value that is nested this deeply: not enough stack or not enough memory");
  return 1;
}

}  // namespace

bool encode(lua_State* L, int count, Origin origin, Bytes& out) {
  if (count == 1) {
    const std::size_t start = out.size();
    try {
      out.push(std::byte{1});
      if (append_scalar(L, -1, out)) return true;
      out.truncate(start);
    } catch (const std::bad_alloc&) {
      out.truncate(start);
      throw;
    }
  }
  return Encoder(L, count, origin, out).run();
}

bool Encoder::run() {
  const int top = lua_gettop(L);
  roots_ = top - count_;
  base_ = top;
  try {
    if (lua_checkstack(L, kSlots) == 0) return fail_too_deep(top);
    state_ = State::find(L);
    begin_message();
    if (!walk()) {
      const int arguments = too_deep_ ? 0 : push_guarded();
      if (arguments == 0) return fail_too_deep(top);
      const int status = lua_pcall(L, arguments, 0, 0);
      if (no_memory_) throw std::bad_alloc();
      if (status != LUA_OK) {
        lua_copy(L, -1, top + 1);
        lua_settop(L, top + 1);
        out_.truncate(start_);
        return false;
      }
      lua_settop(L, top);
    }
    end_message();
    return true;
  } catch (const std::bad_alloc&) {
    lua_settop(L, top);
    out_.truncate(start_);
    throw;
  }
}

bool Encoder::fail_too_deep(int top) {
  lua_settop(L, top);
  out_.truncate(start_);
  lua_pushcfunction(L, push_too_deep);
  lua_pcall(L, 0, 1, 0);  // either way a string is left
  return false;
}

void Encoder::refuse_depth() {
  lua_settop(L, base_);
  push_too_deep(L);
  lua_error(L);
  __builtin_unreachable();
}

// Pushes run_guarded and its arguments: this, the values, room for the table of anchors, and what
// the walk has on the stack. Returns how many, or 0 when they do not fit.
int Encoder::push_guarded() {
  const int walked = lua_gettop(L) - base_;
  const int from = 1 - keys();
  const int arguments = 1 + keys() + count_ + 1 + walked;
  if (lua_checkstack(L, arguments + 1) == 0) return 0;
  lua_pushcfunction(L, run_guarded);
  lua_pushlightuserdata(L, this);
  for (int i = from; i <= count_; ++i) lua_pushvalue(L, roots_ + i);
  lua_pushnil(L);
  for (int i = 1; i <= walked; ++i) lua_pushvalue(L, base_ + i);
  return arguments;
}

int Encoder::run_guarded(lua_State* L) {
  auto& self = *static_cast<Encoder*>(lua_touserdata(L, 1));
  try {
    luaL_checkstack(L, kSlots, nullptr);
    self.guarded_ = true;
    self.roots_ = 1 + self.keys();
    self.anchors_ = self.roots_ + self.count_ + 1;
    self.base_ = self.anchors_;
    self.state_ = &State::attach(L);
    if (!self.state_->names.built()) self.state_->names.build(L);
    while (!self.walk()) self.start_over();
  } catch (const std::bad_alloc&) {
    self.no_memory_ = true;  // said again outside: nothing may be thrown through Lua
  }
  return 0;
}

void Encoder::start_over() {
  start_over_ = false;
  lua_settop(L, base_);
  out_.truncate(start_);
  drop_references();
  frames_.truncate(0);
  names_.truncate(0);
  seen_.clear();
  next_ = 0;
  pending_ = false;
  origin_told_ = false;
  if (anchoring_ && lua_isnil(L, anchors_)) {
    lua_newtable(L);
    lua_replace(L, anchors_);
  }
  begin_message();
}

void Encoder::begin_message() {
  if (static_cast<unsigned>(count_) < wire::kManyValues) {
    out_.push(static_cast<std::byte>(count_));
  } else {
    out_.push(static_cast<std::byte>(wire::kManyValues));
    put_varint(static_cast<std::uint64_t>(count_));
  }
}

void Encoder::end_message() {
  if (references_.empty()) return;
  const auto count = static_cast<std::uint32_t>(references_.size());
  std::byte* rows = out_.room(count * wire::kReferenceSize + wire::kReferencesEnd);
  std::byte* at = rows;
  for (const Reference& reference : references_) {
    at = wire::put_raw(wire::put_raw(at, reference.type), reference.id);
  }
  out_.commit(wire::put_raw(wire::put_raw(at, count), check_of(rows, count)));
  out_.data()[start_] |= wire::kReferences;
  references_.truncate(0);  // they are the message's now
}

void Encoder::drop_references() noexcept {
  for (const Reference& reference : references_) {
    if (reference.id != 0) shared_type(reference.type)->release(reference.id);
  }
  references_.truncate(0);
}

}  // namespace braid::codec
