#include "vm/status_text.hpp"

#include <array>
#include <string>

#include "tests/unit/catch.hpp"

using namespace braid::vm::status;
using braid::runtime::kNanosPerSecond;

namespace {

std::string cut(std::string_view text, int columns) {
  std::array<char, 256> room;
  Writer writer(room.data(), room.data() + room.size(), columns);
  writer.put(text);
  return std::string(writer.written());
}

std::string line(const Line& line, int columns) {
  std::array<char, 1024> room;
  Writer writer(room.data(), room.data() + room.size(), columns);
  put_line(writer, line);
  return std::string(writer.written());
}

constexpr Line kHalf{
    .spins = false, .total = 100, .count = 50, .elapsed = 100 * kNanosPerSecond, .text = "half"};

}  // namespace

TEST_CASE("status text: what is wider than the columns is left out") {
  CHECK(cut("abcdef", 4) == "abcd");
  CHECK(cut("é\u0301é", 1) == "é\u0301");
  CHECK(cut("漢字", 3) == "漢");
  CHECK(cut("漢字x", 1).empty());
  CHECK(cut("", 4).empty());
}

TEST_CASE("status text: nothing in it moves the cursor") {
  CHECK(cut("a\nb\tc\x1b[A\x7f", 20) == "a b c [A ");
  CHECK(cut("\u009b[A", 20) == " [A");
  CHECK(cut("a\xff\xc3", 20) == "a??");
  CHECK(cut("\xe6\xbc", 20) == "??");
}

TEST_CASE("status text: it ends where the room ends") {
  std::array<char, 5> room;
  Writer writer(room.data(), room.data() + room.size(), 100);
  for (int i = 0; i < 10; ++i) writer.put("漢");
  CHECK(writer.written() == "漢");
}

TEST_CASE("status text: bars") {
  CHECK(line(kHalf, 10) == " 50% 50/10");
  CHECK(line(kHalf, 18) == "half:  50% 50/100");
  CHECK(line(kHalf, 31) == "half:  50% 50/100 [01:40<01:40]");
  Line all = kHalf;
  all.count = 100;
  all.elapsed = 10'000 * kNanosPerSecond;
  CHECK(line(all, 0).empty());
  CHECK(line(all, 60).ends_with("| 100/100 [2:46:40<00:00, 100.00s/it]"));
  all.count = 101;
  CHECK(line(all, 60) == "half: 101it [2:46:40, 99.01s/it]");
  all.total = -1;
  all.count = 0.5;
  CHECK(line(all, 60) == "half: 0.5it [2:46:40, 20000.00s/it]");
}

TEST_CASE("status text: no line is wider than its columns, whatever the numbers are") {
  for (const double total : {-1.0, 0.0, 1.0, 1e300}) {
    for (const double count : {-1e300, -1.0, 0.0, 1e-300, 1.0, 1e300}) {
      for (const braid::runtime::Nanos elapsed : {INT64_C(0), INT64_C(1), INT64_MAX}) {
        for (int columns = 0; columns < 120; ++columns) {
          const std::string text = line({false, total, count, elapsed, "text"}, columns);
          CHECK(column_after(text, 0, 1000) <= columns);
        }
      }
    }
  }
}

TEST_CASE("status text: a spinner's mark follows the time") {
  Line spinner{.spins = true, .total = -1, .count = 0, .elapsed = 0, .text = "work"};
  CHECK(line(spinner, 20) == "| work");
  spinner.elapsed = kNanosPerSecond / 10;
  CHECK(line(spinner, 20) == "/ work");
  spinner.text = {};
  CHECK(line(spinner, 20) == "/");
}

TEST_CASE("status text: where the cursor is after output") {
  CHECK(column_after("abc", 0, 80) == 3);
  CHECK(column_after("abc\nd", 5, 80) == 1);
  CHECK(column_after("abc\rd", 5, 80) == 1);
  CHECK(column_after("a\tb", 0, 80) == 9);
  CHECK(column_after("\x1b[1;31mred\x1b[m", 0, 80) == 3);
  CHECK(column_after("漢字", 0, 80) == 4);
  CHECK(column_after("abcd", 78, 80) == 2);
  CHECK(column_after("ab", 78, 80) == 80);
  CHECK(column_after("\x1b", 3, 80) == 3);
  CHECK(column_after("\x1b[", 3, 80) == 3);
}
