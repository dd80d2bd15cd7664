// Names, handles, functions and what __transfer sent.
#include "codec/decoder.hpp"
#include "codec/hash.hpp"

namespace braid::codec {

using wire::Tag;

namespace {

char g_arrived_key;
char g_made_key;  // prototype's number -> its function

struct Chunk {
  const char* bytes;
  std::size_t size;
};

const char* read_chunk(lua_State*, void* data, std::size_t* size) {
  auto* chunk = static_cast<Chunk*>(data);
  *size = chunk->size;
  chunk->size = 0;
  return *size == 0 ? nullptr : chunk->bytes;
}

}  // namespace

// Pushes a string that must be there.
void Decoder::read_text() {
  const Tag tag = peek();
  const bool is_string = tag == Tag::string || (tag >= Tag::short_string && tag < Tag::nil);
  if (!is_string) damaged();
  read();
}

void Decoder::read_name() {
  need(2);
  const auto type = static_cast<int>(*at_++);
  const std::byte* const name = at_;
  const auto parts = static_cast<unsigned>(*at_++);
  if (parts == 0 || parts > 3) damaged();
  const int top = lua_gettop(L);
  push_module(name);
  for (unsigned i = 1; i < parts; ++i) {
    read_text();
    if (!lua_istable(L, -2)) not_here(name);
    lua_gettable(L, -2);
  }
  if (lua_type(L, -1) != type) not_here(name);
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
}

// Pushes the module that is the first part of the name, after loading it if need be.
void Decoder::push_module(const std::byte* name) {
  State::attach(L);
  push_loaded(L);
  read_text();
  lua_pushvalue(L, -1);
  if (lua_rawget(L, -3) == LUA_TNIL) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_pushliteral(L, "require");
    if (lua_rawget(L, -2) != LUA_TFUNCTION) not_here(name);
    lua_pushvalue(L, -4);
    lua_call(L, 1, 1);
  }
}

// `name` is where its parts are in the message.
void Decoder::not_here(const std::byte* name) {
  const int top = lua_gettop(L);
  at_ = name + 1;
  const auto parts = static_cast<int>(*name);
  lua_pushliteral(L, "cannot receive '");
  for (int i = 0; i < parts; ++i) {
    if (i > 0) lua_pushliteral(L, ".");
    read_text();
  }
  lua_pushliteral(L, "': it is not here");
  lua_concat(L, lua_gettop(L) - top);
  lua_error(L);
  __builtin_unreachable();
}

void Decoder::read_registry_name() {
  read_text();
  lua_pushvalue(L, -1);
  if (lua_rawget(L, LUA_REGISTRYINDEX) != LUA_TTABLE) {
    luaL_error(L, "cannot receive a '%s': it is not here", lua_tostring(L, -2));
  }
  lua_remove(L, -2);
}

void Decoder::read_handle(Tag tag) {
  const auto offset = static_cast<std::size_t>(at_ - begin_) - 1;
  const std::uint64_t index = read_varint();
  if (index >= references_.count) damaged();
  const Reference reference = references_[index];
  const SharedType* type = shared_type(reference.type);
  if (type == nullptr) damaged();
  type->push(L, reference.id);
  remember(tag, offset);
}

void Decoder::read_transfer(Tag tag) {
  const auto offset = static_cast<std::size_t>(at_ - begin_) - 1;
  const std::uint64_t count = read_varint();
  if (count == 0) damaged();
  spend(count);
  const bool shared = (static_cast<unsigned>(tag) & 1) != 0;
  open({Frame::Phase::results, false, false, false, false, lua_gettop(L) + 1, 0, count,
        shared ? offset : 0});
}

void Decoder::step_results(Frame& frame) {
  while (frame.next < frame.count) {
    luaL_checkstack(L, kSlots, "__transfer returned too many values");
    if (!take(frame)) return;
    ++frame.next;
  }
  if (!lua_isfunction(L, frame.at)) damaged();
  const std::size_t offset = frame.offset;
  const auto arguments = static_cast<int>(frame.count) - 1;
  --depth_;
  set_late_metatables();
  set_globals();  // it may use them
  lua_call(L, arguments, 1);
  if (offset != 0) remember(Tag::transfer_shared, offset);
}

void Decoder::read_function(Tag tag) {
  const auto offset = static_cast<std::size_t>(at_ - begin_) - 1;
  const auto size = read_raw<std::uint32_t>();
  const auto check = read_raw<std::uint64_t>();
  need(size);
  // Lua trusts bytecode.
  if (hash(at_, size) != check) damaged();
  load(at_, size);
  at_ += size;
  begin_upvalues(tag, offset);
}

void Decoder::read_known(Tag tag) {
  const auto offset = static_cast<std::size_t>(at_ - begin_) - 1;
  const auto number = read_raw<std::uint16_t>();
  const auto check = read_raw<std::uint64_t>();
  const Prototype* prototype = prototypes::at(number);
  if (prototype == nullptr || prototype->hash != check) damaged();
  push_prototype(number, *prototype);
  begin_upvalues(tag, offset);
}

