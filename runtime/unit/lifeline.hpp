// What ends all processes of a program with its first one, however that ends: a pipe that only the
// first one can write to. See docs/decisions/0010-zygote-and-lifeline.md.
#pragma once

namespace braid::runtime::lifeline {

// Makes the pipe, in the first process. Throws std::system_error.
void open();
// In the others: the end to read that they were started with.
void inherit(int descriptor) noexcept;
// That end; -1 = this process hangs on none.
[[nodiscard]] int descriptor() noexcept;

// From now on this process is killed when the first one ends. Does not return if it has.
void hang_on() noexcept;
// The process goes on when the first one ends.
void let_go() noexcept;
// The first process ends. False in another one.
bool cut() noexcept;

// The same file at a number that no standard stream has, and that no script is likely to see. Takes
// the one that is given, and passes on -1.
[[nodiscard]] int out_of_the_way(int descriptor) noexcept;

}  // namespace braid::runtime::lifeline
