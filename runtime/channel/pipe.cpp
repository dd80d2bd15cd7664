#include "channel/pipe.hpp"

#include <new>

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

Pipe& self(Object& object) noexcept { return static_cast<Pipe&>(object); }
unsigned side_of(const SharedWaitNode& node) noexcept { return node.operation & 1; }
Pipe::Operation operation_of(const SharedWaitNode& node) noexcept {
  return static_cast<Pipe::Operation>(node.operation & ~1U);
}

bool attempt_pipe(Object& object, SharedWaitNode& node, Wakeups& wakeups) noexcept {
  Pipe& pipe = self(object);
  const unsigned side = side_of(node);
  const Pipe::Operation operation = operation_of(node);
  Pipe::Result result = Pipe::kDone;
  if (operation == Pipe::send_op) {
    if (!pipe.try_send(side, Pipe::message(node), result, wakeups)) return false;
  } else if (operation == Pipe::poll_op) {
    if (!pipe.readable(side)) return false;
  } else {
    const auto most = static_cast<std::uint64_t>(node.argument);
    if (!pipe.try_recv(side, operation, most, Pipe::message(node), result)) return false;
    node.argument = result;
    if (result != Pipe::kDone) return true;
    node.carries = &pipe;
    pipe.admit_senders(side, wakeups);
    return true;
  }
  node.argument = result;
  return true;
}

void enqueue_pipe(Object& object, SharedWaitNode& node, Wakeups&) noexcept {
  Pipe& pipe = self(object);
  const unsigned side = side_of(node);
  switch (operation_of(node)) {
    case Pipe::send_op: return pipe.inboxes[1 - side].senders.push(node);
    case Pipe::poll_op: return pipe.inboxes[side].pollers.push(node);
    default: return pipe.inboxes[side].getters.push(node);
  }
}

const ObjectType kPipeType{
    .name = "Pipe",
    .destroy = [](Object& object) noexcept { arena::destroy(&self(object)); },
    .attempt = attempt_pipe,
    .enqueue = enqueue_pipe,
    .abandoned =
        [](Object&, SharedWaitNode& node, Wakeups&) noexcept {
          if (operation_of(node) == Pipe::send_op) Pipe::message(node).drop();
        },
    .owner_ended = nullptr,
    .owner = nullptr,
    .untaken =
        [](Object& object, SharedWaitNode& node) noexcept {
          const bool receives = operation_of(node) <= Pipe::recv_text_op;
          if (receives && !Pipe::message(node).empty()) {
            self(object).put_back(side_of(node), Pipe::message(node));
          }
        },
};

// An end may be in a message that another end has not read, and so on: the next one is put off
// until this one is done with, so that a long chain needs no deep stack.
void destroy_connection(Object& object) noexcept {
  static thread_local Connection* t_dead = nullptr;
  static thread_local bool t_destroying = false;
  auto& connection = static_cast<Connection&>(object);
  end_references(connection);
  connection.next_dead = t_dead;
  t_dead = &connection;
  if (t_destroying) return;
  t_destroying = true;
  while (Connection* dead = t_dead) {
    t_dead = dead->next_dead.get();
    dead->pipe->end(dead->side);
    Touching::nothing();
    drop(*dead->pipe);
    arena::destroy(dead);
  }
  t_destroying = false;
}

void losing_connection(Object& object) noexcept {
  const std::uint64_t references = object.references.load(std::memory_order_acquire);
  const bool is_last =
      static_cast<std::uint32_t>(references) - (references >> Object::kOwnShift) == 1;
  if (is_last) Touching::note(object);
}

void let_go_of_connection(Object& object) noexcept {
  losing_connection(object);
  if (give_up_reference(object)) destroy_connection(object);
}

const ObjectType kConnectionType{
    .name = "Connection",
    .destroy = destroy_connection,
    .attempt = nullptr,
    .enqueue = nullptr,
    .abandoned = nullptr,
    .owner_ended = nullptr,
    .owner = nullptr,
    .let_go = let_go_of_connection,
    .losing = losing_connection,
    .half_held =
        [](Object& object, Waiter*) noexcept {
          const auto& connection = static_cast<Connection&>(object);
          connection.pipe->end(connection.side);
        },
};

[[maybe_unused]] const bool g_defined =
    (define(ObjectKind::pipe, kPipeType), define(ObjectKind::connection, kConnectionType), true);

// Why the message cannot be what a recv returns, or kDone.
Pipe::Result fits(const Cell& cell, Pipe::Operation operation, std::uint64_t most) noexcept {
  if (operation != Pipe::recv_text_op) return Pipe::kDone;
  if (!cell.is_text()) return Pipe::kNotText;
  return cell.text_size() > most ? Pipe::kTooLong : Pipe::kDone;
}

void end_waits(SharedWaitList& list, Pipe::Result result, Wakeups& wakeups) noexcept {
  while (SharedWaitNode* node = list.claim_first(wakeups)) node->argument = result;
}

}  // namespace

