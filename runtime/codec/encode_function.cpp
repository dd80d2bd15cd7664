// Functions: bytecode, upvalues by cell, and the globals they name.
#include <new>
#include <string_view>

#include "codec/encoder.hpp"
#include "codec/hash.hpp"
#include "codec/prototypes.hpp"
#include "codec/scalar.hpp"

namespace braid::codec {

using wire::Tag;

namespace {

// Registry key: function -> the number of its prototype, kSeen when it was sent once, kUnfit when
// it is none. The keys are weak.
const char kSent = 0;
constexpr lua_Integer kSeen = 0;
constexpr lua_Integer kUnfit = -1;

// Pushes that table.                                                                [-0, +1, m]
void push_sent(lua_State* L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kSent) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kSent);
}

// The function on top of the stack has that number.                                 [-0, +0, m]
void set_sent(lua_State* L, lua_Integer number) {
  push_sent(L);
  lua_pushvalue(L, -2);
  lua_pushinteger(L, number);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

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
  const std::uint16_t known = known_prototype();
  enter(lua_topointer(L, -1), known != 0 ? Tag::known : Tag::function);
  known != 0 ? put_known(known) : dump();
}

// That of the function on top of the stack, if it was sent often enough to have one.
std::uint16_t Encoder::known_prototype() {
  push_sent(L);
  lua_pushvalue(L, -2);
  const bool any = lua_rawget(L, -2) != LUA_TNIL;
  const lua_Integer number = lua_tointeger(L, -1);
  lua_pop(L, 2);
  sent_before_ = any && number == kSeen;
  if (!any) set_sent(L, kSeen);
  if (number <= 0) return 0;
  int count = 0;
  const auto known = static_cast<std::uint16_t>(number);
  return global_upvalues(count) == prototypes::at(known)->globals ? known : 0;
}

void Encoder::put_known(std::uint16_t number) {
  const Prototype& prototype = *prototypes::at(number);
  std::byte* at = out_.room(sizeof number + sizeof prototype.hash);
  out_.commit(wire::put_raw(wire::put_raw(at, number), prototype.hash));
  int count = 0;
  while (lua_getupvalue(L, -1, count + 1) != nullptr) {
    lua_pop(L, 1);
    ++count;
  }
  begin_upvalues(count, names_.size(), number);
}

// Which upvalues of the function on top of the stack are _G, and how many it has.
bytecode::UpvalueSet Encoder::global_upvalues(int& count) {
  bytecode::UpvalueSet globals;
  for (count = 0; lua_getupvalue(L, -1, count + 1) != nullptr; ++count) {
    if (lua_topointer(L, -1) == state_->globals) globals.add(static_cast<unsigned>(count));
    lua_pop(L, 1);
  }
  return globals;
}

void Encoder::begin_upvalues(int count, std::size_t first, std::uint16_t known) {
  out_.push(static_cast<std::byte>(count));
  frames_.push({Frame::Kind::function, Frame::Phase::upvalues, false, lua_gettop(L) - base_, first,
                0, static_cast<std::uint64_t>(count), known});
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

  int count = 0;
  const bytecode::UpvalueSet globals = global_upvalues(count);
  const std::size_t first = names_.size();
  bool assigns = false;
  if (globals != bytecode::UpvalueSet() &&
      !bytecode::find_globals(out_.data(), from, out_.size(), globals, names_, assigns)) {
    refuse("a function whose bytecode is not that of Lua 5.4", "");
  }
  const std::size_t size = out_.size() - from;
  if (size > UINT32_MAX) refuse("a function of this size", "");
  wire::put_raw(wire::put_raw(out_.data() + head, static_cast<std::uint32_t>(size)),
                hash(out_.data() + from, size));
  if (sent_before_) {
    const std::uint16_t number = keep_prototype(from, globals, count);
    set_sent(L, number != 0 ? number : kUnfit);
  }
  begin_upvalues(count, first, 0);
}

// For the next messages: what was just dumped, from there on. 0 = there is no room. Does not raise.
std::uint16_t Encoder::keep_prototype(std::size_t from, const bytecode::UpvalueSet& globals,
                                      int upvalues) {
  const std::size_t size = out_.size() - from;
  if (size > Prototype::kLargest) return 0;
  bytecode::Spans names;
  bool assigns = false;
  const bool any = globals != bytecode::UpvalueSet();
  if (any) (void)bytecode::find_globals(out_.data(), from, out_.size(), globals, names, assigns);
  bool all = true;
  for (int i = 0; i < upvalues; ++i) all = all && globals.has(static_cast<unsigned>(i));
  const Prototype like{hash(out_.data() + from, size), globals, static_cast<std::uint32_t>(size),
                       static_cast<std::uint16_t>(names.size()), all && !assigns};
  return prototypes::add(like, out_.data() + from, names.begin(), from);
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
  const auto known = static_cast<std::uint16_t>(frame.pairs);
  frame.count = known != 0 ? prototypes::at(known)->names : names_.size() - frame.mark;
}

// Of those that a function names; valid until something is encoded.
std::string_view Encoder::global_name(const Frame& frame, std::uint64_t i) {
  if (frame.pairs != 0) return prototypes::at(static_cast<std::uint16_t>(frame.pairs))->name(i);
  const bytecode::Span span = names_[frame.mark + i];
  return {reinterpret_cast<const char*>(out_.data() + span.offset), span.size};
}

void Encoder::advance_globals(Frame& frame) {
  while (frame.next < frame.count) {
    const std::string_view text = global_name(frame, frame.next++);
    const int top = lua_gettop(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    const char* name = lua_pushlstring(L, text.data(), text.size());
    const void* identity = lua_topointer(L, -1);  // short strings are one object each
    lua_rawget(L, -2);
    lua_remove(L, -2);
    if (lua_isnil(L, -1) || seen_.find(identity) != nullptr || is_everywhere({name, text.size()})) {
      lua_settop(L, top);
      continue;
    }
    seen_.add(identity, 0);
    if (!origin_told_) {
      out_.commit(
          wire::put_raw(wire::put(out_.room(1 + sizeof(std::uint64_t)), Tag::origin), state_->id));
      origin_told_ = true;
    }
    append_string(out_, name, text.size());
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
