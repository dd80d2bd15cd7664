#include "vm/allocator.hpp"

#include <lua.hpp>
#include <string>

#include "tests/unit/catch.hpp"

using braid::vm::Allocator;

namespace {

int run(lua_State* L, const char* source) {
  const int status = luaL_loadstring(L, source);
  return status != LUA_OK ? status : lua_pcall(L, 0, 0, 0);
}

constexpr const char* kWork = "local t = {} for i = 1, 1000 do t[i] = ('x'):rep(i) .. i end";

}  // namespace

TEST_CASE("allocator: it counts what Lua counts, and ends at nothing") {
  Allocator allocator;
  lua_State* L = luaL_newstate();
  allocator.install(L);
  luaL_openlibs(L);
  REQUIRE(run(L, kWork) == LUA_OK);
  const auto counted = static_cast<std::size_t>(lua_gc(L, LUA_GCCOUNT)) * 1024 +
                       static_cast<std::size_t>(lua_gc(L, LUA_GCCOUNTB));
  CHECK(allocator.used() == counted);
  CHECK(allocator.allocations() > 1000);
  lua_close(L);
  CHECK(allocator.used() == 0);
}

TEST_CASE("allocator: beyond the limit nothing is given, and the state goes on") {
  Allocator allocator;
  lua_State* L = luaL_newstate();
  allocator.install(L);
  luaL_openlibs(L);
  allocator.limit(allocator.used() + 200'000);
  CHECK(run(L, "local s = 'x' while true do s = s .. s end") == LUA_ERRMEM);
  CHECK(std::string(lua_tostring(L, -1)) == "not enough memory");
  lua_settop(L, 0);
  CHECK(run(L, "t = {} for i = 1, 1e9 do t[i] = {} end") == LUA_ERRMEM);
  CHECK(allocator.used() <= 400'000);
  lua_settop(L, 0);
  lua_pushnil(L);
  lua_setglobal(L, "t");
  CHECK(run(L, "s = ('x'):rep(10000)") == LUA_OK);
  allocator.limit(0);
  CHECK(run(L, "s = ('x'):rep(1000000)") == LUA_OK);
  lua_close(L);
  CHECK(allocator.used() == 0);
}

TEST_CASE("allocator: one refused allocation makes Lua collect and ask again") {
  Allocator allocator;
  lua_State* L = luaL_newstate();
  allocator.install(L);
  luaL_openlibs(L);
  allocator.fail_nth(10);
  CHECK(run(L, kWork) == LUA_OK);
  lua_close(L);
  CHECK(allocator.used() == 0);
}

TEST_CASE("allocator: the refused allocation is the one that was asked for") {
  Allocator allocator;
  lua_State* L = luaL_newstate();
  void* self = nullptr;
  allocator.install(L);
  const lua_Alloc allocate = lua_getallocf(L, &self);
  allocator.fail_nth(3);
  const std::size_t before = allocator.used();
  void* first = allocate(self, nullptr, LUA_TSTRING, 100);
  void* second = allocate(self, nullptr, LUA_TTABLE, 50);
  CHECK(first != nullptr);
  CHECK(second != nullptr);
  CHECK(allocate(self, nullptr, 0, 10) == nullptr);
  allocator.limit(1);
  first = allocate(self, first, 100, 60);  // shrinking is never refused
  allocator.limit(0);
  CHECK(first != nullptr);
  CHECK(allocator.used() == before + 110);
  void* third = allocate(self, nullptr, 0, 10);
  CHECK(third != nullptr);
  allocate(self, first, 60, 0);
  allocate(self, second, 50, 0);
  allocate(self, third, 10, 0);
  CHECK(allocator.used() == before);
  lua_close(L);
}
