// braid.shared: SharedMemory, bytes with a name that other programs know, too. A handle maps its
// segment for itself and travels by that name.
#include "stdlib/shared_memory.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "shared/memory.hpp"
#include "stdlib/cell_value.hpp"
#include "stdlib/modules.hpp"
#include "unit/process.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {
namespace {

using runtime::CellType;
using runtime::Memory;
using vm::bind;
using vm::Call;
using vm::Outcome;
namespace errors = vm::errors;

// What `buf` is; its first user value, the SharedMemory, keeps it in place.
struct Buffer {
  Memory* memory;
};

Memory& self(const Call& call) {
  return call.self<Memory>(vm::Type::shared_memory, "SharedMemory");
}

Outcome closed() { return Outcome::raise(errors::kClosed, "the SharedMemory is closed"); }

// The process whose end is the program's for this one: the first, or one that was detached.
pid_t program_pid() noexcept {
  const runtime::ProcessUnit* here = runtime::this_process();
  if (here == nullptr || here->detached || !here->parent) return getpid();
  const runtime::ProcessUnit* unit = here->parent.get();
  while (!unit->detached && unit->parent) unit = unit->parent.get();
  return unit->pid;
}

// --- Making one ---

struct Options {
  const char* name = nullptr;
  bool create = false;
  std::size_t size = 0;
};

// The field of the options, on top of the stack; raises for another type.           [-0, +1, v]
bool has_option(lua_State* L, const char* name, int type) {
  const int found = lua_getfield(L, 1, name);
  if (found == LUA_TNIL) return false;
  if (found == type) return true;
  luaL_argerror(L, 1,
                lua_pushfstring(L, "%s: %s expected, got %s", name, lua_typename(L, type),
                                lua_typename(L, found)));
  __builtin_unreachable();
}

const char* check_name(lua_State* L, bool create) {
  std::size_t length = 0;
  const char* name = lua_tolstring(L, -1, &length);
  luaL_argcheck(L, length > 0 && length < Memory::kNameRoom, 1, "name: 1 to 255 bytes expected");
  luaL_argcheck(L, std::memchr(name, '/', length) == nullptr && std::strlen(name) == length, 1,
                "name: there must be no '/' and no zero in it");
  const bool is_folder = std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0;
  luaL_argcheck(L, !create || !is_folder, 1, "name: '.' and '..' are folders");
  luaL_argcheck(L, !create || !runtime::is_program_memory(name), 1,
                "name: Braid itself gives those that begin with 'braid-'");
  return name;
}

// {name=, create=, size=}. What is found stays on the stack.                        [-0, +n, v]
Options check_memory_options(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
    const std::string_view key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
    if (key == "name" || key == "create" || key == "size") continue;
    luaL_argerror(L, 1, lua_pushfstring(L, "unknown option '%s'", luaL_tolstring(L, -2, nullptr)));
  }
  Options options;
  options.create = has_option(L, "create", LUA_TBOOLEAN) && lua_toboolean(L, -1) != 0;
  if (has_option(L, "size", LUA_TNUMBER)) {
    std::int64_t size = 0;
    if (const char* problem = to_integer(L, lua_gettop(L), size)) {
      luaL_argerror(L, 1, lua_pushfstring(L, "size: %s", problem));
    }
    luaL_argcheck(L, size > 0, 1, "size: must be 1 or more");
    options.size = static_cast<std::size_t>(size);
  } else {
    luaL_argcheck(L, !options.create, 1, "size: number expected to create one");
  }
  if (has_option(L, "name", LUA_TSTRING)) {
    options.name = check_name(L, options.create);
  } else {
    luaL_argcheck(L, options.create, 1, "name: string expected to attach to one");
  }
  return options;
}

// What `error`, an errno, means to who wanted that.
[[noreturn]] void raise_error(lua_State* L, const Options& options, int error) {
  const char* name = options.name;
  if (options.create) {
    if (error == EEXIST) luaL_error(L, "shared memory '%s' exists already", name);
    luaL_error(L, "cannot create shared memory of %I bytes: %s",
               static_cast<LUAI_UACINT>(options.size), std::strerror(error));
  }
  if (error == ENOENT) luaL_error(L, "there is no shared memory '%s'", name);
  luaL_error(L, "cannot attach to shared memory '%s': %s", name,
             error == ENODATA  ? "it is empty"
             : error == EINVAL ? "it is a file of another kind"
                               : std::strerror(error));
  __builtin_unreachable();
}

