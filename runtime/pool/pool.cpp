#include "pool/pool.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

Pool& self(Object& object) noexcept { return static_cast<Pool&>(object); }

bool attempt_pool(Object& object, SharedWaitNode& node, Wakeups& wakeups) noexcept {
  Pool& pool = self(object);
  switch (node.operation) {
    case Pool::take_op: return pool.try_take(node, wakeups);
    case Pool::supervise_op: return pool.try_supervise(node);
    case Pool::idle_op: return pool.idle();
    default: return pool.has_ended;
  }
}

void enqueue_pool(Object& object, SharedWaitNode& node, Wakeups&) noexcept {
  Pool& pool = self(object);
  switch (node.operation) {
    case Pool::take_op: return pool.takers.push(node);
    case Pool::supervise_op: return pool.supervisors.push(node);
    case Pool::idle_op: return pool.idlers.push(node);
    default: return pool.enders.push(node);
  }
}

constexpr char kAbandoned[] = "the pool's process or its supervisor has ended";  // NOLINT

// The supervisor has gone without having been told to.
void supervisor_ended(Object& object, HeldLink& link) noexcept {
  Pool& pool = self(object);
  {
    MutexLock lock(pool.mutex);
    link.unlink();
  }
  pool.break_down(kAbandoned, sizeof kAbandoned - 1);
  pool.ended();
}

const ObjectType kPoolType{
    .name = "Pool",
    .destroy = [](Object& object) noexcept { arena::destroy(&self(object)); },
    .attempt = attempt_pool,
    .enqueue = enqueue_pool,
    .abandoned = nullptr,
    .owner_ended = supervisor_ended,
    .owner = nullptr,
    .untaken =
        [](Object& object, SharedWaitNode& node) noexcept {
          if (node.operation != Pool::take_op) return;
          Wakeups wakeups;
          MutexLock lock(object.mutex);
          self(object).untake(node, wakeups);
        },
};

const ObjectType kExecutorType{
    .name = "Executor",
    .destroy = [](Object& object) noexcept { arena::destroy(&static_cast<Executor&>(object)); },
    .attempt = nullptr,
    .enqueue = nullptr,
    .abandoned = nullptr,
    .owner_ended = nullptr,
    .owner = nullptr,
};

[[maybe_unused]] const bool g_defined =
    (define(ObjectKind::pool, kPoolType), define(ObjectKind::executor, kExecutorType), true);

}  // namespace

Executor::~Executor() {
  pool->close(false);
  drop(*pool);
}

Pool::Pool(Program& of_program, const Limits& of_limits) noexcept
    : Object(ObjectKind::pool), program(&of_program), limits(of_limits) {}

Pool::~Pool() { drop_message(reason.get()); }

// --- the queue ---

void Pool::push(Future& future, bool in_front) noexcept {
  future.before = in_front ? Ref<Future>() : Ref<Future>(last);
  future.behind = in_front ? Ref<Future>(first) : Ref<Future>();
  (future.before ? future.before->behind : first) = &future;
  (future.behind ? future.behind->before : last) = &future;
  ++queued;
  future.state.store(Future::State::pending);
}

void Pool::unlink(Future& future) noexcept {
  (future.before ? future.before->behind : first) = future.behind;
  (future.behind ? future.behind->before : last) = future.before;
  future.before = future.behind = nullptr;
  --queued;
  future.state.store(Future::State::running);
}

// All of the queue, a chain through `behind`; the references are the caller's.
Future* Pool::take_all() noexcept {
  Future* all = first.get();
  for (Future* future = all; future != nullptr; future = future->behind.get()) {
    future->state.store(Future::State::running);
  }
  first = last = nullptr;
  queued = 0;
  return all;
}

void Pool::give(Place& place, Future& future) noexcept {
  future.state.store(Future::State::running);
  future.place = &place;
  place.begun = false;
  place.current = &future;
  place.counted = true;
  ++place.worker->taken;
  ++running;
}

