// Warnings: as Lua's own, but one is written as a whole, whoever else writes, and whether they are
// on can be asked.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <lua.hpp>
#include <new>

#include "vm/lua_libs.hpp"

namespace braid::vm {
namespace {

constexpr char kWarningsKey = 0;

// A userdata without a finalizer: there are warnings until the state is gone.
struct Warnings {
  bool on = false;
  char* text = nullptr;  // of one whose last piece has not come; null = there is none
  std::size_t size = 0;
};

bool is_control(Warnings& warnings, const char* message, bool continues) noexcept {
  if (continues || message[0] != '@') return false;
  if (std::strcmp(message, "@on") == 0) warnings.on = true;
  if (std::strcmp(message, "@off") == 0) warnings.on = false;
  return true;
}

void add(Warnings& warnings, const char* piece) noexcept {
  const std::size_t more = std::strlen(piece);
  auto* grown = static_cast<char*>(std::realloc(warnings.text, warnings.size + more + 1));
  if (grown == nullptr) return;
  warnings.text = grown;
  std::memcpy(grown + warnings.size, piece, more + 1);
  warnings.size += more;
}

void warn(void* data, const char* message, int continues) {
  auto& warnings = *static_cast<Warnings*>(data);
  const bool begins = warnings.text == nullptr;
  if (begins && (is_control(warnings, message, continues != 0) || !warnings.on)) return;
  if (begins) add(warnings, "Lua warning: ");
  add(warnings, message);
  if (continues != 0) return;
  add(warnings, "\n");
  std::fwrite(warnings.text, 1, warnings.size, stderr);
  std::free(warnings.text);
  warnings.text = nullptr;
  warnings.size = 0;
}

}  // namespace

void open_warnings(lua_State* L) {
  auto* warnings = new (lua_newuserdatauv(L, sizeof(Warnings), 0)) Warnings;
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kWarningsKey);
  lua_setwarnf(L, warn, warnings);
}

bool warnings_are_on(lua_State* L) noexcept {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kWarningsKey);
  const auto* warnings = static_cast<const Warnings*>(lua_touserdata(L, -1));
  lua_pop(L, 1);
  return warnings != nullptr && warnings->on;
}

}  // namespace braid::vm