// SharedMemory(options) -> SharedMemory
Outcome memory_new(Call& call) {
  lua_State* L = call.L;
  const Options options = check_memory_options(L);
  auto& memory = vm::new_object<Memory>(L, call.host, vm::Type::shared_memory, 1);
  const int error = !options.create           ? memory.attach(options.name)
                    : options.name != nullptr ? memory.create(options.name, options.size)
                                              : memory.create_for(program_pid(), options.size);
  if (error != 0) raise_error(L, options, error);
  if (memory.size() < options.size) {
    memory.close();
    luaL_error(L, "shared memory '%s' has only %I bytes", options.name,
               static_cast<LUAI_UACINT>(memory.size()));
  }
  return Outcome::values(1);
}

// --- SharedMemory ---

void push_buffer(const Call& call, Memory& memory) {
  if (lua_getiuservalue(call.L, 1, 1) != LUA_TNIL) return;
  lua_pop(call.L, 1);
  vm::new_object<Buffer>(call.L, call.host, vm::Type::memory_buffer, 1).memory = &memory;
  lua_pushvalue(call.L, 1);
  lua_setiuservalue(call.L, -2, 1);
  lua_pushvalue(call.L, -1);
  lua_setiuservalue(call.L, 1, 1);
}

// memory.buf, memory.name, memory.owner, memory.size; memory.method. Upvalue 1: the methods.
Outcome memory_index(Call& call) {
  Memory& memory = self(call);
  lua_settop(call.L, 2);
  const std::string_view key = lua_type(call.L, 2) == LUA_TSTRING ? lua_tostring(call.L, 2) : "";
  if (key == "buf") {
    push_buffer(call, memory);
  } else if (key == "name") {
    lua_pushstring(call.L, memory.name());
  } else if (key == "owner") {
    lua_pushboolean(call.L, memory.is_owner());
  } else if (key == "size") {
    lua_pushinteger(call.L, static_cast<lua_Integer>(memory.size()));
  } else {
    lua_rawget(call.L, lua_upvalueindex(1));
  }
  return Outcome::values(1);
}

Outcome memory_newindex(Call& call) {
  (void)self(call);
  luaL_error(call.L, "cannot set field '%s' of a SharedMemory", luaL_tolstring(call.L, 2, nullptr));
  __builtin_unreachable();
}

// Argument 2 as an offset: nil = 0, and at most `size`.                             [-0, +0, v]
std::size_t check_offset(lua_State* L, std::size_t size) {
  const lua_Integer offset = luaL_optinteger(L, 2, 0);
  luaL_argcheck(L, offset >= 0 && static_cast<std::size_t>(offset) <= size, 2,
                "offset is out of bounds");
  return static_cast<std::size_t>(offset);
}

// memory:read([offset[, n]]) -> string
Outcome memory_read(Call& call) {
  const Memory& memory = self(call);
  if (memory.data() == nullptr) return closed();
  const std::size_t offset = check_offset(call.L, memory.size());
  const auto rest = static_cast<lua_Integer>(memory.size() - offset);
  const lua_Integer count = luaL_optinteger(call.L, 3, rest);
  luaL_argcheck(call.L, count >= 0 && count <= rest, 3, "count is out of bounds");
  const auto* from = reinterpret_cast<const char*>(memory.data() + offset);
  lua_pushlstring(call.L, from, static_cast<std::size_t>(count));
  return Outcome::values(1);
}

// memory:write(offset, string)
Outcome memory_write(Call& call) {
  const Memory& memory = self(call);
  if (memory.data() == nullptr) return closed();
  luaL_checkinteger(call.L, 2);
  const std::size_t offset = check_offset(call.L, memory.size());
  std::size_t length = 0;
  const char* text = luaL_checklstring(call.L, 3, &length);
  luaL_argcheck(call.L, length <= memory.size() - offset, 3, "there is no room for so many bytes");
  std::memcpy(memory.data() + offset, text, length);
  return Outcome::values(0);
}

int memory_collect(lua_State* L) {
  static_cast<Memory*>(lua_touserdata(L, 1))->close();
  return 0;
}

// Leaving its block: whoever has made it takes the name away.
Outcome memory_leave(Call& call) {
  Memory& memory = self(call);
  if (memory.is_owner()) (void)memory.unlink();
  memory.close();
  return Outcome::values(0);
}

// memory:close()
Outcome memory_close(Call& call) {
  self(call).close();
  return Outcome::values(0);
}

// memory:unlink() -> boolean: false when there is nothing of that name, or something else
Outcome memory_unlink(Call& call) {
  const Memory& memory = self(call);
  const int error = memory.unlink();
  if (error != 0 && error != ENOENT) {
    luaL_error(call.L, "cannot unlink shared memory '%s': %s", memory.name(), std::strerror(error));
  }
  lua_pushboolean(call.L, error == 0);
  return Outcome::values(1);
}

