#include "codec/names.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "codec/state.hpp"

namespace braid::codec {
namespace {

bool is_c_function(lua_State* L, int index) { return lua_iscfunction(L, index) != 0; }

// Braid's modules are the same in every state, so their Lua functions and tables need not be
// copied.
bool is_own(const char* module) {
  return std::strcmp(module, "braid") == 0 || std::strncmp(module, "braid.", 6) == 0;
}

constexpr std::array<std::string_view, 24> kBase = {
    "assert",       "collectgarbage", "dofile",   "error",  "getmetatable", "ipairs",
    "load",         "loadfile",       "next",     "pairs",  "pcall",        "print",
    "rawequal",     "rawget",         "rawlen",   "rawset", "require",      "select",
    "setmetatable", "tonumber",       "tostring", "type",   "warn",         "xpcall"};
constexpr std::array<std::string_view, 9> kLibraries = {
    "coroutine", "debug", "io", "math", "os", "package", "string", "table", "utf8"};

template <typename List>
bool has(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// Is there a file for the module along that path? As package.searchpath looks.
bool is_on_path(std::string_view path, std::string module) {
  std::replace(module.begin(), module.end(), '.', '/');
  while (!path.empty()) {
    const std::size_t size = std::min(path.find(';'), path.size());
    std::string file(path.substr(0, size));
    path.remove_prefix(std::min(size + 1, path.size()));
    for (std::size_t at = 0; (at = file.find('?', at)) != std::string::npos; at += module.size()) {
      file.replace(at, 1, module);
    }
    if (access(file.c_str(), R_OK) == 0) return true;
  }
  return false;
}

// The string key of lua_next, or null.
const char* key_string(lua_State* L) {
  return lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : nullptr;
}

}  // namespace

std::uint64_t Names::fingerprint(lua_State* L) noexcept {
  std::uint64_t sum = 0;
  push_loaded(L);
  if (lua_istable(L, -1)) {
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
      const auto key = reinterpret_cast<std::uintptr_t>(lua_topointer(L, -2));
      const auto value = reinterpret_cast<std::uintptr_t>(lua_topointer(L, -1));
      sum += (key ^ (value << 20 | value >> 44)) * 0x9E3779B97F4A7C15u;
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
  return sum;
}

bool Names::stale(lua_State* L) const noexcept {
  return slots_.empty() || fingerprint(L) != fingerprint_;
}

bool is_standard_library(std::string_view name) { return has(kLibraries, name); }

// What require goes by. What was found along other paths does not count any more.
void Names::look_at_package(lua_State* L, int loaded) {
  std::array<std::string, 2> paths;
  preloaded_.clear();
  lua_pushnil(L);
  while (lua_next(L, loaded) != 0) {
    const char* module = key_string(L);
    if (module != nullptr && std::strcmp(module, LUA_LOADLIBNAME) == 0 && lua_istable(L, -1)) {
      lua_pushnil(L);
      while (lua_next(L, -2) != 0) {
        const char* key = key_string(L);
        const std::string_view field = key != nullptr ? key : "";
        const bool is_text = lua_type(L, -1) == LUA_TSTRING;
        if (is_text && field == "path") paths[0] = lua_tostring(L, -1);
        if (is_text && field == "cpath") paths[1] = lua_tostring(L, -1);
        if (lua_istable(L, -1) && field == "preload") take_preloaded(L);
        lua_pop(L, 1);
      }
    }
    lua_pop(L, 1);
  }
  if (paths == paths_) return;
  paths_.swap(paths);
  has_file_.clear();
}

// package.preload is on top of the stack.
void Names::take_preloaded(lua_State* L) {
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    const char* module = key_string(L);
    const bool by_c = module != nullptr && is_c_function(L, -1);
    if (by_c && !is_own(module)) preloaded_.emplace_back(module);
    lua_pop(L, 1);
  }
}

// Would `require` find the module in another state? One that a script has put into package.loaded,
// or has from a searcher of its own, is but a table.
bool Names::is_loadable(const char* module) {
  if (is_own(module) || is_standard_library(module) || std::strcmp(module, "_G") == 0) return true;
  if (has(preloaded_, module)) return true;
  const auto known = has_file_.find(module);
  if (known != has_file_.end()) return known->second;
  // A library of C may have modules below its name.
  const std::string name(module);
  const std::string root(name, 0, name.find('.'));
  const bool found =
      is_on_path(paths_[0], name) || is_on_path(paths_[1], name) || is_on_path(paths_[1], root);
  return has_file_.emplace(name, found).first->second;
}

// The first name wins: a module's own before one as a field, those that every state has before any
// that a script may have made up.
void Names::build(lua_State* L) {
  const int top = lua_gettop(L);
  try {
    names_.clear();
    slots_.clear();
    grow(512);
    push_loaded(L);
    if (lua_istable(L, -1)) {
      look_at_package(L, top + 1);
      add_modules(L, top + 1);
      for (const Round round : {Round::base, Round::libraries, Round::modules, Round::globals}) {
        add_fields(L, top + 1, round);
      }
    }
    fingerprint_ = fingerprint(L);
    lua_settop(L, top);
  } catch (...) {
    slots_.clear();
    lua_settop(L, top);
    throw;
  }
}

void Names::add_modules(lua_State* L, int loaded) {
  lua_pushnil(L);
  while (lua_next(L, loaded) != 0) {
    const char* module = key_string(L);
    const bool is_table = module != nullptr && lua_istable(L, -1) && is_loadable(module);
    if (is_table || (module != nullptr && is_c_function(L, -1))) {
      add(L, Name::Use::value, module, nullptr, nullptr);
    }
    lua_pop(L, 1);
  }
}

void Names::add_fields(lua_State* L, int loaded, Round round) {
  lua_pushnil(L);
  while (lua_next(L, loaded) != 0) {
    const char* module = key_string(L);
    if (module != nullptr && lua_istable(L, -1) && is_loadable(module)) {
      if (std::strcmp(module, "_G") == 0) {
        if (round == Round::base || round == Round::globals) add_globals(L, round);
      } else if (round == (is_standard_library(module) ? Round::libraries : Round::modules)) {
        add_module_fields(L, module);
      }
    }
    lua_pop(L, 1);
  }
}

// _G is on top of the stack. Only functions: its tables do not count as a module's.
void Names::add_globals(lua_State* L, Round round) {
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    const char* field = key_string(L);
    if (field != nullptr && is_c_function(L, -1) && has(kBase, field) == (round == Round::base)) {
      add(L, Name::Use::value, "_G", field, nullptr);
    }
    lua_pop(L, 1);
  }
}

// The module is on top of the stack.
void Names::add_module_fields(lua_State* L, const char* module) {
  const bool own = is_own(module);
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    if (const char* field = key_string(L)) {
      const int type = lua_type(L, -1);
      if (type == LUA_TLIGHTUSERDATA || is_c_function(L, -1) || (own && type == LUA_TFUNCTION)) {
        add(L, Name::Use::value, module, field, nullptr);
      } else if (type == LUA_TTABLE) {
        add(L, own ? Name::Use::value : Name::Use::metatable, module, field, nullptr);
        add_inner_functions(L, module, field, own);
      }
    }
    lua_pop(L, 1);
  }
}

