// Pipes: two ends, each of which reads what the other sends.
#pragma once

#include <cstdint>

#include "channel/cell_deque.hpp"
#include "park/operation.hpp"

namespace braid::runtime {

struct Connection;

// What both ends share. No kernel pipe: messages lie in the arena, in the inbox of the end that is
// to read them.
//   Units:   any method from any thread or process at once.
//   Waits:   recv and poll while the inbox is empty, send while more than kMostUnread bytes are in
//            it; the end of either connection, a deadline or a cancel ends the wait.
//   Order:   first in, first out; what was written before send is visible after the recv that
//            returns that message. Those who wait are served in the order they came.
//   Death:   a process killed inside send leaves the pipe with the message or without it. What was
//            handed to a recv, and is not decoded yet, is the next message again.
//            An end goes with the last reference to its Connection.
//   Errors:  returned, never thrown: see Result.
//   Not promised: that ends which are in each other's messages are ever freed; one that is among
//            its own unread messages is.
//   Cost:    O(1), one internal lock, at most one wake-up; neither memory nor a system call in a
//            pipe that is in use, but for messages longer than a cell.
//   Tests:   tests/unit/pipe_test.cpp, tests/spec/pipe_*spec.lua
struct Pipe : Object {
  // Bit 0 says which end does it. recv_text takes only a string of at most `argument` bytes.
  enum Operation : std::uint32_t { recv_op = 0, recv_text_op = 2, poll_op = 4, send_op = 6 };
  // What has become of an operation that is done: the node's argument.
  enum Result : std::int64_t {
    kClosed = 0,     // send: nobody will read it; all others: their own end is gone
    kNoMemory = -1,  // send
    kEof = -2,       // recv, recv_text
    kTooLong = -3,   // recv_text: the message stays
    kNotText = -4,   // likewise
    kDone = 1,
  };
  static constexpr std::uint64_t kMostUnread = std::uint64_t{1} << 20;

  // A pipe with both its ends, one reference to each. One that is not duplex is read by `first`
  // alone, and `second` alone sends. Throws std::bad_alloc.
  static void create(bool duplex, Connection*& first, Connection*& second);

  Pipe() noexcept : Object(ObjectKind::pipe) {}

  // The message of a send that is about to start, or of a recv that is done, which the receiver
  // moves out. Whoever starts a send and finds it not empty afterwards, drops it.
  [[nodiscard]] static Cell& message(SharedWaitNode& node) noexcept {
    return *reinterpret_cast<Cell*>(node.payload);
  }

  // Now or not at all; false = it would have to wait.
  bool send_now(unsigned side, Cell& cell, Result& result) noexcept;
  bool recv_now(unsigned side, Operation operation, std::uint64_t most, Cell& to,
                Result& result) noexcept;
  // A message that was received could not be used: it is the next one again. When there is no
  // memory even for this, or nobody who could read it, it is lost.
  void put_back(unsigned side, Cell& cell) noexcept;
  // That end is no more, and what it has not read is dropped.
  void end(unsigned side) noexcept;

  // --- the mutex is held ---

  struct Inbox {
    CellDeque messages;
    Guarded<std::uint64_t> unread = 0;  // bytes
    Guarded<Ref<Connection>> reader;    // no reference is held; null = gone
    SharedWaitList getters;             // nothing is stored while one waits
    SharedWaitList senders;             // to this inbox
    SharedWaitList pollers;
  };
  bool try_send(unsigned side, Cell& cell, Result& result, Wakeups& wakeups) noexcept;
  // To be followed by admit_senders() when what was received has its place.
  bool try_recv(unsigned side, Operation operation, std::uint64_t most, Cell& to,
                Result& result) noexcept;
  void admit_senders(unsigned side, Wakeups& wakeups) noexcept;
  [[nodiscard]] bool readable(unsigned side) const noexcept;

  Inbox inboxes[2];  // NOLINT(modernize-avoid-c-arrays): by the side that reads it

 private:
  [[nodiscard]] bool store(Inbox& inbox, Cell& cell) noexcept;
  bool hand_over(Inbox& inbox, Cell& cell, Wakeups& wakeups) noexcept;
};

// One end of a pipe: what handles refer to.
//   Units:   any may read it; nobody changes it.
//   Waits:   never; operations are those of the pipe.
//   Death:   when its last reference goes, by hand, collector or sweep, the other end reads eof.
struct Connection : Object {
  Connection(Pipe& of_pipe, unsigned which, bool reads, bool writes) noexcept
      : Object(ObjectKind::connection),
        pipe(&of_pipe),
        side(which),
        readable(reads),
        writable(writes) {}

  const Ref<Pipe> pipe;  // with a reference
  const unsigned side;
  const bool readable;
  const bool writable;
  Ref<Connection> peer;       // set once; to compare with: it may be gone
  Ref<Connection> next_dead;  // when nobody refers to it any more
};

}  // namespace braid::runtime