// What it is made of on arrival.
Outcome memory_transfer(Call& call) {
  const Memory& memory = self(call);
  if (memory.data() == nullptr) luaL_error(call.L, "cannot send a SharedMemory that is closed");
  if (!memory.is_named()) {
    luaL_error(call.L, "cannot send a SharedMemory that was unlinked ('%s')", memory.name());
  }
  lua_pushcfunction(call.L, bind<memory_new>);
  lua_createtable(call.L, 0, 1);
  lua_pushstring(call.L, memory.name());
  lua_setfield(call.L, -2, "name");
  return Outcome::values(2);
}

Outcome memory_equal(Call& call) {
  const auto* a = call.to<Memory>(vm::Type::shared_memory, 1);
  const auto* b = call.to<Memory>(vm::Type::shared_memory, 2);
  lua_pushboolean(call.L, a != nullptr && b != nullptr && a->same_segment(*b));
  return Outcome::values(1);
}

Outcome memory_tostring(Call& call) {
  const Memory& memory = self(call);
  lua_pushfstring(call.L, "SharedMemory: %s, %I bytes%s", memory.name(),
                  static_cast<LUAI_UACINT>(memory.size()),
                  memory.data() == nullptr ? ", closed" : "");
  return Outcome::values(1);
}

constexpr luaL_Reg kMethods[] = {{"__newindex", bind<memory_newindex>},
                                 {"__gc", memory_collect},
                                 {"__close", bind<memory_leave>},
                                 {"__eq", bind<memory_equal>},
                                 {"__tostring", bind<memory_tostring>},
                                 {"__transfer", bind<memory_transfer>},
                                 {"close", bind<memory_close>},
                                 {"read", bind<memory_read>},
                                 {"unlink", bind<memory_unlink>},
                                 {"write", bind<memory_write>},
                                 {nullptr, nullptr}};

// --- buf ---

Memory& buffer_self(const Call& call) {
  return *call.self<Buffer>(vm::Type::memory_buffer, "SharedMemory.buf").memory;
}

// The byte at argument 2, which counts from 0. The memory is not closed.            [-0, +0, v]
unsigned char& check_byte(lua_State* L, const Memory& memory) {
  std::int64_t index = 0;
  if (const char* problem = to_integer(L, 2, index)) luaL_error(L, "bad index (%s)", problem);
  if (static_cast<std::uint64_t>(index) >= memory.size()) {
    luaL_error(L, "index %I is out of bounds, which are 0 to %I", static_cast<LUAI_UACINT>(index),
               static_cast<LUAI_UACINT>(memory.size() - 1));
  }
  return memory.data()[index];
}

// buf[index] -> byte
Outcome buffer_index(Call& call) {
  const Memory& memory = buffer_self(call);
  if (memory.data() == nullptr) return closed();
  const std::atomic_ref<unsigned char> byte(check_byte(call.L, memory));
  lua_pushinteger(call.L, byte.load(std::memory_order_acquire));
  return Outcome::values(1);
}

// buf[index] = byte
Outcome buffer_newindex(Call& call) {
  const Memory& memory = buffer_self(call);
  if (memory.data() == nullptr) return closed();
  const std::atomic_ref<unsigned char> byte(check_byte(call.L, memory));
  const auto value = static_cast<unsigned char>(check_assigned(call.L, 3, CellType::u8));
  byte.store(value, std::memory_order_release);
  return Outcome::values(0);
}

// #buf -> size
Outcome buffer_length(Call& call) {
  const Memory& memory = buffer_self(call);
  if (memory.data() == nullptr) return closed();
  lua_pushinteger(call.L, static_cast<lua_Integer>(memory.size()));
  return Outcome::values(1);
}

constexpr luaL_Reg kBufferMethods[] = {{"__index", bind<buffer_index>},
                                       {"__newindex", bind<buffer_newindex>},
                                       {"__len", bind<buffer_length>},
                                       {nullptr, nullptr}};

}  // namespace

bool is_memory_buffer(const Call& call, int index) noexcept {
  return call.to<Buffer>(vm::Type::memory_buffer, index) != nullptr;
}

std::span<unsigned char> memory_buffer(const Call& call, int index) noexcept {
  const Memory& memory = *call.to<Buffer>(vm::Type::memory_buffer, index)->memory;
  if (memory.data() == nullptr) return {};
  return {memory.data(), memory.size()};
}

const luaL_Reg kSharedMemoryFunctions[] = {{"SharedMemory", bind<memory_new>}, {nullptr, nullptr}};

void register_shared_memory(lua_State* L) {
  vm::register_type(L, vm::Type::memory_buffer, "SharedMemory.buf", kBufferMethods);
  vm::register_type(L, vm::Type::shared_memory, "SharedMemory", kMethods);
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, bind<memory_index>, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 2);
}

}  // namespace braid::stdlib
