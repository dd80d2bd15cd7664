#include "stdlib/handles.hpp"

#include <array>

#include "codec/decode.hpp"
#include "codec/types.hpp"
#include "stdlib/modules.hpp"

namespace braid::stdlib {

using runtime::Message;
using runtime::Object;
using runtime::ObjectKind;
using runtime::Ref;

namespace {

constexpr auto kKinds = static_cast<std::size_t>(ObjectKind::count);

// Has the kind registered in this state.                                           [-0, +0, e]
void register_kind(lua_State* L, ObjectKind kind) {
  switch (kind) {
    case ObjectKind::thread: return register_thread(L);
    case ObjectKind::process: return register_process(L);
    case ObjectKind::future:
    case ObjectKind::pool:
    case ObjectKind::executor: luaL_requiref(L, "braid.pool", load_pool, 0); break;
    case ObjectKind::queue: luaL_requiref(L, "braid.queue", load_queue, 0); break;
    case ObjectKind::connection: luaL_requiref(L, "braid.pipe", load_pipe, 0); break;
    case ObjectKind::value:
    case ObjectKind::array:
    case ObjectKind::table: luaL_requiref(L, "braid.shared", load_shared, 0); break;
    default: luaL_requiref(L, "braid.sync", load_sync, 0);
  }
  lua_pop(L, 1);
}

Object* object_of(std::uint64_t id) noexcept {
  return Ref<Object>::from_granule(static_cast<std::uint32_t>(id)).get();
}

std::uint64_t retain_handle(lua_State* L) {
  const auto& handle = *static_cast<vm::Handle*>(lua_touserdata(L, -1));
  if (!handle.object) return 0;
  vm::know_handle(L);  // may raise: nothing is owned yet
  runtime::retain(*handle.object);
  return handle.object.granule();
}

void push_id(lua_State* L, std::uint64_t id) { push_shared(L, *object_of(id)); }
void release_id(std::uint64_t id) noexcept { runtime::drop(*object_of(id)); }

// How handles of each kind travel.
const codec::SharedType& travel(ObjectKind kind) noexcept {
  static const auto types = [] {
    std::array<codec::SharedType, kKinds> made{};
    for (std::size_t i = 0; i < kKinds; ++i) {
      if (!runtime::is_defined(static_cast<ObjectKind>(i))) continue;
      made[i] = {runtime::type_of(static_cast<ObjectKind>(i)).name, retain_handle, push_id,
                 release_id};
    }
    return made;
  }();
  return types[static_cast<std::size_t>(kind)];
}

}  // namespace

void define_travel() noexcept {
  runtime::on_message_drop(codec::release);
  for (std::size_t i = 0; i < kKinds; ++i) {
    codec::define_type(static_cast<std::uint32_t>(i), travel(static_cast<ObjectKind>(i)));
  }
}

void register_shared(lua_State* L, ObjectKind kind, const luaL_Reg* methods) {
  vm::register_handle(L, kind, methods);
  codec::register_type(L, static_cast<std::uint32_t>(kind));
}

void push_shared(lua_State* L, Object& object) {
  vm::Host& host = vm::Host::of(L);
  luaL_checkstack(L, 4, nullptr);
  if (vm::push_known_handle(L, object)) return;
  if (host.handle_type(object.kind) == nullptr) register_kind(L, object.kind);
  vm::Handle& handle = vm::new_handle(L, host, object.kind);
  runtime::retain(object);
  handle.hold(object);
  vm::know_handle(L);
}

Message* make_message(lua_State* L, int count, codec::Origin origin) {
  codec::Bytes bytes;
  if (!codec::encode(L, count, origin, bytes)) return nullptr;
  try {
    return runtime::make_message(bytes.data(), bytes.size());
  } catch (...) {
    codec::release(bytes.data(), bytes.size());
    throw;
  }
}

int push_message(lua_State* L, const Message& message) {
  return codec::decode(L, message.bytes(), message.size);
}

}  // namespace braid::stdlib
