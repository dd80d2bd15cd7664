#include "stdlib/handles.hpp"

namespace braid::stdlib {

using runtime::Object;
using runtime::ObjectKind;
using vm::Handle;
using vm::Host;

namespace {

// Which module makes handles of that kind, should the receiver not have loaded it.
const char* module_of(ObjectKind kind) noexcept {
  switch (kind) {
    case ObjectKind::queue: return "braid.queue";
    case ObjectKind::value:
    case ObjectKind::array:
    case ObjectKind::table: return "braid.shared";
    case ObjectKind::thread: return "braid.thread";
    default: return "braid.sync";
  }
}

}  // namespace

std::uint64_t retain_handle(void* userdata) {
  const auto object = static_cast<Handle*>(userdata)->object;
  if (!object) return 0;
  runtime::retain(*object);
  return object.granule();
}

void push_handle(lua_State* L, std::uint64_t id) {
  Object& object = object_of(id);
  Host& host = Host::of(L);
  if (host.handle_type(object.kind) == nullptr) {
    lua_getglobal(L, "require");
    lua_pushstring(L, module_of(object.kind));
    lua_call(L, 1, 0);
  }
  Handle& handle = vm::new_handle(L, host, object.kind);
  runtime::retain(object);
  handle.object = &object;
}

void release_handle(std::uint64_t id) noexcept { runtime::drop(object_of(id)); }

}  // namespace braid::stdlib