void Pipe::create(bool duplex, Connection*& first, Connection*& second) {
  auto* pipe = arena::create<Pipe>();
  try {
    first = arena::create<Connection>(*pipe, 0U, true, duplex);
    second = arena::create<Connection>(*pipe, 1U, duplex, true);
  } catch (const std::bad_alloc&) {
    if (first != nullptr) arena::destroy(first);
    first = nullptr;
    arena::destroy(pipe);
    throw;
  }
  retain(*pipe);  // one for each
  first->peer = second;
  second->peer = first;
  pipe->inboxes[0].reader = first;
  pipe->inboxes[1].reader = second;
}

// --- what is unread ---

bool Pipe::readable(unsigned side) const noexcept {
  return inboxes[side].messages.size() != 0 || !inboxes[side].reader || !inboxes[1 - side].reader;
}

// False: there is no memory.
bool Pipe::store(Inbox& inbox, Cell& cell) noexcept {
  if (!inbox.messages.reserve_back()) return false;
  inbox.unread += cell.size();
  inbox.messages.push_back(cell);
  if (cell.own() != 0) take_inside(*inbox.reader, cell.own());
  cell.forget();
  return true;
}

// To the first who waits for such a message; whom it does not fit learns that and it stays.
bool Pipe::hand_over(Inbox& inbox, Cell& cell, Wakeups& wakeups) noexcept {
  while (SharedWaitNode* getter = inbox.getters.claim_first(wakeups)) {
    const Result result =
        fits(cell, operation_of(*getter), static_cast<std::uint64_t>(getter->argument));
    getter->argument = result;
    if (result != kDone) continue;
    message(*getter).become(cell);
    getter->carries = this;
    cell.forget();
    return true;
  }
  return false;
}

// There is room: those who wait to send do so, the first one first. What was taken out stays so:
// what comes in may take its place.
void Pipe::admit_senders(unsigned side, Wakeups& wakeups) noexcept {
  Inbox& inbox = inboxes[side];
  if (inbox.senders.empty()) return;
  arena::checkpoint();
  while (!inbox.senders.empty() && inbox.unread <= kMostUnread) {
    SharedWaitNode* sender = inbox.senders.claim_first(wakeups);
    if (sender == nullptr) return;
    sender->argument = store(inbox, message(*sender)) ? kDone : kNoMemory;
  }
}

// --- one operation ---

bool Pipe::try_send(unsigned side, Cell& cell, Result& result, Wakeups& wakeups) noexcept {
  Inbox& inbox = inboxes[1 - side];
  result = kClosed;
  if (!inbox.reader || !inboxes[side].reader) return true;
  result = kDone;
  if (hand_over(inbox, cell, wakeups)) return true;
  if (inbox.unread > kMostUnread) return false;
  if (!store(inbox, cell)) {
    result = kNoMemory;
    return true;
  }
  end_waits(inbox.pollers, kDone, wakeups);
  return true;
}

bool Pipe::try_recv(unsigned side, Operation operation, std::uint64_t most, Cell& to,
                    Result& result) noexcept {
  Inbox& inbox = inboxes[side];
  result = kClosed;
  if (!inbox.reader) return true;
  if (inbox.messages.size() == 0) {
    result = kEof;
    return !inboxes[1 - side].reader;
  }
  result = fits(inbox.messages.front(), operation, most);
  if (result != kDone) return true;
  inbox.messages.pop_front(to);
  inbox.unread = inbox.messages.size() == 0 ? 0 : inbox.unread - to.size();
  if (to.own() != 0) take_outside(*inbox.reader, to.own());
  return true;
}

bool Pipe::send_now(unsigned side, Cell& cell, Result& result) noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  return try_send(side, cell, result, wakeups);
}

bool Pipe::recv_now(unsigned side, Operation operation, std::uint64_t most, Cell& to,
                    Result& result) noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  if (!try_recv(side, operation, most, to, result)) return false;
  if (result == kDone) admit_senders(side, wakeups);
  return true;
}

void Pipe::put_back(unsigned side, Cell& cell) noexcept {
  {
    Wakeups wakeups;
    MutexLock lock(mutex);
    Inbox& inbox = inboxes[side];
    if (inbox.reader && !hand_over(inbox, cell, wakeups)) {
      try {
        inbox.messages.push_front(cell);
        inbox.unread += cell.size();
        if (cell.own() != 0) take_inside(*inbox.reader, cell.own());
        cell.forget();
        end_waits(inbox.pollers, kDone, wakeups);
      } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): dropped below
      }
    }
  }
  cell.drop();
}

void Pipe::end(unsigned side) noexcept {
  Inbox& own = inboxes[side];
  Inbox& other = inboxes[1 - side];
  {
    Wakeups wakeups;
    MutexLock lock(mutex);
    own.reader = nullptr;
    end_waits(own.getters, kClosed, wakeups);
    end_waits(own.pollers, kClosed, wakeups);
    end_waits(own.senders, kClosed, wakeups);
    end_waits(other.senders, kClosed, wakeups);
    end_waits(other.getters, kEof, wakeups);
    end_waits(other.pollers, kDone, wakeups);
  }
  // Nobody adds to it or takes from it any more.
  Cell cell;
  while (own.messages.size() != 0) {
    own.messages.pop_front(cell);
    cell.drop();
  }
}

}  // namespace braid::runtime
