#include "channel/queue.hpp"

#include <new>

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

Queue& self(Object& object) noexcept { return static_cast<Queue&>(object); }

bool attempt_queue(Object& object, SharedWaitNode& node, Wakeups& wakeups) noexcept {
  Queue& queue = self(object);
  switch (node.operation) {
    case Queue::get_op: return queue.try_get(node, wakeups);
    case Queue::put_op: {
      Queue::Result result{};
      if (!queue.try_put(Queue::message(node), result, wakeups)) return false;
      node.argument = result;
      return true;
    }
    default: return queue.unfinished == 0;
  }
}

void enqueue_queue(Object& object, SharedWaitNode& node, Wakeups&) noexcept {
  Queue& queue = self(object);
  switch (node.operation) {
    case Queue::get_op: return queue.getters.push(node);
    case Queue::put_op: return queue.putters.push(node);
    default: return queue.joiners.push(node);
  }
}

// A queue may be in a message of one that goes, and so on: the next one is put off until this one
// is done with, so that a long chain needs no deep stack.
void destroy_queue(Object& object) noexcept {
  static thread_local Queue* t_dead = nullptr;
  static thread_local bool t_destroying = false;
  end_references(object);
  self(object).next_dead = t_dead;
  t_dead = &self(object);
  if (t_destroying) return;
  t_destroying = true;
  while (Queue* queue = t_dead) {
    t_dead = queue->next_dead.get();
    arena::destroy(queue);
  }
  t_destroying = false;
}

const ObjectType kType{
    .name = "Queue",
    .destroy = destroy_queue,
    .attempt = attempt_queue,
    .enqueue = enqueue_queue,
    .abandoned =
        [](Object&, SharedWaitNode& node, Wakeups&) noexcept {
          if (node.operation == Queue::put_op) Queue::message(node).drop();
        },
    .owner_ended = nullptr,
    .owner = nullptr,
    .let_go = nullptr,
    .untaken =
        [](Object& object, SharedWaitNode& node) noexcept {
          if (node.operation != Queue::get_op || Queue::message(node).empty()) return;
          static_cast<Queue&>(object).put_back(Queue::message(node));
        },
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::queue, kType), true);

}  // namespace

Queue::Queue(Discipline which, std::uint64_t maxsize) noexcept
    : Object(ObjectKind::queue), discipline(which), capacity(maxsize) {}

// --- what is stored ---

std::uint64_t Queue::stored() const noexcept {
  return discipline == Discipline::priority ? heap_.size() : deque_.size();
}

bool Queue::reserve() noexcept {
  return discipline == Discipline::priority ? heap_.reserve() : deque_.reserve_back();
}

// Throws std::bad_alloc.
void Queue::store(const Cell& cell) {
  if (discipline == Discipline::priority) {
    heap_.push(cell);
  } else {
    deque_.push_back(cell);
  }
  if (cell.own() != 0) take_inside(*this, cell.own());
}

void Queue::take(Cell& to) noexcept {
  switch (discipline) {
    case Discipline::fifo: deque_.pop_front(to); break;
    case Discipline::lifo: deque_.pop_back(to); break;
    case Discipline::priority: heap_.pop(to); break;
  }
  if (to.own() != 0) take_outside(*this, to.own());
}

// --- one operation ---

void Queue::hand_over(SharedWaitNode& getter, Cell& cell) noexcept {
  message(getter).become(cell);
  getter.carries = this;
  getter.argument = kDone;
  cell.forget();
}

// There is room: those who wait to put do so, the first one first. What was taken out stays so:
// what comes in may take its place.
void Queue::admit_putters(Wakeups& wakeups) noexcept {
  if (putters.empty()) return;
  arena::checkpoint();
  while (!putters.empty() && stored() < capacity && reserve()) {
    SharedWaitNode* putter = putters.claim_first(wakeups);
    if (putter == nullptr) return;
    store(message(*putter));
    message(*putter).forget();
    putter->argument = kDone;
    ++unfinished;
  }
}

// The next message, wherever it is; false = there is none.
bool Queue::next(Cell& to, Wakeups& wakeups) noexcept {
  if (stored() != 0) {
    take(to);
    return true;
  }
  // Nothing is stored, and yet somebody waits to put: a rendezvous, or there was no memory.
  SharedWaitNode* putter = putters.claim_first(wakeups);
  if (putter == nullptr) return false;
  to.become(message(*putter));
  message(*putter).forget();
  putter->argument = kDone;
  ++unfinished;
  return true;
}

bool Queue::try_get(SharedWaitNode& node, Wakeups& wakeups) noexcept {
  if (next(message(node), wakeups)) {
    node.argument = kDone;
    node.carries = this;
    admit_putters(wakeups);
    return true;
  }
  node.argument = kClosed;
  return closed;
}

bool Queue::try_put(Cell& cell, Result& result, Wakeups& wakeups) noexcept {
  result = kClosed;
  if (closed) return true;
  if (SharedWaitNode* getter = getters.claim_first(wakeups)) {
    hand_over(*getter, cell);
  } else {
    if (cell.keyed() && !heap_.comparable(cell)) {
      result = kIncomparable;
      return true;
    }
    if (stored() >= capacity) {
      result = kFull;
      return false;
    }
    try {
      store(cell);
    } catch (const std::bad_alloc&) {
      result = kNoMemory;
      return true;
    }
    cell.forget();
  }
  ++unfinished;
  result = kDone;
  return true;
}

// --- several, and the rest ---

std::size_t Queue::put_some(Cell* cells, std::size_t count, Result& result) noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  std::size_t done = 0;
  while (done < count && try_put(cells[done], result, wakeups) && result == kDone) ++done;
  return done;
}

std::size_t Queue::get_some(Cell* cells, std::size_t count) noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  std::size_t got = 0;
  while (got < count && next(cells[got], wakeups)) ++got;
  if (got != 0) admit_putters(wakeups);
  return got;
}

void Queue::put_back(Cell& cell) noexcept {
  {
    Wakeups wakeups;
    MutexLock lock(mutex);
    if (SharedWaitNode* getter = getters.claim_first(wakeups)) return hand_over(*getter, cell);
    try {
      switch (discipline) {
        case Discipline::fifo: deque_.push_front(cell); break;
        case Discipline::lifo: deque_.push_back(cell); break;
        case Discipline::priority: heap_.put_back(cell); break;
      }
      if (cell.own() != 0) take_inside(*this, cell.own());
      cell.forget();
    } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): dropped below
    }
  }
  cell.drop();
}

bool Queue::task_done() noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  if (unfinished == 0) return false;
  if (--unfinished == 0) joiners.claim_all(wakeups);
  return true;
}

// A put that waits keeps its message, for its unit to drop.
void Queue::close() noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  closed = true;
  for (SharedWaitList* list : {&getters, &putters}) {
    while (SharedWaitNode* node = list->claim_first(wakeups)) node->argument = kClosed;
  }
}

std::uint64_t Queue::size() noexcept {
  MutexLock lock(mutex);
  return stored();
}

}  // namespace braid::runtime
