#include "shared/table.hpp"

#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "arena/arena.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/sync_threads.hpp"

using namespace braid::runtime;
using braid::test::TestProgram;
using braid::test::TestUnit;

namespace {

// A table for as long as a test needs it; then the arena must be as it was.
struct Made {
  Made() : before(arena::usage().blocks), table(*arena::create<Table>()) {}
  Made(const Made&) = delete;
  Made& operator=(const Made&) = delete;
  ~Made() {
    drop(table);
    CHECK(arena::usage().blocks == before);
  }
  std::size_t before;
  Table& table;
};

using Change = Table::Change;

Key key(std::int64_t number) { return Key::of(number); }
Slot number(std::int64_t value) { return Slot::of(value); }

Slot text(const std::string& value) {
  Content* content = Content::create(value.size(), 0);
  std::memcpy(content->bytes(), value.data(), value.size());
  return Slot::of(Slot::Tag::text, *content);
}

std::string text_of(const Slot& slot) {
  std::string result(reinterpret_cast<const char*>(slot.content()->bytes()), slot.content()->size);
  drop_content(slot);
  return result;
}

// A value that refers to objects, as a handle in a message does.
Slot reference(std::initializer_list<Object*> objects) {
  Content* content = Content::create(0, static_cast<std::uint32_t>(objects.size()));
  Ref<Object>* at = content->objects();
  for (Object* object : objects) {
    retain(*object);
    *at++ = object;
  }
  content->seal();
  return Slot::of(Slot::Tag::encoded, *content);
}

void in_threads(int count, const auto& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&body, i] {
      body(i);
      arena::leave_thread();
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("shared table: thousands of random changes leave what a map has") {
  Made made;
  std::map<std::int64_t, std::int64_t> model;
  std::mt19937 random(1);
  for (int i = 0; i < 30'000; ++i) {
    const auto at = static_cast<std::int64_t>(random() % 400) - 20;
    if (random() % 3 == 0) {
      made.table.set(key(at), Slot());
      model.erase(at);
    } else {
      made.table.set(key(at), number(i));
      model[at] = i;
    }
    if (i % 1000 == 0) {
      const auto length = static_cast<std::int64_t>(made.table.length());
      CHECK((length == 0 || model.contains(length)));
      CHECK_FALSE(model.contains(length + 1));
    }
  }
  for (std::int64_t at = -20; at < 380; ++at) {
    const Slot slot = made.table.get(key(at));
    const auto found = model.find(at);
    CHECK(slot == (found == model.end() ? Slot() : number(found->second)));
  }
}

TEST_CASE("shared table: a hundred thousand texts are found again, and given back") {
  Made made;
  constexpr int kCount = 100'000;
  for (int i = 0; i < kCount; ++i) made.table.set(Key::of(std::to_string(i)), number(i));
  bool right = true;
  for (int i = 0; i < kCount; ++i) {
    right = right && made.table.get(Key::of(std::to_string(i))) == number(i);
  }
  CHECK(right);
  CHECK(made.table.get(Key::of(std::string_view("-1"))).is_nil());
}

TEST_CASE("shared table: keys of different kinds are different") {
  Made made;
  made.table.set(Key::of(true), number(1));
  made.table.set(Key::of(std::int64_t{1}), number(2));
  made.table.set(Key::of(0.5), number(3));
  made.table.set(Key::of(std::string_view("1")), number(4));
  made.table.set(Key::of(std::string_view("")), number(5));
  CHECK(made.table.get(Key::of(true)) == number(1));
  CHECK(made.table.get(Key::of(false)).is_nil());
  CHECK(made.table.get(Key::of(std::int64_t{1})) == number(2));
  CHECK(made.table.get(Key::of(0.5)) == number(3));
  CHECK(made.table.get(Key::of(std::string_view("1"))) == number(4));
  CHECK(made.table.get(Key::of(std::string_view(""))) == number(5));
}

TEST_CASE("shared table: items put in backwards become the array once the first is there") {
  Made made;
  for (std::int64_t i = 100; i >= 2; --i) made.table.set(key(i), number(i));
  CHECK(made.table.length() == 0);
  made.table.set(key(1), number(1));
  CHECK(made.table.length() == 100);
  made.table.set(key(50), Slot());
  CHECK(made.table.length() == 100);
  for (std::int64_t i = 100; i > 50; --i) made.table.set(key(i), Slot());
  CHECK(made.table.length() == 49);
}

TEST_CASE("shared table: insert and remove move what is behind") {
  Made made;
  std::vector<std::int64_t> model;
  std::mt19937 random(2);
  for (int i = 0; i < 5'000; ++i) {
    if (random() % 5 < 3) {
      const std::size_t at = random() % (model.size() + 1);
      REQUIRE(made.table.insert(at + 1, number(i)) == Change::done);
      model.insert(model.begin() + static_cast<std::ptrdiff_t>(at), i);
    } else if (!model.empty()) {
      const std::size_t at = random() % model.size();
      Slot slot;
      REQUIRE(made.table.remove(at + 1, slot) == Change::done);
      CHECK(slot == number(model[at]));
      model.erase(model.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  REQUIRE(made.table.length() == model.size());
  for (std::size_t i = 0; i < model.size(); ++i) {
    CHECK(made.table.get(key(static_cast<std::int64_t>(i) + 1)) == number(model[i]));
  }
  Slot slot;
  CHECK(made.table.insert(model.size() + 2, number(1)) == Change::refused);
  CHECK(made.table.insert(0, number(1)) == Change::refused);
  CHECK(made.table.remove(0, slot) == Change::refused);
  Slot none;
  CHECK(made.table.remove(model.size() + 1, none) == Change::done);
  CHECK(none.is_nil());
  CHECK(made.table.remove(model.size() + 2, slot) == Change::refused);
}

TEST_CASE("shared table: an item inserted makes one of what waited in the hash") {
  Made made;
  made.table.append(number(1));
  made.table.set(key(3), number(3));
  CHECK(made.table.length() == 1);
  REQUIRE(made.table.insert(1, number(0)) == Change::done);
  CHECK(made.table.length() == 3);
}

TEST_CASE("shared table: what is read stays readable when it is replaced") {
  Made made;
  made.table.set(key(1), text("the first one, which is long"));
  const Slot first = made.table.get(key(1));
  made.table.set(key(1), text("the second one, which is longer"));
  CHECK(text_of(first) == "the first one, which is long");
  CHECK(text_of(made.table.get(key(1))) == "the second one, which is longer");
}

TEST_CASE("shared table: a sum that is out of range changes nothing") {
  Made made;
  Slot result;
  made.table.set(key(1), number(INT64_MAX));
  CHECK(made.table.increment(key(1), number(1), result) == Change::refused);
  CHECK(result == number(INT64_MAX));
  CHECK(made.table.get(key(1)) == number(INT64_MAX));
  CHECK(made.table.increment(key(1), number(INT64_MIN), result) == Change::done);
  CHECK(result == number(-1));
}

TEST_CASE("shared table: while one unit updates it, nobody else changes it") {
  TestProgram program;
  TestUnit unit(program);
  Made made;
  Slot slot;
  made.table.append(number(1));
  Lock& updating = *made.table.updating.get();
  REQUIRE(updating.acquire_free(unit.waiter()));
  CHECK(made.table.updated_by(&unit.waiter()));
  CHECK_FALSE(made.table.updated_by(nullptr));
  CHECK(made.table.set(key(1), number(2)) == Change::busy);
  CHECK(made.table.increment(key(1), number(2), slot) == Change::busy);
  CHECK(made.table.append(number(2)) == 0);
  CHECK(made.table.insert(1, number(2)) == Change::busy);
  CHECK(made.table.remove(1, slot) == Change::busy);
  CHECK(made.table.remove_last(slot) == Change::busy);
  CHECK(made.table.get(key(1)) == number(1));
  CHECK(made.table.set(key(1), number(3), &unit.waiter()) == Change::done);
  CHECK(updating.release(unit.waiter()));
  CHECK(made.table.get(key(1)) == number(3));
  CHECK(made.table.append(number(2)) == 2);
}

TEST_CASE("shared table: a copy is of one moment and holds its values") {
  Made made;
  made.table.append(text("an item that does not fit"));
  made.table.set(Key::of(std::string_view("key")), number(5));
  TableCopy copy(made.table);
  made.table.copy(copy);
  made.table.set(key(1), Slot());
  REQUIRE(copy.items().size() == 1);
  CHECK(copy.items()[0].content()->size == 25);
  REQUIRE(copy.pairs().size() == 1);
  CHECK(copy.key(copy.pairs()[0]).view() == "key");
}

TEST_CASE("shared table: increments and appends of four threads lose nothing") {
  constexpr int kThreads = 4;
  constexpr int kRounds = 5'000;
  Made made;
  const Key sum = Key::of(std::string_view("sum"));
  in_threads(kThreads, [&](int which) {
    Slot result;
    for (int i = 0; i < kRounds; ++i) {
      made.table.increment(sum, number(1), result);
      made.table.append(number(which));
      const std::string name = "long enough for no slot " + std::to_string(i % 7);
      made.table.set(Key::of(std::string_view(name)), text(name));
      const Slot read = made.table.get(Key::of(std::string_view(name)));
      if (text_of(read) != name) std::abort();
    }
  });
  CHECK(made.table.get(sum) == number(kThreads * kRounds));
  REQUIRE(made.table.length() == kThreads * kRounds);
  std::vector<int> seen(kThreads);
  for (std::int64_t i = 1; i <= kThreads * kRounds; ++i) {
    ++seen[static_cast<std::size_t>(made.table.get(key(i)).integer())];
  }
  CHECK(seen == std::vector<int>(kThreads, kRounds));
}

TEST_CASE("shared table: one that refers to itself is given back") {
  Made made;
  made.table.set(key(1), reference({&made.table, &made.table}));
  made.table.set(Key::of(true), reference({&made.table}));
  made.table.set(key(1), Slot());
}

TEST_CASE("shared table: cycles of tables are given back with their last handle, in any order") {
  for (int order = 0; order < 3; ++order) {
    Made made;  // a -> b -> c -> a, a -> d
    std::vector<Table*> others;
    for (int i = 0; i < 3; ++i) others.push_back(arena::create<Table>());
    retain(made.table);
    made.table.set(key(1), reference({others[0]}));
    made.table.set(key(2), reference({others[2]}));
    others[0]->set(key(1), reference({others[1]}));
    others[1]->set(key(1), reference({&made.table}));
    others.push_back(&made.table);
    std::swap(others[0], others[static_cast<std::size_t>(order)]);
    for (Table* table : others) drop(*table);
  }
}

TEST_CASE("shared table: what is reached from outside lives on, with all that it reaches") {
  Made made;  // made -> inner <-> other
  Table* inner = arena::create<Table>();
  Table* other = arena::create<Table>();
  made.table.set(key(1), reference({inner}));
  inner->set(key(1), reference({other}));
  other->set(key(1), reference({inner}));
  inner->set(key(2), number(5));
  drop(*other);
  drop(*inner);
  CHECK(inner->get(key(2)) == number(5));
  const Slot read = inner->get(key(1));
  retain(*inner);
  made.table.set(key(1), Slot());
  drop(*inner);  // but somebody reads what is in it
  CHECK(read.content()->object_count == 1);
  retain(*inner);
  drop_content(read);
  drop(*inner);
}

TEST_CASE("shared table: a chain of a hundred thousand tables ends without a deep stack") {
  Made made;
  Table* last = &made.table;
  for (int i = 0; i < 100'000; ++i) {
    Table* next = arena::create<Table>();
    last->set(key(1), reference({next}));
    drop(*next);
    last = next;
  }
}

TEST_CASE("shared table: threads that tie and drop rings at once leave nothing") {
  Made made;
  in_threads(4, [&](int which) {
    std::mt19937 random(static_cast<unsigned>(which));
    for (int round = 0; round < 300; ++round) {
      std::vector<Table*> ring;
      for (unsigned i = 0; i < 2 + random() % 4; ++i) ring.push_back(arena::create<Table>());
      for (std::size_t i = 0; i < ring.size(); ++i) {
        ring[i]->set(key(1), reference({ring[(i + 1) % ring.size()]}));
      }
      // The others' rings are reached through the common table, and this one's from there.
      made.table.set(key(which + 1), reference({ring[0]}));
      const Slot seen = made.table.get(key((which + 1) % 4 + 1));
      if (seen.content() != nullptr) {
        auto* theirs = static_cast<Table*>(seen.content()->objects()[0].get());
        theirs->set(key(2), reference({ring[1]}));
        if (round % 3 == 0) ring[1]->set(key(3), reference({theirs}));
        drop_content(seen);
      }
      for (Table* table : ring) drop(*table);
    }
  });
  for (int i = 1; i <= 4; ++i) made.table.set(key(i), Slot());
}
