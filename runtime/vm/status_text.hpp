// The text of a line at the bottom of the terminal, and how many columns a text takes there.
#pragma once

#include <cstddef>
#include <string_view>

#include "park/clock.hpp"

namespace braid::vm::status {

// What a line says. Bars look as those of Python's tqdm.
struct Line {
  bool spins;
  double total;  // < 0: not known
  double count;
  runtime::Nanos elapsed;
  std::string_view text;  // the description of a bar, the text of a spinner
};

// Text that is being put together, and how many columns it takes. What does not fit is left out.
class Writer {
 public:
  Writer(char* begin, char* end, int columns) noexcept
      : at_(begin), begin_(begin), end_(end), columns_(columns) {}

  // Characters that would go beyond the columns are left out, with all that follow; control
  // characters become spaces, and what is no UTF-8 question marks.
  void put(std::string_view text) noexcept;
  // As it is, and taking no column.
  void put_raw(std::string_view text) noexcept;
  // What is put from here on has so many columns to itself.
  void begin_line(int columns) noexcept { left_out_ = false, columns_ = columns; }
  [[nodiscard]] int columns_left() const noexcept { return columns_; }
  [[nodiscard]] std::string_view written() const noexcept {
    return {begin_, static_cast<std::size_t>(at_ - begin_)};
  }

 private:
  char* at_;
  char* const begin_;
  char* const end_;
  int columns_;
  bool left_out_ = false;
};

// Puts the line, as wide as there are columns left.
void put_line(Writer& writer, const Line& line) noexcept;

// Where the cursor is after a program's output, when it was `column` columns from the left margin
// before, on a terminal so wide. Sequences that set colours and the like take no room.
[[nodiscard]] int column_after(std::string_view output, int column, int columns) noexcept;

}  // namespace braid::vm::status
