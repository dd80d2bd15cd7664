// LocalQueue: a queue for the tasks of one thread. Values are not copied; they are in a table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <lua.hpp>

#include "park/wait_list.hpp"

namespace braid::stdlib {

// A first-in first-out queue of one Lua state. Owning thread only.
//
// Whoever waits has an entry in the table of user value 2, under the address of its node: a get an
// empty one, into which a put puts the value; a put the value, until a get takes it. Such an entry
// is made before the wait, so that handing over cannot fail. nil stands in both tables as a mark.
//   user value 1: the values, a ring     2: {[node] = value, or kNothing}
class LocalQueue {
 public:
  // No other userdata of this size begins with it: cheaper to ask for than a metatable.
  static constexpr std::uint64_t kMark = 0x6c9d14e2'a83b57f1;
  const std::uint64_t mark = kMark;

  [[nodiscard]] bool closed() const noexcept { return closed_; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] bool full() const noexcept { return count_ >= maxsize_; }
  void limit(std::size_t maxsize) noexcept { maxsize_ = maxsize; }

  // `self` is the queue's place on the stack, `value` that of a value.

  // False: it is full. It must not be closed.                                        [-0, +0, m]
  bool put(lua_State* L, int self, int value);
  // Pushes the next value; false, and nothing: it is empty.                          [-0, +0|1, m]
  bool get(lua_State* L, int self);
  // From now on the node may be handed a value, or (`value` is its place) have it taken.
  //                                                                                  [-0, +0, m]
  void expect(lua_State* L, int self, const runtime::WaitNode& node, int value);
  // Ends that. True: pushes what the node was handed, or what nobody has taken.      [-0, +0|1, m]
  bool collect(lua_State* L, int self, const runtime::WaitNode& node);
  void close() noexcept;
  // False: nothing is unfinished.
  bool task_done() noexcept;

  runtime::WaitList getters;  // nothing is stored while one waits
  runtime::WaitList putters;
  runtime::WaitList joiners;
  std::size_t unfinished = 0;

 private:
  void store(lua_State* L, int self, int value);
  void grow(lua_State* L, int self);
  void admit_putter(lua_State* L, int self);

  static constexpr std::size_t kFirstRoom = 8;

  std::size_t maxsize_ = SIZE_MAX;
  std::size_t head_ = 0;  // the place of the first value, from 0
  std::size_t count_ = 0;
  std::size_t room_ = 0;  // a power of two
  bool closed_ = false;
};

// The queue at `index`, or null.
[[nodiscard]] LocalQueue* to_local_queue(lua_State* L, int index) noexcept;

}  // namespace braid::stdlib
