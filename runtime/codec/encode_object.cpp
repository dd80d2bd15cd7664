// Sharing, metatables, userdata and __transfer.
#include "codec/encoder.hpp"

namespace braid::codec {

using wire::Tag;

namespace {

// In the offset of an object: its __transfer's results are being encoded.
constexpr std::size_t kBusy = ~(~std::size_t{0} >> 1);

}  // namespace

// An object that is in the message already: refers to it and pops it.
bool Encoder::back_reference(const void* object) {
  std::size_t* offset = seen_.find(object);
  if (offset == nullptr) return false;
  if ((*offset & kBusy) != 0) refuse("a value that is in what its own __transfer returns", "");
  put_reference(*offset);
  lua_pop(L, 1);
  return true;
}

void Encoder::put_reference(std::size_t offset) {
  out_.data()[start_ + offset] |= std::byte{1};  // its tag becomes the one of shared objects
  put(Tag::ref);
  put_varint(offset);
}

// The object on top of the stack begins here.
void Encoder::enter(const void* object, Tag tag) {
  if (anchoring_) {
    lua_pushvalue(L, -1);
    lua_rawseti(L, anchors_, static_cast<lua_Integer>(lua_rawlen(L, anchors_)) + 1);
  }
  seen_.add(object, here());
  put(tag);
}

void Encoder::metatable(Frame& frame) {
  if (lua_getmetatable(L, base_ + frame.at) == 0) lua_pushnil(L);
  const void* metatable = lua_topointer(L, -1);
  if (const State::Metatable* row = state_->metatable(metatable)) {
    put_registry_name(row->name);
    lua_pop(L, 1);
  } else if (!named(Name::Use::metatable)) {
    if (names_changed()) return;
    if (seen_.find(metatable) != nullptr) {
      lua_pushliteral(L, "__gc");
      if (lua_rawget(L, -2) != LUA_TNIL) put(Tag::late);
      lua_pop(L, 1);
    }
    pending_ = true;
  }
  frame.phase = Frame::Phase::end;
}

void Encoder::userdata() {
  if (back_reference(lua_topointer(L, -1))) return;
  if (lua_getmetatable(L, -1) != 0) {
    const State::Type* type = state_->type(lua_topointer(L, -1));
    lua_pop(L, 1);
    if (type != nullptr) {
      handle(*type);
      return;
    }
    if (transfer()) return;
  }
  refuse_value();
}

void Encoder::handle(const State::Type& type) {
  const SharedType& shared = *shared_type(type.tag);
  Reference& reference = references_.push({type.tag, 0});  // first, because it may throw
  reference.id = shared.retain(L);
  if (reference.id == 0) refuse("a closed ", shared.name);
  enter(lua_topointer(L, -1), Tag::handle);
  put_varint(references_.size() - 1);
  lua_pop(L, 1);
}

void Encoder::light_userdata() {
  if (!named(Name::Use::value) && !renamed()) refuse_value();
}

// Begins what the __transfer of the object on top of the stack returns, if it has one.
bool Encoder::transfer() {
  const int object = lua_gettop(L);
  if (lua_getmetatable(L, object) == 0) return false;
  lua_pushliteral(L, "__transfer");
  const int type = lua_rawget(L, -2);
  lua_remove(L, -2);
  if (type == LUA_TNIL || !anchoring_) {
    lua_settop(L, object);
    // It may change what has been encoded already: from here on everything is kept alive.
    if (type != LUA_TNIL) anchoring_ = start_over_ = true;
    return type != LUA_TNIL;
  }
  if (type != LUA_TFUNCTION && luaL_getmetafield(L, -1, "__call") == LUA_TNIL) {
    lua_settop(L, object);
    refuse("a value whose __transfer is no function", "");
  }
  lua_settop(L, object + 1);
  lua_pushvalue(L, object);
  lua_call(L, 1, LUA_MULTRET);
  luaL_checkstack(L, kSlots, "__transfer returns too many values");
  const int count = lua_gettop(L) - object;
  if (count == 0 || !lua_isfunction(L, object + 1)) {
    lua_settop(L, object);
    refuse("a value whose __transfer does not return a function", "");
  }
  lua_pushvalue(L, object);
  const void* identity = lua_topointer(L, -1);
  enter(identity, Tag::transfer);
  lua_pop(L, 1);
  *seen_.find(identity) |= kBusy;
  put_varint(static_cast<std::uint64_t>(count));
  frames_.push({Frame::Kind::transfer, Frame::Phase::results, false, object - base_, 0, 0,
                static_cast<std::uint64_t>(count), 0});
  return true;
}

void Encoder::advance_results(Frame& frame) {
  const int object = base_ + frame.at;
  if (frame.next < frame.count) {
    lua_pushvalue(L, object + static_cast<int>(++frame.next));
    pending_ = true;
    return;
  }
  *seen_.find(lua_topointer(L, object)) &= ~kBusy;
  lua_settop(L, object - 1);
  frames_.pop();
}

}  // namespace braid::codec