// To the worker that has waited longest, or into the queue.
void Pool::offer(Future& future, bool in_front, Wakeups& wakeups) noexcept {
  SharedWaitNode* taker = takers.claim_first(wakeups);
  if (taker == nullptr) return push(future, in_front);
  give(*place_of(*taker), future);
  taker->argument = Ref<Future>(&future).granule();
}

// What was in the place runs no more.
void Pool::leave(Place& place) noexcept {
  if (!place.counted) return;
  place.counted = false;
  --running;
}

bool Pool::needs_worker() const noexcept {
  return !broken && workers < limits.workers && queued > starting * limits.places;
}

bool Pool::is_over() const noexcept { return closed && queued == 0 && workers == 0; }

// Something has changed: whoever waits for that is told.
void Pool::look(Wakeups& wakeups) noexcept {
  if (idle()) idlers.claim_all(wakeups);
  if (supervisors.empty() || !(needs_worker() || is_over())) return;
  if (SharedWaitNode* supervisor = supervisors.claim_first(wakeups)) supervisor->argument = kLook;
}

// --- operations ---

bool Pool::try_take(SharedWaitNode& node, Wakeups& wakeups) noexcept {
  Place& place = *place_of(node);
  Worker& worker = *place.worker;
  leave(place);
  if (!worker.arrived) {
    worker.arrived = true;
    --starting;
  }
  node.argument = 0;
  const bool worn_out = worker.taken >= limits.calls;
  Future* next = worn_out ? nullptr : first.get();
  if (next != nullptr) {
    unlink(*next);
    give(place, *next);
    node.argument = Ref<Future>(next).granule();
    if (needs_worker()) look(wakeups);
    return true;
  }
  look(wakeups);
  return worn_out || closed || broken;
}

bool Pool::try_supervise(SharedWaitNode& node) noexcept {
  node.argument = kEnd;
  if (is_over()) return true;
  if (!needs_worker()) return false;
  node.argument = kStartWorker;
  ++workers;
  ++starting;
  return true;
}

// The worker that was given a call is not there to run it.
void Pool::untake(SharedWaitNode& node, Wakeups& wakeups) noexcept {
  Place& place = *place_of(node);
  Future* future = place.current.get();
  if (future == nullptr) return;
  place.current = nullptr;
  future->place = nullptr;
  --place.worker->taken;
  leave(place);
  offer(*future, true, wakeups);
  look(wakeups);
}

Pool::Submitted Pool::submit(Future& future) noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  if (broken) return Submitted::broken;
  if (closed) return Submitted::closed;
  retain(future);
  future.number = ++submitted;
  offer(future, false, wakeups);
  if (queued != 0) look(wakeups);
  return Submitted::done;
}

bool Pool::cancel(Future& future, bool running_too) noexcept {
  {
    Wakeups wakeups;
    MutexLock lock(mutex);
    if (future.done()) return false;
    if (future.state.load() == Future::State::running) {
      if (!running_too) return false;
      future.cancel_requested.store(true);
      if (Place* place = future.place.get()) {
        place->worker->unit->request(ThreadRecord::kCancelWork);
      }
      return true;
    }
    unlink(future);
    look(wakeups);
  }
  Cell nothing;
  future.finish(Future::Result::cancelled, nothing);
  drop(future);
  return true;
}

void Pool::cancel_running() noexcept {
  MutexLock lock(mutex);
  cancelling.store(true);
  for (Link* link = worker_list.next.get(); link != &worker_list; link = link->next.get()) {
    static_cast<Worker&>(*link).unit->request(ThreadRecord::kCancelWork);
  }
}

void Pool::close(bool cancel_queued) noexcept {
  Future* cancelled = nullptr;
  {
    Wakeups wakeups;
    MutexLock lock(mutex);
    closed = true;
    if (cancel_queued) cancelled = take_all();
    // Those who wait for a call leave: there is none, and none will come. Their argument is 0.
    takers.claim_all(wakeups);
    look(wakeups);
  }
  while (cancelled != nullptr) {
    Future* next = cancelled->behind.get();
    Cell nothing;
    cancelled->finish(Future::Result::cancelled, nothing);
    drop(*cancelled);
    cancelled = next;
  }
}

