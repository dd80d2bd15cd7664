// Any bytes are a message: decoding them raises or gives values, and what it gives can be encoded
// again or is refused. A first byte of 0xff makes the rest a recipe for a value instead, which must
// arrive as it was sent. Bytecode is behind a checksum, so functions are seldom more than refused
// here.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <lua.hpp>

#include "codec/decode.hpp"
#include "codec/encode.hpp"
#include "codec/types.hpp"
#include "vm/allocator.hpp"

namespace {

using braid::codec::Bytes;
using braid::codec::Origin;

constexpr std::size_t kMemory = std::size_t{64} << 20;
constexpr int kInputsPerState = 200;

std::int64_t g_references = 0;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr braid::codec::SharedType kHandle = {
    "Handle",
    [](lua_State* L) -> std::uint64_t {
      ++g_references;
      return *static_cast<std::uint64_t*>(lua_touserdata(L, -1));
    },
    [](lua_State* L, std::uint64_t id) {
      *static_cast<std::uint64_t*>(lua_newuserdatauv(L, sizeof id, 0)) = id == 0 ? 1 : id;
      luaL_setmetatable(L, "Handle");
    },
    [](std::uint64_t) noexcept { --g_references; },
};

// Nothing that loads code, prints, or can run for long.
constexpr const char* kPrepare = R"lua(
  load, loadfile, dofile, print, warn, collectgarbage = nil
  string.rep, string.find, string.match, string.gmatch, string.gsub = nil
  local seen
  local function same(a, b)
    if type(a) ~= "table" then return math.type(a) == math.type(b) and (a == b or a ~= a and b ~= b) end
    if type(b) ~= "table" then return false end
    if seen[a] then return seen[a] == b end
    seen[a] = b
    for k, v in next, a do
      if type(k) ~= "table" and not same(v, rawget(b, k)) then return false end
    end
    local more = 0
    for k in next, a do more = more + 1 end
    for k in next, b do more = more - 1 end
    return more == 0
  end
  return function(a, b) seen = {} return same(a, b) end
)lua";

int open_state(lua_State* L) {
  luaL_requiref(L, LUA_GNAME, luaopen_base, 1);
  luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 1);
  luaL_requiref(L, LUA_MATHLIBNAME, luaopen_math, 1);
  luaL_newmetatable(L, "Handle");
  braid::codec::define_type(1, kHandle);
  braid::codec::register_type(L, 1);
  luaL_newmetatable(L, "Error");
  braid::codec::name_metatable(L, -1, "Error");
  lua_settop(L, 0);
  require(luaL_dostring(L, kPrepare) == LUA_OK);
  lua_setfield(L, LUA_REGISTRYINDEX, "same");
  return 0;
}

struct Input {
  const std::byte* bytes;
  std::size_t size;
};

// decode(input, 0), and encodes what has come.
int decode_any(lua_State* L) {
  const auto input = *static_cast<Input*>(lua_touserdata(L, 1));
  lua_settop(L, 0);
  const int count = braid::codec::decode(L, input.bytes, input.size);
  require(lua_gettop(L) == count);
  Bytes out;
  if (braid::codec::encode(L, count, Origin::value, out)) {
    require(lua_gettop(L) == count);
    braid::codec::release(out.data(), out.size());
  } else {
    require(lua_gettop(L) == count + 1 && out.empty());
  }
  return 0;
}

// Makes a value from a recipe: the tables made so far are at 2 …, and the first is the value.
void cook(lua_State* L, const Input& recipe) {
  lua_newtable(L);
  const auto push = [&](unsigned what) {
    const int tables = lua_gettop(L) - 1;
    switch (what % 8) {
      case 0: lua_pushinteger(L, what / 8); break;
      case 1: lua_pushinteger(L, static_cast<lua_Integer>(1) << what / 4); break;
      case 2: lua_pushnumber(L, what / 7.0); break;
      case 3: lua_pushboolean(L, what / 8 % 2 == 0); break;
      case 4:
        lua_pushlstring(L, reinterpret_cast<const char*>(recipe.bytes), what % recipe.size);
        break;
      default: lua_pushvalue(L, 2 + static_cast<int>(what / 8) % tables);
    }
  };
  for (std::size_t i = 0; i + 3 < recipe.size && lua_gettop(L) < 40; i += 4) {
    const auto at = [&](std::size_t j) { return static_cast<unsigned>(recipe.bytes[i + j]); };
    const int table = 2 + static_cast<int>(at(0)) % (lua_gettop(L) - 1);
    if (at(1) % 4 == 0) {
      lua_newtable(L);
      lua_pushvalue(L, -1);
      lua_rawseti(L, table, at(2) % 20);
    } else if (at(1) % 4 == 1) {
      push(at(3));
      lua_rawseti(L, table, at(2) % 40);
    } else {
      push(at(2));
      push(at(3));
      if (lua_type(L, -2) == LUA_TTABLE && at(1) % 4 == 2) {
        lua_pushvalue(L, -1);
        lua_rawset(L, -4);
        lua_pop(L, 1);
      } else {
        lua_rawset(L, table);
      }
    }
  }
  lua_settop(L, 2);
}

int send_and_compare(lua_State* L) {
  const auto recipe = *static_cast<Input*>(lua_touserdata(L, 1));
  luaL_checkstack(L, 60, nullptr);
  cook(L, recipe);
  Bytes out;
  require(braid::codec::encode(L, 1, Origin::value, out));
  require(braid::codec::decode(L, out.data(), out.size()) == 1);
  lua_getfield(L, LUA_REGISTRYINDEX, "same");
  lua_insert(L, 2);
  lua_call(L, 2, 1);
  require(lua_toboolean(L, -1) != 0);
  return 0;
}

struct State {
  State() {
    require(L != nullptr);
    allocator.install(L);
    lua_pushcfunction(L, open_state);
    require(lua_pcall(L, 0, 0, 0) == LUA_OK);
    allocator.limit(allocator.used() + kMemory);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { lua_close(L); }

  lua_State* L = luaL_newstate();
  braid::vm::Allocator allocator;
};

State* g_state = nullptr;
int g_inputs = 0;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (g_inputs++ % kInputsPerState == 0) {
    delete g_state;
    g_state = new State;
  }
  lua_State* L = g_state->L;
  Input input{reinterpret_cast<const std::byte*>(data), size};
  const bool recipe = size > 1 && data[0] == 0xff;
  if (recipe) input = {input.bytes + 1, size - 1};
  lua_pushcfunction(L, recipe ? send_and_compare : decode_any);
  lua_pushlightuserdata(L, &input);
  const int status = lua_pcall(L, 1, 0, 0);
  require(!recipe || status == LUA_OK);
  lua_settop(L, 0);
  const std::int64_t before = g_references;
  braid::codec::release(input.bytes, input.size);  // may drop what was never taken
  g_references = before;
  return 0;
}
