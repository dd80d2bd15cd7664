#include "arena/arena.hpp"

#include <cstring>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include "arena/mutex.hpp"
#include "tests/unit/catch.hpp"

using namespace braid::runtime;

namespace {

struct Held {
  unsigned char* block;
  std::size_t bytes;
  unsigned char mark;
};

// Takes and gives back blocks of all sizes at random; each must keep what was written into it.
bool churn(unsigned seed, int steps) {
  std::mt19937 random(seed);
  std::vector<Held> held;
  bool intact = true;
  for (int step = 0; step < steps; ++step) {
    if (held.size() < 200 && random() % 3 != 0) {
      const std::size_t bytes = random() % 50 == 0 ? random() % 400000 : random() % 2000 + 1;
      const Held made{static_cast<unsigned char*>(arena::allocate(bytes)), bytes,
                      static_cast<unsigned char>(random())};
      std::memset(made.block, made.mark, bytes);
      held.push_back(made);
    } else if (!held.empty()) {
      std::swap(held[random() % held.size()], held.back());
      const Held& last = held.back();
      intact = intact && last.block[0] == last.mark && last.block[last.bytes - 1] == last.mark;
      arena::release(last.block);
      held.pop_back();
    }
  }
  for (const Held& left : held) arena::release(left.block);
  arena::leave_thread();
  return intact;
}

}  // namespace

TEST_CASE("arena: a block is aligned, has the room asked for, and does not overlap others") {
  std::map<std::uintptr_t, std::size_t> taken;
  for (std::size_t bytes :
       {1, 16, 63, 64, 65, 100, 1000, 4096, 30000, 32768, 32769, 65536, 1 << 20}) {
    void* block = arena::allocate(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(block) % 64 == 0);
    CHECK(arena::capacity(block) >= bytes);
    std::memset(block, 1, bytes);
    taken[reinterpret_cast<std::uintptr_t>(block)] = bytes;
  }
  std::uintptr_t end = 0;
  for (const auto& [start, bytes] : taken) {
    CHECK(start >= end);
    end = start + bytes;
  }
  for (const auto& [start, bytes] : taken) arena::release(reinterpret_cast<void*>(start));
}

TEST_CASE("arena: what was taken and given back leaves it as it was") {
  const arena::Usage before = arena::usage();
  std::vector<void*> blocks;
  for (int i = 0; i < 100000; ++i) blocks.push_back(arena::allocate(200));
  blocks.push_back(arena::allocate(std::size_t{100} << 20));
  CHECK(arena::usage().bytes > before.bytes);
  for (void* block : blocks) arena::release(block);
  const arena::Usage after = arena::usage();
  CHECK(after.blocks == before.blocks);
  CHECK(after.bytes == before.bytes);
}

TEST_CASE("arena: more than the range has is refused and changes nothing") {
  const arena::Usage before = arena::usage();
  CHECK_THROWS_AS(arena::allocate(std::size_t{1} << 45), std::bad_alloc);
  CHECK_THROWS_AS(arena::allocate(SIZE_MAX), std::bad_alloc);
  CHECK(arena::usage().blocks == before.blocks);
}

TEST_CASE("arena: threads take and give back at once, also each other's blocks") {
  const arena::Usage before = arena::usage();
  bool intact[2] = {};
  std::thread first([&] { intact[0] = churn(1, 30000); });
  std::thread second([&] { intact[1] = churn(2, 30000); });
  first.join();
  second.join();
  CHECK(intact[0]);
  CHECK(intact[1]);
  std::vector<void*> blocks;
  std::thread maker([&] {
    for (int i = 0; i < 5000; ++i) blocks.push_back(arena::allocate(64));
    arena::leave_thread();
  });
  maker.join();
  for (void* block : blocks) arena::release(block);
  CHECK(arena::usage().blocks == before.blocks);
}

TEST_CASE("arena: references survive being stored as numbers, and null is null") {
  auto* value = arena::create<std::uint64_t>(7U);
  const Ref<std::uint64_t> ref = value;
  CHECK(Ref<std::uint64_t>::from_granule(ref.granule()).get() == value);
  CHECK(*ref == 7);
  CHECK(!Ref<std::uint64_t>());
  arena::destroy(value);
}

TEST_CASE("mutex: excludes") {
  auto* mutex = arena::create<Mutex>();
  int count = 0;
  const auto work = [&] {
    for (int i = 0; i < 100000; ++i) {
      MutexLock lock(*mutex);
      ++count;
    }
  };
  std::thread other(work);
  work();
  other.join();
  CHECK(count == 200000);
  arena::destroy(mutex);
}

TEST_CASE("mutex: a holder that is gone does not keep it") {
  auto* mutex = arena::create<Mutex>();
  std::thread([&] { mutex->lock(); }).join();
  { MutexLock lock(*mutex); }
  { MutexLock lock(*mutex); }
  arena::destroy(mutex);
}
