#include <cmath>
#include <limits>
#include <thread>
#include <vector>

#include "arena/arena.hpp"
#include "shared/array.hpp"
#include "shared/value.hpp"
#include "tests/unit/catch.hpp"

using namespace braid::runtime;

namespace {

CellBits bits_of(double number) { return std::bit_cast<CellBits>(number); }
double number_of(CellBits bits) { return std::bit_cast<double>(bits); }
CellBits bits_of(std::int64_t integer) { return static_cast<CellBits>(integer); }

// A Value for as long as a test needs it.
struct Made {
  explicit Made(CellType type, CellBits initial = 0)
      : value(*arena::create<Value>(type, initial, OwnLock::Kind::own, nullptr)) {}
  Made(const Made&) = delete;
  Made& operator=(const Made&) = delete;
  ~Made() { drop(value); }
  Value& value;
};

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

TEST_CASE("cell: every type has its names, and an unknown name is none") {
  CellType type = CellType::i8;
  for (const char* name : {"i64", "l", "q", "c_int64", "c_long", "c_longlong", "c_ssize_t"}) {
    REQUIRE(find_cell_type(name, type));
    CHECK(type == CellType::i64);
    CHECK(std::string_view(name_of(type)) == "i64");
  }
  for (const char* name : {"", "x", "u", "w", "i6", "i641", "c_"}) {
    CHECK_FALSE(find_cell_type(name, type));
  }
  std::size_t count = 0;
  while (c_type_name(count) != nullptr) {
    CHECK(find_cell_type(c_type_name(count++), type));
  }
  CHECK(count == 24);
}

TEST_CASE("cell: a sum out of range changes nothing") {
  for (const CellType type : {CellType::i8, CellType::u8, CellType::i16, CellType::u16,
                              CellType::i32, CellType::u32, CellType::i64}) {
    const CellRange range = range_of(type);
    Made made(type, bits_of(range.greatest));
    CellBits result = 0;
    CHECK_FALSE(made.value.add(bits_of(std::int64_t{1}), result));
    CHECK(made.value.load() == bits_of(range.greatest));
    CHECK(made.value.add(bits_of(std::int64_t{-1}), result));
    CHECK(result == bits_of(range.greatest - 1));
    made.value.store(bits_of(range.least));
    CHECK_FALSE(made.value.add(bits_of(std::int64_t{-1}), result));
    CHECK_FALSE(made.value.add(bits_of(std::numeric_limits<std::int64_t>::min()), result));
    CHECK(made.value.load() == bits_of(range.least));
  }
}

TEST_CASE("cell: u64 holds the bits of an integer, and counts up to them") {
  Made made(CellType::u64, bits_of(std::int64_t{-2}));
  CellBits result = 0;
  CHECK(made.value.add(1, result));
  CHECK(result == bits_of(std::int64_t{-1}));
  CHECK_FALSE(made.value.add(1, result));
  made.value.store(0);
  CHECK_FALSE(made.value.add(bits_of(std::int64_t{-1}), result));
}

TEST_CASE("cell: f32 rounds, and a finite sum does not become infinite") {
  Made made(CellType::f32, bits_of(0.1));
  CHECK(number_of(made.value.load()) == static_cast<double>(0.1F));
  made.value.store(bits_of(3e38));
  CellBits result = 0;
  CHECK_FALSE(made.value.add(bits_of(3e38), result));
  CHECK(made.value.add(bits_of(HUGE_VAL), result));
  CHECK(std::isinf(number_of(result)));
}

TEST_CASE("cell: compare_exchange compares numbers, not bits") {
  Made made(CellType::f64, bits_of(-0.0));
  CHECK(made.value.compare_exchange(bits_of(0.0), bits_of(std::nan(""))));
  CHECK_FALSE(made.value.compare_exchange(bits_of(std::nan("")), bits_of(1.0)));
  CHECK(std::isnan(number_of(made.value.exchange(bits_of(2.0)))));
  CHECK(number_of(made.value.load()) == 2.0);
}

TEST_CASE("cell: sums of four threads lose nothing") {
  constexpr int kThreads = 4;
  constexpr int kAdds = 20'000;
  Made integer(CellType::i64);
  Made number(CellType::f64);
  Made small(CellType::i32);
  in_threads(kThreads, [&](int) {
    CellBits result = 0;
    for (int i = 0; i < kAdds; ++i) {
      integer.value.add(1, result);
      number.value.add(bits_of(0.5), result);
      CellBits seen = small.value.load();
      while (!small.value.compare_exchange(seen, seen + 1)) seen = small.value.load();
    }
  });
  CHECK(integer.value.load() == kThreads * kAdds);
  CHECK(number_of(number.value.load()) == kThreads * kAdds * 0.5);
  CHECK(small.value.load() == kThreads * kAdds);
}

TEST_CASE("array: neighbours do not touch each other") {
  Array* array = Array::create(CellType::i8, 64, OwnLock::Kind::none, nullptr);
  in_threads(4, [&](int which) {
    for (int round = 0; round < 100; ++round) {
      for (std::uint64_t i = static_cast<std::uint64_t>(which); i < array->size; i += 4) {
        array->store(i, array->load(i) + 1);
      }
    }
  });
  for (std::uint64_t i = 0; i < array->size; ++i) CHECK(array->load(i) == 100);
  CHECK(array->lock.get() == nullptr);
  drop(*array);
}

TEST_CASE("array: one that fits nowhere is refused") {
  CHECK_THROWS_AS(Array::create(CellType::i64, UINT64_MAX / 8, OwnLock::Kind::own, nullptr),
                  std::bad_alloc);
  CHECK_THROWS_AS(Array::create(CellType::i8, std::uint64_t{1} << 50, OwnLock::Kind::own, nullptr),
                  std::bad_alloc);
}

TEST_CASE("own lock: made once, whoever asks first, and given back with its object") {
  const std::size_t before = arena::usage().blocks;
  {
    Made made(CellType::i32);
    std::vector<Lock*> seen(4);
    in_threads(4, [&](int i) { seen[static_cast<std::size_t>(i)] = made.value.lock.get(); });
    for (const Lock* lock : seen) CHECK(lock == made.value.lock.get());
    CHECK(made.value.lock.get()->reentrant);
  }
  CHECK(arena::usage().blocks == before);
}
