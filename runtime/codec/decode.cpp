#include "codec/decode.hpp"

#include <climits>
#include <cstring>

#include "codec/decoder.hpp"

namespace braid::codec {

using wire::Tag;

namespace {

constexpr unsigned kFirstNegative = static_cast<unsigned>(Tag::small_negative);
constexpr unsigned kFirstString = static_cast<unsigned>(Tag::short_string);
constexpr unsigned kFirstOther = static_cast<unsigned>(Tag::nil);

template <typename T>
const std::byte* raw(const std::byte* at, const std::byte* end, T& value) noexcept {
  if (static_cast<std::size_t>(end - at) < sizeof value) return nullptr;
  std::memcpy(&value, at, sizeof value);
  return at + sizeof value;
}

template <typename T>
const std::byte* push_integer(lua_State* L, const std::byte* at, const std::byte* end) noexcept {
  T value;
  at = raw(at, end, value);
  if (at != nullptr) lua_pushinteger(L, value);
  return at;
}

// Pushes nil, a boolean or a number and returns what is behind it; null when there is something
// else.
inline const std::byte* push_simple(lua_State* L, const std::byte* at,
                                    const std::byte* end) noexcept {
  if (at == end) return nullptr;
  const auto tag = static_cast<unsigned>(*at++);
  if (tag < kFirstString) {
    const auto value = static_cast<lua_Integer>(tag);
    lua_pushinteger(L, tag < kFirstNegative ? value : value - kFirstNegative - 32);
    return at;
  }
  switch (static_cast<Tag>(tag)) {
    case Tag::nil: lua_pushnil(L); return at;
    case Tag::boolean_false: lua_pushboolean(L, 0); return at;
    case Tag::boolean_true: lua_pushboolean(L, 1); return at;
    case Tag::integer16: return push_integer<std::int16_t>(L, at, end);
    case Tag::integer32: return push_integer<std::int32_t>(L, at, end);
    case Tag::integer64: return push_integer<std::int64_t>(L, at, end);
    case Tag::number: {
      lua_Number value;
      at = raw(at, end, value);
      if (at != nullptr) lua_pushnumber(L, value);
      return at;
    }
    default: return nullptr;
  }
}

}  // namespace

int decode(lua_State* L, const std::byte* message, std::size_t size) {
  luaL_checkstack(L, 1, nullptr);
  if (decode_simple(L, message, size)) return 1;
  // A short string by itself is common enough.
  if (size > 2 && message[0] == std::byte{1}) {
    const std::size_t length = static_cast<std::size_t>(message[1]) - kFirstString;
    if (length <= wire::kLongestShortString && length == size - 2) {
      lua_pushlstring(L, reinterpret_cast<const char*>(message + 2), length);
      return 1;
    }
  }
  Decoder decoder(L, message, size);
  return decoder.run();
}

bool decode_simple(lua_State* L, const std::byte* message, std::size_t size) noexcept {
  if (size < 2 || message[0] != std::byte{1}) return false;
  const std::byte* end = message + size;
  const std::byte* behind = push_simple(L, message + 1, end);
  if (behind != nullptr && behind != end) lua_pop(L, 1);
  return behind == end;
}

int Decoder::run() {
  luaL_checkstack(L, kSlots, nullptr);
  const std::uint64_t count = read_count();
  aux_ = lua_gettop(L);
  for (int i = 0; i < kAuxSlots; ++i) lua_pushnil(L);
  for (std::uint64_t left = count; left > 0; --left) {
    luaL_checkstack(L, kSlots, "too many values");
    read();
    while (depth_ > 0) step(frames_[depth_ - 1]);
  }
  if (at_ != end_) damaged();
  set_late_metatables();
  set_globals();
  lua_rotate(L, aux_ + 1, -kAuxSlots);
  lua_pop(L, kAuxSlots);
  return static_cast<int>(count);
}

std::uint64_t Decoder::read_count() {
  if (!find_references(begin_, static_cast<std::size_t>(end_ - begin_), references_)) damaged();
  end_ = references_.rows;
  std::uint64_t count = static_cast<std::uint64_t>(*at_++ & ~wire::kReferences);
  if (count == wire::kManyValues) count = read_varint();
  spend(count);
  return count;
}

// True: the value is on top of the stack. False: it will be, when the frame just opened is done.
bool Decoder::read() {
  if (const std::byte* behind = push_simple(L, at_, end_)) {
    at_ = behind;
    return true;
  }
  need(1);
  const auto tag = static_cast<unsigned>(*at_++);
  if (tag >= kFirstString && tag < kFirstOther) {
    read_string(tag - kFirstString);
    return true;
  }
  if (static_cast<Tag>(tag) == Tag::string) {
    read_string(read_varint());
    return true;
  }
  return read_object(static_cast<Tag>(tag));
}

void Decoder::read_string(std::uint64_t size) {
  need(size);
  lua_pushlstring(L, reinterpret_cast<const char*>(at_), size);
  at_ += size;
}

bool Decoder::read_object(Tag tag) {
  luaL_checkstack(L, kSlots, "message nested too deeply");
  switch (tag) {
    case Tag::table:
    case Tag::table_shared:
    case Tag::table_meta:
    case Tag::table_meta_shared: read_table(tag); return false;
    case Tag::function:
    case Tag::function_shared: read_function(tag); return false;
    case Tag::known:
    case Tag::known_shared: read_known(tag); return false;
    case Tag::transfer:
    case Tag::transfer_shared: read_transfer(tag); return false;
    case Tag::handle:
    case Tag::handle_shared: read_handle(tag); return true;
    case Tag::ref: read_reference(); return true;
    case Tag::name: read_name(); return true;
    case Tag::registry: read_registry_name(); return true;
    case Tag::globals: lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS); return true;
    default: damaged();
  }
}

