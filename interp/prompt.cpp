// See prompt.hpp. Readline is driven by its callbacks, a character at a time, so that between two
// of them the scheduler can be stepped and its timers waited for; no frame of readline's is on the
// C stack while Lua runs.
#include "interp/prompt.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <readline/history.h>
#include <readline/readline.h>

#include "interp/history.hpp"
#include "interp/interrupt.hpp"
#include "vm/host.hpp"

namespace braid::interp {
namespace {

bool on_terminal = false;
bool tasks_rest = false;        // Ctrl-C stopped a busy task: nobody runs until the next command
bool editing = false;           // readline has the terminal in its own mode
char* received_line = nullptr;  // from malloc; null at the end of the input
bool line_is_received = false;

void receive_line(char* line) {
  received_line = line;
  line_is_received = true;
  rl_callback_handler_remove();  // at once, or it would draw the next prompt
  editing = false;
}

// A task may call os.exit while the line is being edited.
void restore_terminal() {
  if (editing) rl_deprep_terminal();
}

void abandon_line() {
  rl_callback_sigcleanup();
  rl_echo_signal_char(SIGINT);
  rl_free_line_state();
  rl_callback_handler_remove();
  editing = false;
  std::fputc('\n', rl_outstream);
  std::fflush(rl_outstream);
}

// Gives each ready task one turn. Ctrl-C stops a task that does not end its turn, and the line;
// false then.
bool step_unless_interrupted(lua_State* L, vm::Host& host) {
  arm_interrupt(host);
  host.step(L);
  if (on_terminal) {
    arm_prompt();
  } else {
    disarm_interrupt();
  }
  return !discard_interrupt(host);
}

// Waits until stdin can be read, for at most `timeout_ns` (< 0: no limit). SIGINT is let in only
// while it waits, so that none falls between looking for one and waiting.
bool wait_for_input(std::int64_t timeout_ns) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGINT);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  pollfd input{STDIN_FILENO, POLLIN, 0};
  const timespec timeout{static_cast<time_t>(timeout_ns / 1'000'000'000),
                         static_cast<long>(timeout_ns % 1'000'000'000)};
  const int ready = ppoll(&input, 1, timeout_ns < 0 ? nullptr : &timeout, &before);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return ready > 0 || (ready < 0 && errno != EINTR);  // an error is for readline to find
}

// False when Ctrl-C ended the line before a character of it could be read.
bool wait_for_character(lua_State* L, vm::Host& host) {
  for (;;) {
    std::int64_t timeout_ns = tasks_rest ? -1 : host.next_timeout_ns();
    if (timeout_ns == 0) {
      if (!step_unless_interrupted(L, host)) {
        tasks_rest = true;
        return false;
      }
      timeout_ns = host.next_timeout_ns();
    }
    const bool ready = wait_for_input(timeout_ns);
    if (take_prompt_interrupt()) return false;
    if (ready) return true;
  }
}

}  // namespace

void open_prompt() {
  on_terminal = isatty(STDIN_FILENO) != 0;
  rl_readline_name = "lua";  // an inputrc may have a part for `lua`
  rl_catch_signals = 0;      // interrupt.hpp has Ctrl-C
  std::atexit(restore_terminal);
  if (on_terminal) open_history();
}

bool is_on_terminal() { return on_terminal; }

Line read_line(lua_State* L, const char* prompt) {
  vm::Host& host = vm::Host::of(L);
  if (on_terminal) {
    take_prompt_interrupt();
    arm_prompt();
  }
  line_is_received = false;
  editing = true;
  rl_callback_handler_install(prompt, receive_line);
  while (!line_is_received) {
    if (!wait_for_character(L, host)) {
      abandon_line();
      disarm_interrupt();
      return Line::cancelled;
    }
    rl_callback_read_char();
  }
  disarm_interrupt();
  tasks_rest = false;
  if (received_line == nullptr) return Line::end_of_input;
  lua_pushstring(L, received_line);
  std::free(received_line);
  received_line = nullptr;
  return Line::text;
}

void remember_line(const char* command) {
  if (command[0] == '\0') return;
  add_history(command);
  if (on_terminal) append_to_history();
}

}  // namespace braid::interp