// One that has nothing of its own but code is made once in each state.
void Decoder::push_prototype(std::uint16_t number, const Prototype& prototype) {
  if (!prototype.is_same_everywhere) return load(prototype.code(), prototype.size);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &g_made_key) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &g_made_key);
  }
  if (lua_rawgeti(L, -1, number) == LUA_TNIL) {
    lua_pop(L, 1);
    load(prototype.code(), prototype.size);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, number);
  }
  lua_remove(L, -2);
}

void Decoder::load(const std::byte* code, std::size_t size) {
  Chunk chunk{reinterpret_cast<const char*>(code), size};
  if (lua_load(L, read_chunk, &chunk, "=?", "b") != LUA_OK) lua_error(L);
}

void Decoder::begin_upvalues(Tag tag, std::size_t offset) {
  remember(tag, offset);
  need(1);
  const auto count = static_cast<std::uint64_t>(*at_++);
  open({Frame::Phase::upvalues, false, false, false, false, lua_gettop(L), 0, count, 0});
}

void Decoder::step_upvalues(Frame& frame) {
  while (frame.next < frame.count) {
    const auto index = static_cast<int>(frame.next) + 1;
    if (!frame.waiting) {
      const Tag tag = peek();
      const auto offset = static_cast<lua_Integer>(at_ - begin_);
      ++at_;
      if (tag == Tag::ref) {
        join_upvalue(frame.at, index);
        ++frame.next;
        continue;
      }
      if (tag == Tag::cell_shared) {
        push_aux(kObjects);
        lua_pushvalue(L, frame.at);
        lua_rawseti(L, -2, offset);
        lua_pushinteger(L, index);
        lua_rawseti(L, -2, -offset);
        lua_pop(L, 1);
      } else if (tag != Tag::cell) {
        damaged();
      }
    }
    if (!take(frame)) return;
    if (lua_setupvalue(L, frame.at, index) == nullptr) damaged();
    ++frame.next;
  }
  frame.phase = Frame::Phase::global;
}

// The upvalue is the one of a function before.
void Decoder::join_upvalue(int function, int index) {
  const std::uint64_t offset = read_varint();
  if (offset >= static_cast<std::uint64_t>(end_ - begin_)) damaged();
  push_aux(kObjects);
  lua_rawgeti(L, -1, static_cast<lua_Integer>(offset));
  lua_rawgeti(L, -2, -static_cast<lua_Integer>(offset));
  if (lua_isinteger(L, -1) == 0 || lua_getupvalue(L, function, index) == nullptr) damaged();
  lua_pop(L, 1);
  const auto other = static_cast<int>(lua_tointeger(L, -1));
  lua_upvaluejoin(L, function, index, -2, other);
  lua_pop(L, 3);
}

void Decoder::step_globals(Frame& frame) {
  for (;;) {
    if (frame.phase == Frame::Phase::global) {
      const Tag tag = peek();
      if (tag == Tag::end) break;
      if (tag == Tag::origin) {
        ++at_;
        foreign_globals_ = read_raw<std::uint64_t>() != State::attach(L).id;
        continue;
      }
      read_text();
      frame.phase = Frame::Phase::global_value;
    }
    if (!take(frame)) return;
    if (foreign_globals_) {
      push_aux(kGlobals);
      lua_insert(L, -3);
      lua_rawset(L, -3);
      lua_pop(L, 1);
    } else {
      lua_pop(L, 2);
    }
    frame.phase = Frame::Phase::global;
  }
  ++at_;
  --depth_;
}

// A name is set where there is none, or where it came with a message before.
void Decoder::set_globals() {
  if (lua_isnil(L, aux_ + kGlobals)) return;
  luaL_checkstack(L, kSlots, nullptr);
  const int top = lua_gettop(L);
  const int globals = top + 1;
  const int arrived = top + 2;
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &g_arrived_key) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &g_arrived_key);
  }
  lua_pushnil(L);
  while (lua_next(L, aux_ + kGlobals) != 0) {
    const int name = top + 3;
    lua_pushvalue(L, name);
    const bool missing = lua_rawget(L, globals) == LUA_TNIL;
    lua_pushvalue(L, name);
    if (lua_rawget(L, arrived) != LUA_TNIL || missing) {
      lua_pushvalue(L, name);
      lua_pushboolean(L, 1);
      lua_rawset(L, arrived);
      lua_pushvalue(L, name);
      lua_pushvalue(L, name + 1);
      lua_rawset(L, globals);
    }
    lua_settop(L, name);
  }
  lua_pushnil(L);
  lua_replace(L, aux_ + kGlobals);
  lua_settop(L, top);
}

// A metatable that had no __gc yet when it was set must be set again for it to count.
void Decoder::set_late_metatables() {
  if (lua_isnil(L, aux_ + kLate)) return;
  luaL_checkstack(L, kSlots, nullptr);
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, aux_ + kLate));
  for (lua_Integer i = 1; i < count; i += 2) {
    lua_rawgeti(L, aux_ + kLate, i);
    lua_rawgeti(L, aux_ + kLate, i + 1);
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
  }
  lua_pushnil(L);
  lua_replace(L, aux_ + kLate);
}

}  // namespace braid::codec
