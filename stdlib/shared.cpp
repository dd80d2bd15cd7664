// braid.shared: the module. Its classes stand in shared_cells.cpp, shared_memory.cpp and
// shared_table.cpp.
#include "park/family.hpp"
#include "shared/cell_type.hpp"
#include "shared/memory.hpp"
#include "stdlib/modules.hpp"

namespace braid::stdlib {

// Once, by the first process of a program: of those before that were killed.
static void sweep_left_memory() noexcept {
  static const bool kIsSwept = [] {
    if (runtime::joined_family() == nullptr) runtime::sweep_memory(0);
    return true;
  }();
  (void)kIsSwept;
}

int load_shared(lua_State* L) {
  sweep_left_memory();
  luaL_requiref(L, "braid.sync", load_sync, 0);  // for the locks that the objects have
  register_shared_cells(L);
  register_shared_memory(L);
  register_shared_table(L);
  lua_newtable(L);
  luaL_setfuncs(L, kSharedCellFunctions, 0);
  luaL_setfuncs(L, kSharedMemoryFunctions, 0);
  luaL_setfuncs(L, kSharedTableFunctions, 0);
  const char* name = nullptr;
  for (std::size_t i = 0; (name = runtime::c_type_name(i)) != nullptr; ++i) {
    lua_pushstring(L, name);
    lua_setfield(L, -2, name);
  }
  return 1;
}

}  // namespace braid::stdlib
