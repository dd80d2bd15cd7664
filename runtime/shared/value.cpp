#include "shared/value.hpp"

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

const ObjectType kType{
    .name = "Value",
    .destroy = [](Object& object) noexcept { arena::destroy(static_cast<Value*>(&object)); },
    .attempt = nullptr,
    .enqueue = nullptr,
    .abandoned = nullptr,
    .owner_ended = nullptr,
    .owner = nullptr,
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::value, kType), true);

}  // namespace

Value::Value(CellType of_type, CellBits initial, OwnLock::Kind lock_kind, Lock* given_lock) noexcept
    : Object(ObjectKind::value), type(of_type), lock(lock_kind, given_lock) {
  cell::store(type, &memory, initial);
}

}  // namespace braid::runtime
