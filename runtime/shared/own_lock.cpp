#include "shared/own_lock.hpp"

#include "arena/arena.hpp"

namespace braid::runtime {

OwnLock::OwnLock(Kind kind, Lock* given) noexcept
    : kind_(kind), granule_(Ref<Lock>(given).granule()) {
  if (given != nullptr) retain(*given);
}

OwnLock::~OwnLock() {
  if (Lock* lock = Ref<Lock>::from_granule(granule_.load()).get()) drop(*lock);
}

Lock* OwnLock::get() {
  if (kind_ == Kind::none) return nullptr;
  std::uint32_t seen = granule_.load();
  if (seen == 0) {
    Lock* made = arena::create<Lock>(true);
    const std::uint32_t wanted = Ref<Lock>(made).granule();
    if (granule_.compare_exchange_strong(seen, wanted)) return made;
    drop(*made);
  }
  return Ref<Lock>::from_granule(seen).get();
}

}  // namespace braid::runtime
