#include "sched/fiber.hpp"

#include <vector>

#include "tests/unit/catch.hpp"

using namespace braid::runtime;

namespace {

// A fiber that writes its steps down and goes back to whom it was told to.
struct Script {
  FiberPool* pool = nullptr;
  Fiber* home = nullptr;
  std::vector<int> log;
  int depth = 0;
};

void steps(void* argument) {
  auto& script = *static_cast<Script*>(argument);
  for (int i = 0;; ++i) {
    script.log.push_back(i);
    script.pool->release_current();
    script.pool->enter(*script.home);
  }
}

// Fills some of its stack before it leaves it, and looks whether it is still there.
int recurse(Script& script, int depth) {
  volatile int here = depth;
  if (depth > 0) return recurse(script, depth - 1) + (here == depth ? 1 : 0);
  script.pool->enter(*script.home);
  return here == depth ? 1 : 0;
}

void deep(void* argument) {
  auto& script = *static_cast<Script*>(argument);
  for (;;) {
    script.log.push_back(recurse(script, script.depth));
    script.pool->enter(*script.home);
  }
}

}  // namespace

TEST_CASE("fiber: a body goes on where it left") {
  FiberPool pool;
  Script script{&pool, &pool.current(), {}};
  for (int i = 0; i < 3; ++i) {
    Fiber& fiber = pool.acquire(steps, &script);
    pool.enter(fiber);
    CHECK(&pool.current() == script.home);
  }
  CHECK(script.log == std::vector<int>{0, 1, 2});
}

TEST_CASE("fiber: one that is free is used again before another is made") {
  FiberPool pool;
  Script script{&pool, &pool.current(), {}};
  Fiber& first = pool.acquire(steps, &script);
  pool.enter(first);
  CHECK(&pool.acquire(steps, &script) == &first);
  CHECK(pool.size() == 1);
  Fiber& second = pool.acquire(steps, &script);
  CHECK(&second != &first);
  CHECK(pool.size() == 2);
}

TEST_CASE("fiber: a deep stack is as it was when it is entered again") {
  FiberPool pool;
  Script script{&pool, &pool.current(), {}, 1000};
  Fiber& fiber = pool.acquire(deep, &script);
  pool.enter(fiber);
  CHECK(script.log.empty());
  pool.enter(fiber);
  CHECK(script.log == std::vector<int>{1001});
}

TEST_CASE("fiber: many stand parked at once and come back in any order") {
  constexpr int kFibers = 200;
  FiberPool pool;
  std::vector<Script> scripts(kFibers);
  std::vector<Fiber*> fibers;
  for (int i = 0; i < kFibers; ++i) {
    scripts[static_cast<std::size_t>(i)] = {&pool, &pool.current(), {}, i};
    fibers.push_back(&pool.acquire(deep, &scripts[static_cast<std::size_t>(i)]));
    pool.enter(*fibers.back());
  }
  CHECK(pool.size() == kFibers);
  for (int i = kFibers - 1; i >= 0; --i) {
    const auto at = static_cast<std::size_t>(i);
    pool.enter(*fibers[at]);
    CHECK(scripts[at].log == std::vector<int>{i + 1});
  }
}
