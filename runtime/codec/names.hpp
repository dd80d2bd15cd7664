// What travels by name: C functions, tables of package.loaded, metatables and light userdata in
// their fields. An index from address to name, made in one walk over package.loaded. An address may
// have got a new owner since, so whoever finds a name here looks it up in Lua and compares.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <lua.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace braid::codec {

struct Name {
  // What the name may stand for. A field of a module that is a table counts as a metatable only.
  enum class Use : std::uint8_t { value, metatable };

  Use use;
  std::uint8_t type;                 // LUA_TTABLE …
  std::uint8_t count;                // of parts
  std::array<std::string, 3> parts;  // module, field, field of that
};

class Names {
 public:
  [[nodiscard]] bool built() const noexcept { return !slots_.empty(); }
  // Whether a module has come, gone or changed since.                               [-0, +0, -]
  [[nodiscard]] bool stale(lua_State* L) const noexcept;
  // Needs 8 free slots. Throws std::bad_alloc; then the index is empty.             [-0, +0, -]
  void build(lua_State* L);

  // It will be made anew before it is asked again.
  void forget() noexcept { slots_.clear(); }

  [[nodiscard]] const Name* find(const void* object, int type) const noexcept {
    if (slots_.empty()) return nullptr;
    const std::uintptr_t key = key_of(object, type);
    for (std::size_t i = hash(key);; ++i) {
      const Slot& slot = slots_[i & (slots_.size() - 1)];
      if (slot.key == key) return &names_[slot.name];
      if (slot.key == 0) return nullptr;
    }
  }

 private:
  struct Slot {
    std::uintptr_t key;  // 0 = free
    std::uint32_t name;
  };

  // Light userdata may hold any number, also the address of something else, and null.
  static std::uintptr_t key_of(const void* object, int type) noexcept {
    const auto bits = reinterpret_cast<std::uintptr_t>(object);
    return type == LUA_TLIGHTUSERDATA ? bits * 2 + 1 : bits;
  }
  static std::size_t hash(std::uintptr_t key) noexcept {
    return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15u) >> 40);
  }

  static std::uint64_t fingerprint(lua_State* L) noexcept;
  void add_modules(lua_State* L, int loaded);
  void look_at_package(lua_State* L, int loaded);
  void take_preloaded(lua_State* L);
  bool is_loadable(const char* module);
  enum class Round : std::uint8_t { base, libraries, modules, globals };
  void add_fields(lua_State* L, int loaded, Round round);
  void add_globals(lua_State* L, Round round);
  void add_module_fields(lua_State* L, const char* module);
  void add_inner_functions(lua_State* L, const char* module, const char* field, bool own);
  void add(lua_State* L, Name::Use use, const char* module, const char* field, const char* inner);
  void grow(std::size_t capacity);

  std::vector<Name> names_;
  std::vector<Slot> slots_;  // a power of two, at most half full
  std::uint64_t fingerprint_ = 0;
  std::array<std::string, 2> paths_;                // package.path and package.cpath
  std::unordered_map<std::string, bool> has_file_;  // of modules, along these paths
  std::vector<std::string> preloaded_;              // by C, which any state may have been given
};

// One of the tables that every receiver has: "string", "math" …
[[nodiscard]] bool is_standard_library(std::string_view name);

// Pushes package.loaded.                                                            [-0, +1, -]
void push_loaded(lua_State* L) noexcept;

}  // namespace braid::codec
