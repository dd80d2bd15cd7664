// What select can wait for: one row for each kind of object and operation. A new kind adds a row.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "channel/hand.hpp"
#include "park/operation.hpp"
#include "stdlib/select.hpp"
#include "vm/handle.hpp"

namespace braid::stdlib {

// What became of the operation: as its node had it.
struct Taken {
  std::int64_t argument;
  runtime::Hand& hand;  // what it was given; to be left
};

// An operation on a shared object. `at` and `value` are places of the stack.
struct SharedCase {
  runtime::ObjectKind kind;
  std::string_view operation;
  const char* what;    // it waits for, in a report; as that of the method
  std::uint32_t code;  // the object's own number for it
  // Raises, or returns, what is wrong with the object or the value; null = nothing to check.
  const char* (*check)(vm::Call& call, runtime::Object& object, int at, int value);
  // Fills in the payload of what takes a value; null = there is none. What is in the payload is
  // dropped by `abandon`, when the operation does not take place. False: an error is on top.
  bool (*load)(vm::Call& call, runtime::Object& object, int value, std::byte* payload);
  void (*abandon)(std::byte* payload) noexcept;
  // Pushes what the method would have returned, or gives back its error. `object` is that of the
  // node.
  vm::Outcome (*finish)(vm::Call& call, runtime::Object& object, int at, Taken& taken);
  // Where the operation is not that of the handle's own object: says so in the node. Or null.
  void (*aim)(runtime::Object& object, runtime::SharedWaitNode& node) noexcept = nullptr;
};

// An operation on something of this thread.
struct LocalCase {
  vm::Type type;
  const char* name;  // of the class
  std::string_view operation;
  const char* what;  // likewise; null = the end of a task
  bool takes_value;
  // Raises what is wrong with it.                                                  [-0, +0, v]
  void (*check)(vm::Call& call, int object);
  // Does it now; true: with the results, or the error, on the stack in `outcome`.  [-0, +n, m]
  bool (*attempt)(vm::Call& call, int object, int value, vm::Outcome& outcome);
  // Makes the object ready for hang; the last thing that may raise.                [-0, +0, m]
  void (*prepare)(vm::Call& call, int object, int value, SelectNode& node);
  void (*hang)(void* object, SelectNode& node) noexcept;
  // The wait is over, and the node in no list any more. `won`: it was this that ended it, and the
  // outcome is that of the method.                                                 [-0, +n, m]
  vm::Outcome (*finish)(vm::Call& call, int object, SelectNode& node, bool won);
};

[[nodiscard]] std::span<const SharedCase> shared_cases() noexcept;
[[nodiscard]] std::span<const LocalCase> local_cases() noexcept;

}  // namespace braid::stdlib
