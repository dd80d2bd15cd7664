// Functions: bytecode, upvalues by cell, and the globals they name.
#include <new>
#include <string_view>

#include "codec/encoder.hpp"
#include "codec/hash.hpp"
#include "codec/scalar.hpp"

namespace braid::codec {

using wire::Tag;

namespace {

constexpr std::size_t kHead = sizeof(std::uint32_t) + sizeof(std::uint64_t);

// lua_dump's writer. Nothing may be thrown through Lua.
int write(lua_State*, const void* bytes, std::size_t size, void* out) {
  try {
    static_cast<Bytes*>(out)->append(bytes, size);
    return 0;
  } catch (const std::bad_alloc&) {
    return 1;
  }
}

}  // namespace

void Encoder::function() {
  if (lua_iscfunction(L, -1) != 0) {
    c_function();
    return;
  }
  if (named(Name::Use::value) || back_reference(lua_topointer(L, -1))) return;
  // A table with functions may be a module that has been loaded since the index was made.
  const bool in_table = !frames_.empty() && frames_.back().kind == Frame::Kind::table;
  if (in_table && names_changed()) return;
  if (lua_checkstack(L, kSlots) == 0) refuse_depth();
  enter(lua_topointer(L, -1), Tag::function);
  dump();
}

// Without upvalues it is code, whose address cannot change hands: the name holds even when a script
// has put a function of its own in its place.
void Encoder::c_function() {
  const bool is_code = lua_getupvalue(L, -1, 1) == nullptr;
  if (!is_code) {
    lua_pop(L, 1);
    if (!named(Name::Use::value) && !renamed()) refuse_value();
    return;
  }
  const Name* name = state_->names.find(lua_topointer(L, -1), LUA_TFUNCTION);
  if (name == nullptr) {
    if (renamed()) return;
    name = standard_name(lua_tocfunction(L, -1));
    if (name == nullptr) refuse_value();
  }
  put_name(*name);
  lua_pop(L, 1);
}

void Encoder::dump() {
  const std::size_t head = out_.size();
  out_.commit(out_.room(kHead) + kHead);
  const std::size_t from = out_.size();
  if (lua_dump(L, write, &out_, 0) != 0) throw std::bad_alloc();

  bytecode::UpvalueSet globals;
  bool any = false;
  int count = 0;
  for (; lua_getupvalue(L, -1, count + 1) != nullptr; ++count) {
    if (lua_topointer(L, -1) == state_->globals) {
      globals.add(static_cast<unsigned>(count));
      any = true;
    }
    lua_pop(L, 1);
  }
  const std::size_t first = names_.size();
  if (any && !bytecode::find_globals(out_.data(), from, out_.size(), globals, names_)) {
    refuse("a function whose bytecode is not that of Lua 5.4", "");
  }
  const std::size_t size = out_.size() - from;
  if (size > UINT32_MAX) refuse("a function of this size", "");
  wire::put_raw(wire::put_raw(out_.data() + head, static_cast<std::uint32_t>(size)),
                hash(out_.data() + from, size));
  out_.push(static_cast<std::byte>(count));
  frames_.push({Frame::Kind::function, Frame::Phase::upvalues, false, lua_gettop(L) - base_, first,
                0, static_cast<std::uint64_t>(count), 0});
}

void Encoder::advance_upvalues(Frame& frame) {
  const int function = base_ + frame.at;
  while (frame.next < frame.count) {
    const int i = static_cast<int>(++frame.next);
    const void* cell = lua_upvalueid(L, function, i);
    if (const std::size_t* offset = seen_.find(cell)) {
      put_reference(*offset);
      continue;
    }
    seen_.add(cell, here());
    put(Tag::cell);
    lua_getupvalue(L, function, i);
    pending_ = true;
    return;
  }
  frame.phase = Frame::Phase::globals;
  frame.next = 0;
  frame.count = names_.size() - frame.mark;
}

void Encoder::advance_globals(Frame& frame) {
  while (frame.next < frame.count) {
    const bytecode::Span span = names_[frame.mark + frame.next++];
    const int top = lua_gettop(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    const char* name =
        lua_pushlstring(L, reinterpret_cast<const char*>(out_.data() + span.offset), span.size);
    const void* identity = lua_topointer(L, -1);  // short strings are one object each
    lua_rawget(L, -2);
    lua_remove(L, -2);
    if (lua_isnil(L, -1) || seen_.find(identity) != nullptr || is_everywhere({name, span.size})) {
      lua_settop(L, top);
      continue;
    }
    seen_.add(identity, 0);
    if (!origin_told_) {
      out_.commit(
          wire::put_raw(wire::put(out_.room(1 + sizeof(std::uint64_t)), Tag::origin), state_->id));
      origin_told_ = true;
    }
    append_string(out_, name, span.size);
    pending_ = true;
    return;
  }
  put(Tag::end);
  names_.truncate(frame.mark);
  lua_settop(L, base_ + frame.at - 1);
  frames_.pop();
}

// The global on top of the stack is what every receiver has under that name.
bool Encoder::is_everywhere(std::string_view global) {
  if (lua_topointer(L, -1) == state_->globals) return true;
  const Name* name = state_->names.find(lua_topointer(L, -1), lua_type(L, -1));
  if (name == nullptr) return false;
  if (name->count == 2) return name->parts[0] == "_G" && name->parts[1] == global;
  return name->count == 1 && name->parts[0] == global && is_standard_library(global);
}

}  // namespace braid::codec
