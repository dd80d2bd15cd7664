#include "pool/future.hpp"

#include <cstdio>
#include <cstring>
#include <new>

#include "arena/arena.hpp"
#include "pool/pool.hpp"

namespace braid::runtime {
namespace {

Future& self(Object& object) noexcept { return static_cast<Future&>(object); }

const ObjectType kType{
    .name = "Future",
    .destroy = [](Object& object) noexcept { arena::destroy(&self(object)); },
    .attempt = [](Object& object, SharedWaitNode&,
                  Wakeups&) noexcept { return self(object).done(); },
    .enqueue = [](Object& object, SharedWaitNode& node,
                  Wakeups&) noexcept { self(object).waiting.push(node); },
    .abandoned = nullptr,
    .owner_ended = nullptr,
    .owner = nullptr,
    .untaken = [](Object&, SharedWaitNode&) noexcept {},
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::future, kType), true);

// An error that nobody can take any more. In one piece, whatever other threads print.
void report_untaken(const Future& future) noexcept {
  std::fflush(stdout);
  flockfile(stderr);
  std::fputs("braid: uncaught error in a future: ", stderr);
  const Message& text = *future.report;
  std::fwrite(text.bytes(), 1, text.size, stderr);
  std::fputc('\n', stderr);
  if (const Message* trace = future.traceback.get()) {
    std::fwrite(trace->bytes(), 1, trace->size, stderr);
    std::fputc('\n', stderr);
  }
  funlockfile(stderr);
}

}  // namespace

Future::Future(Pool* of_pool) noexcept : Object(ObjectKind::future), pool(of_pool) {
  if (of_pool != nullptr) retain(*of_pool);
}

Future::~Future() {
  if (result == Result::failed && report && !taken.load()) report_untaken(*this);
  const bool is_text = result == Result::died || result == Result::broken;
  is_text ? message.free() : message.drop();
  std::size_t offset = 0;
  for (auto one = appended(offset); !one.empty(); one = appended(offset)) {
    release_references(one.data(), one.size());
  }
  if (several) arena::release(several.get());
  drop_message(traceback.get());
  drop_message(report.get());
  if (pool) drop(*pool);
}

// By its last store: one who is killed before that has appended nothing.
void Future::append(const std::byte* bytes, std::size_t size) {
  const std::uint64_t from = used.load();
  const std::uint64_t needed = from + sizeof size + size;
  if (!several || arena::capacity(several.get()) < needed) {
    auto* more = static_cast<std::byte*>(arena::allocate(needed * 2));
    std::byte* old = several.get();
    if (old != nullptr) std::memcpy(more, old, from);
    several = more;
    if (old != nullptr) arena::release(old);
  }
  std::byte* at = several.get() + from;
  std::memcpy(at, &size, sizeof size);
  std::memcpy(at + sizeof size, bytes, size);
  ++results;
  used.store(needed);
}

std::span<const std::byte> Future::appended(std::size_t& offset) const noexcept {
  if (offset >= used.load()) return {};
  const std::byte* at = several.get() + offset;
  std::size_t size = 0;
  std::memcpy(&size, at, sizeof size);
  offset += sizeof size + size;
  return {at + sizeof size, size};
}

bool Future::finish(Result how, Cell& what) noexcept {
  Cell call;
  {
    Wakeups wakeups;
    MutexLock lock(mutex);
    if (done()) return false;
    call = message;
    message.replace(what);
    what.forget();
    result = how;
    state.store(State::done);
    waiting.claim_all(wakeups);
  }
  call.drop();
  return true;
}

void Future::wake() noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  waiting.claim_all(wakeups);
}

bool Future::finish_with_text(Result how, const char* text, std::size_t size) noexcept {
  Cell cell;
  try {
    if (size > 0) std::memcpy(cell.make(size, false), text, size);
  } catch (const std::bad_alloc&) {
    cell.forget();
  }
  // Text is no message: there is nothing to be released.
  const bool first = finish(how, cell);
  if (!first) cell.free();
  return first;
}

}  // namespace braid::runtime
