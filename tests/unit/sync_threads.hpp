// Several threads, each a unit of its own, that do the same at the same time.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "tests/unit/test_unit.hpp"

namespace braid::test {

// A program for the units of one test.
class TestProgram {
 public:
  TestProgram() = default;
  TestProgram(const TestProgram&) = delete;
  TestProgram& operator=(const TestProgram&) = delete;
  ~TestProgram() { runtime::drop(program_); }
  operator runtime::Program&() noexcept { return program_; }  // NOLINT: it stands for one

 private:
  runtime::Program& program_ = *runtime::arena::create<runtime::Program>();
};

// Calls body(unit, index) in each of `count` threads; returns when all have ended.
template <typename Body>
void in_threads(runtime::Program& program, int count, const Body& body) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int index = 0; index < count; ++index) {
    threads.emplace_back([&program, &body, index] {
      {
        TestUnit unit(program);
        body(unit, index);
      }
      runtime::arena::leave_thread();
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// A shared object that goes when the test does.
template <typename T>
class Shared {
 public:
  template <typename... Args>
  explicit Shared(Args&&... args)
      : object_(runtime::arena::create<T>(static_cast<Args&&>(args)...)) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared() { runtime::drop(*object_); }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }

 private:
  T* object_;
};

}  // namespace braid::test
