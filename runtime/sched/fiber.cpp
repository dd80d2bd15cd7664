#include "sched/fiber.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <boost/context/detail/fcontext.hpp>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define BRAID_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BRAID_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define BRAID_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BRAID_TSAN 1
#endif
#endif

#ifdef BRAID_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef BRAID_TSAN
#include <sanitizer/tsan_interface.h>
#include <setjmp.h>

// Lua's static library leaves by the fortified longjmp, which the thread sanitizer does not know;
// its record of the call stack would grow with every yield.
extern "C" [[noreturn]] __attribute__((no_sanitize("thread"))) void __longjmp_chk(jmp_buf target,
                                                                                  int value) {
  longjmp(target, value);
}
#endif

namespace braid::runtime {
namespace {

namespace context = boost::context::detail;

// Lua allows 200 nested C calls; 1 MB holds them several times over. Pages are taken on touch.
#if defined(BRAID_ASAN) || defined(BRAID_TSAN)
constexpr std::size_t kStackBytes = std::size_t{8} << 20;
#else
constexpr std::size_t kStackBytes = std::size_t{1} << 20;
#endif

constexpr std::size_t kRecordBytes = (sizeof(Fiber) + 63) / 64 * 64;

}  // namespace

FiberPool::~FiberPool() {
  for (Fiber* fiber : all_) {
    if (fiber == current_) continue;
#ifdef BRAID_TSAN
    __tsan_destroy_fiber(fiber->tsan);
#endif
    munmap(fiber->mapping, fiber->mapped);
  }
}

Fiber& FiberPool::acquire(void (*body)(void*), void* argument) {
  if (idle_.empty()) return create(body, argument);
  Fiber& fiber = *idle_.back();
  idle_.pop_back();
  return fiber;
}

Fiber& FiberPool::create(void (*body)(void*), void* argument) {
  // Room in both lists first: release_current() must never fail.
  if (all_.size() == all_.capacity()) all_.reserve(2 * all_.size() + 4);
  idle_.reserve(all_.capacity() + 1);
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t bytes = kStackBytes + page;
  void* mapping = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (mapping == MAP_FAILED) throw std::bad_alloc();
  if (mprotect(mapping, page, PROT_NONE) != 0) {
    munmap(mapping, bytes);
    throw std::bad_alloc();
  }
  std::byte* top = static_cast<std::byte*>(mapping) + bytes - kRecordBytes;
  auto* fiber = new (top) Fiber;
  fiber->mapping = static_cast<std::byte*>(mapping);
  fiber->mapped = bytes;
  fiber->bottom = fiber->mapping + page;
  fiber->size = kStackBytes - kRecordBytes;
  fiber->body = body;
  fiber->argument = argument;
#ifdef BRAID_TSAN
  fiber->tsan = __tsan_create_fiber(0);
#endif
  fiber->context = context::make_fcontext(
      top, fiber->size, [](context::transfer_t from) { start(from.data, from.fctx); });
  all_.push_back(fiber);
  return *fiber;
}

void FiberPool::start(void* pool, void* from_context) noexcept {
  auto& self = *static_cast<FiberPool*>(pool);
  self.arrived(from_context);
  self.current_->body(self.current_->argument);
  __builtin_unreachable();
}

void FiberPool::enter(Fiber& to) noexcept {
  left_ = current_;
  current_ = &to;
#ifdef BRAID_TSAN
  if (left_->mapping == nullptr) left_->tsan = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(to.tsan, 0);
#endif
#ifdef BRAID_ASAN
  __sanitizer_start_switch_fiber(&left_->fake_stack, to.bottom, to.size);
#endif
  const context::transfer_t from = context::jump_fcontext(to.context, this);
  arrived(from.fctx);
}

// First thing on the fiber that was entered: remember where the other one stands.
void FiberPool::arrived(void* from_context) noexcept {
  left_->context = from_context;
#ifdef BRAID_ASAN
  const void* bottom = nullptr;
  std::size_t size = 0;
  __sanitizer_finish_switch_fiber(current_->fake_stack, &bottom, &size);
  left_->bottom = const_cast<void*>(bottom);
  left_->size = size;
#endif
}

}  // namespace braid::runtime
