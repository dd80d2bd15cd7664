#include "tests/unit/codec_support.hpp"

#include <atomic>

#include "codec/decode.hpp"
#include "codec/types.hpp"
#include "tests/unit/catch.hpp"

namespace braid::test {
namespace {

constexpr std::uint32_t kBoxTag = 7;
constexpr const char* kBox = "test.Box";

std::atomic<int> g_boxes{0};

void push_box(lua_State* L, std::uint64_t id) {
  *static_cast<std::uint64_t*>(lua_newuserdatauv(L, sizeof id, 0)) = 0;
  luaL_setmetatable(L, kBox);
  *static_cast<std::uint64_t*>(lua_touserdata(L, -1)) = id;
  ++g_boxes;
}

constexpr codec::SharedType kBoxType = {
    "Box",
    [](lua_State* L) -> std::uint64_t {
      const std::uint64_t id = *static_cast<std::uint64_t*>(lua_touserdata(L, -1));
      if (id == kClosedBox) return 0;
      ++g_boxes;
      return id;
    },
    push_box,
    [](std::uint64_t) noexcept { --g_boxes; },
};

int new_box(lua_State* L) {
  push_box(L, static_cast<std::uint64_t>(luaL_checkinteger(L, 1)));
  return 1;
}

int box_id(lua_State* L) {
  const auto* id = static_cast<std::uint64_t*>(luaL_checkudata(L, 1, kBox));
  lua_pushinteger(L, static_cast<lua_Integer>(*id));
  return 1;
}

// resend(value): encodes it and drops the message; what encode says against it is an error.
int resend(lua_State* L) {
  bool sent = false;
  {
    codec::Bytes bytes;
    sent = codec::encode(L, 1, codec::Origin::value, bytes);
    if (sent) codec::release(bytes.data(), bytes.size());
  }
  return sent ? 0 : lua_error(L);
}

int collect_box(lua_State* L) {
  if (*static_cast<std::uint64_t*>(lua_touserdata(L, 1)) != 0) --g_boxes;
  return 0;
}

int inner(lua_State* L) {
  lua_pushliteral(L, "inner");
  return 1;
}

// "classes": a module with a class, a C function in a table, and a light userdata.
int open_classes(lua_State* L) {
  if (luaL_loadstring(L, R"lua(
    local M = {}
    M.Class = {name = "Class"}
    M.Class.__index = M.Class
    function M.Class:get() return self.value end
    setmetatable(M, M)
    M.data = {1}
    return M
  )lua") != LUA_OK) {
    return lua_error(L);
  }
  lua_call(L, 0, 1);
  lua_newtable(L);
  lua_pushcfunction(L, inner);
  lua_setfield(L, -2, "inner");
  lua_setfield(L, -2, "core");
  lua_pushlightuserdata(L, nullptr);
  lua_setfield(L, -2, "null");
  lua_pushinteger(L, 3);
  lua_pushcclosure(L, inner, 1);
  lua_setfield(L, -2, "closure");
  return 1;
}

int open_later(lua_State* L) {
  lua_newtable(L);
  lua_pushinteger(L, 1);
  lua_setfield(L, -2, "later");
  return 1;
}

int open_all(lua_State* L) {
  luaL_openlibs(L);
  luaL_newmetatable(L, kBox);
  lua_pushcfunction(L, collect_box);
  lua_setfield(L, -2, "__gc");
  lua_pushcfunction(L, box_id);
  lua_setfield(L, -2, "__call");
  codec::define_type(kBoxTag, kBoxType);
  codec::register_type(L, kBoxTag);
  luaL_newmetatable(L, "test.Error");
  codec::name_metatable(L, -1, "test.Error");
  lua_register(L, "box", new_box);
  lua_register(L, "resend", resend);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, open_classes);
  lua_setfield(L, -2, "classes");
  lua_pushcfunction(L, open_later);
  lua_setfield(L, -2, "later");
  return 0;
}

struct View {
  const std::byte* bytes;
  std::size_t size;
};

int decode_view(lua_State* L) {
  const auto view = *static_cast<View*>(lua_touserdata(L, 1));
  lua_settop(L, 0);
  return codec::decode(L, view.bytes, view.size);
}

std::string text_of(lua_State* L) {
  std::string text = luaL_tolstring(L, -1, nullptr);
  lua_pop(L, 2);
  return text;
}

}  // namespace

CodecState::CodecState() : L(luaL_newstate()) {
  allocator.install(L);
  lua_pushcfunction(L, open_all);
  REQUIRE(lua_pcall(L, 0, 0, 0) == LUA_OK);
}

std::string CodecState::run(const std::string& source, int arguments) {
  if (luaL_loadbuffer(L, source.data(), source.size(), "=script") != LUA_OK) return text_of(L);
  lua_insert(L, -arguments - 1);
  if (lua_pcall(L, arguments, LUA_MULTRET, 0) != LUA_OK) return text_of(L);
  return {};
}

void CodecState::close() {
  if (L == nullptr) return;
  lua_close(L);
  L = nullptr;
  CHECK(allocator.used() == 0);
}

int live_boxes() { return g_boxes; }

Message::~Message() { codec::release(bytes.data(), bytes.size()); }

namespace {

// What is wrong, or nothing: a refusal is not wrong.
std::string pack_quietly(CodecState& from, const std::string& make, Message& message,
                         codec::Origin origin) {
  lua_settop(from.L, 0);
  const std::string error = from.run(make);
  if (!error.empty()) return error;
  const int count = lua_gettop(from.L);
  const bool sent = codec::encode(from.L, count, origin, message.bytes);
  const bool as_promised =
      sent ? lua_gettop(from.L) == count : lua_gettop(from.L) == count + 1 && message.bytes.empty();
  if (!sent) message.refusal = text_of(from.L);
  lua_settop(from.L, 0);
  return as_promised ? "" : "the stack or the bytes are not as promised";
}

}  // namespace

void pack(CodecState& from, const std::string& make, Message& message, codec::Origin origin) {
  INFO(make);
  REQUIRE(pack_quietly(from, make, message, origin) == "");
}

std::string unpack(CodecState& to, const Message& message, const std::string& check) {
  View view{message.bytes.data(), message.bytes.size()};
  lua_settop(to.L, 0);
  lua_pushcfunction(to.L, decode_view);
  lua_pushlightuserdata(to.L, &view);
  if (lua_pcall(to.L, 1, LUA_MULTRET, 0) != LUA_OK) return text_of(to.L);
  const std::string error = to.run(check, lua_gettop(to.L));
  lua_settop(to.L, 0);
  return error;
}

std::string pass(CodecState& from, CodecState& to, const std::string& make,
                 const std::string& check) {
  Message message;
  pack(from, make, message);
  return message.refusal.empty() ? unpack(to, message, check) : message.refusal;
}

std::string pass_quietly(CodecState& from, CodecState& to, const std::string& make,
                         const std::string& check) {
  Message message;
  std::string error = pack_quietly(from, make, message, codec::Origin::arguments);
  if (error.empty()) error = message.refusal;
  return error.empty() ? unpack(to, message, check) : error;
}

std::string pass(const std::string& make, const std::string& check) {
  const int before = live_boxes();
  std::string error;
  {
    CodecState from;
    CodecState to;
    error = pass(from, to, make, check);
  }
  CHECK(live_boxes() == before);
  return error;
}

std::string refusal(const std::string& make, codec::Origin origin) {
  const int before = live_boxes();
  std::string text;
  {
    CodecState from;
    Message message;
    pack(from, make, message, origin);
    text = message.refusal;
  }
  CHECK(live_boxes() == before);
  return text;
}

}  // namespace braid::test