// The table is on top of the stack. Those of Braid's own classes need not be copied either.
void Names::add_inner_functions(lua_State* L, const char* module, const char* field, bool own) {
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    const char* inner = key_string(L);
    if (inner != nullptr && (is_c_function(L, -1) || (own && lua_isfunction(L, -1)))) {
      add(L, Name::Use::value, module, field, inner);
    }
    lua_pop(L, 1);
  }
}

// Names the value on top of the stack, unless it has a name.
void Names::add(lua_State* L, Name::Use use, const char* module, const char* field,
                const char* inner) {
  const std::uintptr_t key = key_of(lua_topointer(L, -1), lua_type(L, -1));
  if ((names_.size() + 1) * 2 > slots_.size()) grow(slots_.size() * 2);
  for (std::size_t i = hash(key);; ++i) {
    Slot& slot = slots_[i & (slots_.size() - 1)];
    if (slot.key == key) return;
    if (slot.key != 0) continue;
    Name name{use, static_cast<std::uint8_t>(lua_type(L, -1)), 0, {}};
    for (const char* part : {module, field, inner}) {
      if (part != nullptr) name.parts[name.count++] = part;
    }
    names_.push_back(std::move(name));
    slot = {key, static_cast<std::uint32_t>(names_.size() - 1)};
    return;
  }
}

void Names::grow(std::size_t capacity) {
  std::vector<Slot> old(capacity, Slot{0, 0});
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.key == 0) continue;
    std::size_t i = hash(slot.key);
    while (slots_[i & (capacity - 1)].key != 0) ++i;
    slots_[i & (capacity - 1)] = slot;
  }
}

}  // namespace braid::codec