void Decoder::read_table(Tag tag) {
  const auto offset = static_cast<std::size_t>(at_ - begin_) - 1;
  const std::uint64_t count = read_varint();
  need(1);
  const auto hash_size = static_cast<unsigned>(*at_++);
  if (hash_size > 31) damaged();
  const std::uint64_t room = hash_size == 0 ? 0 : std::uint64_t{1} << (hash_size - 1);
  // More than half of that room is used, by two bytes a pair at least.
  const std::uint64_t bytes = count + room;
  if (count > INT_MAX || bytes > static_cast<std::uint64_t>(end_ - at_)) damaged();
  spend(bytes);
  lua_createtable(L, static_cast<int>(count), static_cast<int>(room));
  remember(tag, offset);
  const bool has_metatable = tag == Tag::table_meta || tag == Tag::table_meta_shared;
  open({Frame::Phase::array, false, hash_size != 0, has_metatable, false, lua_gettop(L), 0, count,
        0});
}

void Decoder::read_reference() {
  const std::uint64_t offset = read_varint();
  if (offset >= static_cast<std::uint64_t>(end_ - begin_)) damaged();
  push_aux(kObjects);
  lua_rawgeti(L, -1, static_cast<lua_Integer>(offset));
  lua_remove(L, -2);
  if (lua_isnil(L, -1)) damaged();
}

// Goes on with a frame until it is done or another one has been opened above it.
void Decoder::step(Frame& frame) {
  switch (frame.phase) {
    case Frame::Phase::array: step_array(frame); break;
    case Frame::Phase::key:
    case Frame::Phase::value: step_pairs(frame); break;
    case Frame::Phase::metatable: step_metatable(frame); break;
    case Frame::Phase::done: --depth_; break;
    case Frame::Phase::upvalues: step_upvalues(frame); break;
    case Frame::Phase::global:
    case Frame::Phase::global_value: step_globals(frame); break;
    case Frame::Phase::results: step_results(frame); break;
  }
}

// True: the next value of the frame is on top of the stack. False: a frame has been opened for it
// (and this one may have moved).
bool Decoder::take(Frame& frame) {
  if (!frame.waiting) {
    frame.waiting = true;
    if (!read()) return false;
  }
  frame.waiting = false;
  return true;
}

void Decoder::step_array(Frame& frame) {
  while (frame.next < frame.count) {
    if (!take(frame)) return;
    lua_rawseti(L, frame.at, static_cast<lua_Integer>(++frame.next));
  }
  if (frame.has_pairs) {
    frame.phase = Frame::Phase::key;
    step_pairs(frame);
  } else {
    end_of_items(frame);
  }
}

void Decoder::step_pairs(Frame& frame) {
  for (;;) {
    if (frame.phase == Frame::Phase::key) {
      if (!frame.waiting && peek() == Tag::end) break;
      if (!take(frame)) return;
      frame.phase = Frame::Phase::value;
    }
    if (!take(frame)) return;
    lua_rawset(L, frame.at);
    frame.phase = Frame::Phase::key;
  }
  ++at_;
  end_of_items(frame);
}

void Decoder::end_of_items(Frame& frame) {
  if (frame.has_metatable) {
    frame.phase = Frame::Phase::metatable;
  } else {
    --depth_;
  }
}

// Last, so that __newindex, __mode and __gc see the table whole.
void Decoder::step_metatable(Frame& frame) {
  if (!frame.waiting && peek() == Tag::late) {
    ++at_;
    frame.late = true;
  }
  if (!take(frame)) return;
  if (!lua_istable(L, -1) && !lua_isnil(L, -1)) damaged();
  if (frame.late) {
    push_aux(kLate);
    const auto count = static_cast<lua_Integer>(lua_rawlen(L, -1));
    lua_pushvalue(L, frame.at);
    lua_rawseti(L, -2, count + 1);
    lua_pushvalue(L, -2);
    lua_rawseti(L, -2, count + 2);
    lua_pop(L, 1);
  }
  lua_setmetatable(L, frame.at);
  --depth_;
}

void Decoder::open(const Frame& frame) {
  if (depth_ == capacity_) {
    void* more = lua_newuserdatauv(L, capacity_ * 2 * sizeof(Frame), 0);
    std::memcpy(more, frames_, depth_ * sizeof(Frame));
    lua_replace(L, aux_ + kFrames);
    frames_ = static_cast<Frame*>(more);
    capacity_ *= 2;
  }
  frames_[depth_++] = frame;
}

// The object on top of the stack will be referred to, if its tag says so.
void Decoder::remember(Tag tag, std::size_t offset) {
  if ((static_cast<unsigned>(tag) & 1) == 0) return;
  push_aux(kObjects);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, static_cast<lua_Integer>(offset));
  lua_pop(L, 1);
}

void Decoder::push_aux(int slot) {
  if (lua_isnil(L, aux_ + slot)) {
    lua_newtable(L);
    lua_replace(L, aux_ + slot);
  }
  lua_pushvalue(L, aux_ + slot);
}

void Decoder::damaged() const {
  luaL_error(L, "damaged message");
  __builtin_unreachable();
}

}  // namespace braid::codec
