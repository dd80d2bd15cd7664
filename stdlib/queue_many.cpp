// braid.queue: put_many and get_many. The messages under way are in a Batch, which goes with the
// call, however that ends.
#include "arena/arena.hpp"
#include "channel/hand.hpp"
#include "channel/queue.hpp"
#include "stdlib/modules.hpp"
#include "stdlib/queue_message.hpp"
#include "vm/errors.hpp"
#include "vm/handle.hpp"

namespace braid::stdlib {
namespace {

using runtime::Cell;
using runtime::Hand;
using runtime::ObjectKind;
using runtime::Queue;
using runtime::SharedWaitNode;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
using vm::Patience;

constexpr int kBatch = 3;  // on the stack of a call

// Cells from `done` on are the batch's. Owning thread only.
struct Batch {
  Cell* cells = nullptr;
  Hand own;
  Hand* hand = nullptr;
  std::size_t count = 0;
  std::size_t done = 0;
  std::size_t decoded = 0;
  Patience patience;
  bool starting = false;

  // Throws std::bad_alloc.
  void reserve(Call& call, std::size_t size, runtime::Object* from) {
    cells = static_cast<Cell*>(runtime::arena::allocate(size * sizeof(Cell)));
    for (std::size_t i = 0; i < size; ++i) new (&cells[i]) Cell;
    hand = &runtime::take_hand(call.scheduler().record(), own);
    hand->from = from;
    hand->is_whole = true;
    hand->many_count = static_cast<std::uint32_t>(size);
    hand->many = cells;
  }
  void clear() noexcept {
    if (cells == nullptr) return;
    runtime::leave_hand(*hand);  // this is where messages have been received
    for (; done < count; ++done) cells[done].drop();
    runtime::arena::release(cells);
    cells = nullptr;
    count = done = 0;
  }
};

Queue& self(const Call& call) { return vm::shared<Queue>(call, ObjectKind::queue, "Queue"); }
Batch& batch_of(const Call& call) { return *static_cast<Batch*>(lua_touserdata(call.L, kBatch)); }

Outcome batch_collect(Call& call) {
  call.self<Batch>(vm::Type::batch, "Batch").clear();
  return Outcome::values(0);
}

constexpr luaL_Reg kBatchMethods[] = {{"__gc", bind<batch_collect>}, {nullptr, nullptr}};

// --- put_many ---

// How many items a list has: what table.pack or get_many counted, or its length.
std::size_t length_of(lua_State* L, int index) {
  lua_getfield(L, index, "n");
  const bool counted = lua_isinteger(L, -1) != 0;
  const lua_Integer length = counted ? lua_tointeger(L, -1) : luaL_len(L, index);
  lua_pop(L, 1);
  luaL_argcheck(L, length >= 0 && length < INT32_MAX, index, "not a list");
  return static_cast<std::size_t>(length);
}

Outcome put_many_ended(Call& call, const char* why) {
  Batch& batch = batch_of(call);
  lua_pushinteger(call.L, static_cast<lua_Integer>(batch.done));
  if (why != nullptr) lua_pushstring(call.L, why);
  batch.clear();
  return Outcome::values(why != nullptr ? 2 : 1);
}

Outcome put_many_result(Call& call, std::int64_t result) {
  if (result == Queue::kClosed) return put_many_ended(call, "closed");
  batch_of(call).clear();
  return put_result(call, result);
}

Outcome put_rest(Call& call);

Outcome put_next_ended(Call& call, Wake wake) {
  Batch& batch = batch_of(call);
  SharedWaitNode& node = call.node();
  const bool put = wake == Wake::ready && node.argument == Queue::kDone;
  if (!put) Queue::message(node).drop();
  if (wake != Wake::ready) return put_many_ended(call, "timeout");
  if (!put) return put_many_result(call, node.argument);
  ++batch.done;
  // When there was no wait put_rest is still at it: it goes on by itself, so that nothing nests.
  return batch.starting ? Outcome::go_on(nullptr) : put_rest(call);
}

// Puts as many as there is room for, then waits with the next one, and so on.
Outcome put_rest(Call& call) {
  Batch& batch = batch_of(call);
  Queue& queue = self(call);
  Outcome outcome = Outcome::go_on(nullptr);
  while (outcome.kind == Outcome::Kind::go_on) {
    Queue::Result result{};
    batch.done += queue.put_some(batch.cells + batch.done, batch.count - batch.done, result);
    if (batch.done == batch.count) return put_many_ended(call, nullptr);
    if (result != Queue::kFull) return put_many_result(call, result);
    Cell& next = batch.cells[batch.done];
    Queue::message(call.prepare(queue, Queue::put_op, 0, batch.patience)) = next;
    next.forget();
    batch.starting = true;
    outcome = call.start(batch.patience, "room in a Queue", put_next_ended);
    batch.starting = false;
  }
  // Refused before it began.
  if (outcome.kind != Outcome::Kind::park) Queue::message(call.node()).drop();
  return outcome;
}

// queue:put_many(list[, timeout]) -> how many[, "timeout" | "closed"]        [-0, +1|2, e, waits]
Outcome put_many(Call& call) {
  lua_State* L = call.L;
  Queue& queue = self(call);
  luaL_checktype(L, 2, LUA_TTABLE);
  const Patience patience = call.opt_patience(3);
  lua_settop(L, 2);
  const std::size_t count = length_of(L, 2);
  auto& batch = vm::new_object<Batch>(L, call.host, vm::Type::batch, 0);
  batch.patience = patience;
  if (count == 0) return put_many_ended(call, nullptr);
  batch.reserve(call, count, nullptr);
  for (std::size_t i = 0; i < count; ++i) {
    const auto item = static_cast<lua_Integer>(i) + 1;
    lua_geti(L, 2, item);
    if (const char* problem = sort_key_problem(L, queue, lua_gettop(L))) {
      luaL_argerror(L, 2, lua_pushfstring(L, "item %I: %s", item, problem));
    }
    Cell cell;
    if (!encode_message(call, queue, cell)) {
      batch.clear();
      if (lua_type(L, -1) == LUA_TSTRING) {
        lua_pushfstring(L, "%s (item %I of the list)", lua_tostring(L, -1), item);
      }
      return Outcome::raise_top();
    }
    batch.cells[batch.count++].become(cell);
    lua_pop(L, 1);
    if (cell.keyed() && !runtime::SortKey::at(batch.cells[0].data())
                             .comparable(runtime::SortKey::at(cell.data()))) {
      return put_many_result(call, Queue::kIncomparable);
    }
  }
  return put_rest(call);
}

// --- get_many ---

// (Batch* as light userdata) -> list
int decode_batch(lua_State* L) {
  auto& batch = *static_cast<Batch*>(lua_touserdata(L, 1));
  lua_createtable(L, static_cast<int>(batch.count), 1);
  for (; batch.decoded < batch.count; ++batch.decoded) {
    lua_pushcfunction(L, decode_message);
    lua_pushlightuserdata(L, &batch.cells[batch.decoded]);
    lua_call(L, 1, 1);
    lua_rawseti(L, -2, static_cast<lua_Integer>(batch.decoded) + 1);
  }
  lua_pushinteger(L, static_cast<lua_Integer>(batch.count));
  lua_setfield(L, -2, "n");
  return 1;
}

Outcome push_batch(Call& call) {
  lua_State* L = call.L;
  Batch& batch = batch_of(call);
  lua_pushcfunction(L, decode_batch);
  lua_pushlightuserdata(L, &batch);
  const int status = lua_pcall(L, 1, 1, 0);
  if (status != LUA_OK) {
    // What could be received later is, and so is all that stands around a message that cannot.
    if (!may_be_received_later(L, status) && batch.decoded < batch.count) {
      batch.cells[batch.decoded].drop();
    }
    Queue& queue = self(call);
    for (std::size_t i = batch.count; i-- > 0;) {
      if (!batch.cells[i].empty()) queue.put_back(batch.cells[i]);
    }
  }
  batch.clear();
  return status == LUA_OK ? Outcome::values(1) : Outcome::raise_top();
}

// What there is, or waits for one message and takes what there is then.
Outcome get_some(Call& call, std::size_t first) {
  Batch& batch = batch_of(call);
  const auto max = static_cast<std::size_t>(lua_tointeger(call.L, 2));
  batch.count += self(call).get_some(batch.cells + first, max - first);
  if (batch.count > 0) return push_batch(call);
  Queue::message(call.prepare(self(call), Queue::get_op, 0, batch.patience)).forget();
  return call.start(batch.patience, "a message in a Queue", [](Call& after, Wake wake) {
    SharedWaitNode& node = after.node();
    if (wake != Wake::ready || node.argument == Queue::kClosed) {
      batch_of(after).clear();
      lua_pushnil(after.L);
      lua_pushstring(after.L, wake != Wake::ready ? "timeout" : "closed");
      return Outcome::values(2);
    }
    Batch& got = batch_of(after);
    got.count = 1;
    got.hand->take_from(node);
    got.cells[0].become(got.hand->cell);
    got.hand->cell.forget();
    return get_some(after, 1);
  });
}

// queue:get_many(max[, timeout]) -> list | nil, "timeout" | "closed"         [-0, +1|2, e, waits]
Outcome get_many(Call& call) {
  lua_State* L = call.L;
  Queue& queue = self(call);
  const lua_Integer max = luaL_checkinteger(L, 2);
  luaL_argcheck(L, max > 0, 2, "must be positive");
  const Patience patience = call.opt_patience(3);
  constexpr std::uint64_t kAhead = 256;  // more may come while it waits
  const std::uint64_t room = queue.size() + kAhead;
  lua_settop(L, 1);
  lua_pushinteger(L, static_cast<std::uint64_t>(max) < room ? max : static_cast<lua_Integer>(room));
  auto& batch = vm::new_object<Batch>(L, call.host, vm::Type::batch, 0);
  batch.patience = patience;
  batch.reserve(call, static_cast<std::size_t>(lua_tointeger(L, 2)), &queue);
  return get_some(call, 0);
}

}  // namespace

int queue_put_many(lua_State* L) { return bind<put_many>(L); }
int queue_get_many(lua_State* L) { return bind<get_many>(L); }

void register_batch(lua_State* L) {
  vm::register_type(L, vm::Type::batch, "braid.Batch", kBatchMethods);
  lua_pop(L, 1);
}

}  // namespace braid::stdlib