void Pool::break_down(const char* text, std::size_t size) noexcept {
  Message* why = nullptr;
  try {
    why = make_message(reinterpret_cast<const std::byte*>(text), size);
  } catch (const std::bad_alloc&) {
    why = nullptr;
  }
  Future* failed = nullptr;
  {
    Wakeups wakeups;
    MutexLock lock(mutex);
    if (!broken) {
      broken = true;
      reason = why;
      why = nullptr;
    }
    failed = take_all();
    takers.claim_all(wakeups);
    look(wakeups);
  }
  drop_message(why);
  while (failed != nullptr) {
    Future* next = failed->behind.get();
    failed->finish_with_text(Future::Result::broken, text, size);
    drop(*failed);
    failed = next;
  }
}

std::size_t Pool::copy_reason(char* to, std::size_t size) noexcept {
  MutexLock lock(mutex);
  if (!reason) return 0;
  size = std::min(size, reason->size);
  std::memcpy(to, reason->bytes(), size);
  return size;
}

// --- workers ---

Worker& Pool::add_worker(RunUnit& unit) {
  auto* worker = arena::create<Worker>();
  retain(unit);
  worker->unit = &unit;
  MutexLock lock(mutex);
  worker->insert_before(worker_list);
  return *worker;
}

Place& Pool::add_place(Worker& worker) {
  auto* place = arena::create<Place>(worker);
  MutexLock lock(mutex);
  place->next = worker.places;
  worker.places = place;
  return *place;
}

void Pool::remove_place(Place& place) noexcept {
  {
    Wakeups wakeups;
    MutexLock lock(mutex);
    leave(place);
    look(wakeups);
    auto* link = &place.worker->places;
    while (link->get() != &place) link = &(*link)->next;
    *link = place.next;
  }
  arena::destroy(&place);
}

bool Pool::steal(Future& future, Place& place) noexcept {
  MutexLock lock(mutex);
  if (future.state.load() != Future::State::pending || !future.number) return false;
  unlink(future);
  give(place, future);
  return true;
}

bool Pool::do_with_fewer() noexcept {
  MutexLock lock(mutex);
  if (workers == 1) return false;
  arena::save(&limits.workers, sizeof limits.workers);
  limits.workers = workers - 1;
  return true;
}

bool Pool::worker_gone(Worker& worker, int exit_code, const char* text) noexcept {
  Future* died = nullptr;  // a chain through `behind`
  Place* places = nullptr;
  bool arrived = false;
  {
    Wakeups wakeups;
    MutexLock lock(mutex);
    arrived = worker.arrived;
    worker.unlink();
    --workers;
    if (!arrived) --starting;
    places = worker.places.get();
    for (Place* place = places; place != nullptr; place = place->next.get()) {
      leave(*place);
      Future* future = place->current.get();
      if (future == nullptr) continue;
      future->place = nullptr;
      if (place->begun || future->done()) {
        future->behind = died;
        died = future;
      } else {
        offer(*future, true, wakeups);
      }
    }
    look(wakeups);
  }
  while (died != nullptr) {
    Future* next = died->behind.get();
    died->behind = nullptr;
    if (!died->done()) died->exit_code = exit_code;
    if (!died->finish_with_text(Future::Result::died, text, std::strlen(text))) died->wake();
    drop(*died);
    died = next;
  }
  while (places != nullptr) {
    Place* next = places->next.get();
    arena::destroy(places);
    places = next;
  }
  drop(*worker.unit);
  arena::destroy(&worker);
  return arrived;
}

void Pool::begins() noexcept {
  retain(*this);
  MutexLock lock(program->mutex);
  listed.insert_before(program->pools);
}

void Pool::ended() noexcept {
  bool is_listed = false;
  {
    Wakeups wakeups;
    MutexLock lock(mutex);
    closed = true;
    has_ended = true;
    enders.claim_all(wakeups);
  }
  {
    MutexLock lock(program->mutex);
    is_listed = listed.linked();
    listed.unlink();
  }
  if (is_listed) drop(*this);
}

}  // namespace braid::runtime
