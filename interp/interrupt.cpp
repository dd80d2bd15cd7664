// See interrupt.hpp. What the handlers touch is either a sig_atomic_t or a lock-free atomic.
#include "interp/interrupt.hpp"

#include <atomic>
#include <cstring>

namespace braid::interp {
namespace {

std::atomic<vm::Host*> armed_host{nullptr};
volatile std::sig_atomic_t script_interrupted = 0;  // since discard_interrupt
volatile std::sig_atomic_t prompt_interrupted = 0;  // since take_prompt_interrupt
bool uncaught_interrupt = false;                    // main thread only

void handle(int signal, void (*handler)(int), int flags) noexcept {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

// No SA_RESTART: like `lua`, a blocking read in a C library returns with EINTR.
void handle_sigint(void (*handler)(int)) noexcept { handle(SIGINT, handler, 0); }

void interrupt_script(int) {
  handle_sigint(SIG_DFL);
  script_interrupted = 1;
  if (vm::Host* host = armed_host.load(std::memory_order_relaxed)) host->interrupt();
}

void dump_units(int) {
  if (vm::Host* host = armed_host.load(std::memory_order_relaxed)) host->request_dump();
}

void interrupt_prompt(int) { prompt_interrupted = 1; }

}  // namespace

void arm_interrupt(vm::Host& host) noexcept {
  armed_host.store(&host, std::memory_order_relaxed);
  handle_sigint(interrupt_script);
}

void arm_dump(vm::Host& host) noexcept {
  armed_host.store(&host, std::memory_order_relaxed);
  handle(SIGQUIT, dump_units, SA_RESTART);
}

void arm_prompt() noexcept { handle_sigint(interrupt_prompt); }

void disarm_interrupt() noexcept { handle_sigint(SIG_DFL); }

void disarm_dump() noexcept {
  handle(SIGQUIT, SIG_DFL, 0);
  armed_host.store(nullptr, std::memory_order_relaxed);
}

bool take_prompt_interrupt() noexcept {
  const bool was = prompt_interrupted != 0;
  prompt_interrupted = 0;
  return was;
}

void note_error(const char* message) noexcept {
  // The position may stand in front, as in "script.lua:3: interrupted!".
  constexpr const char* kText = "interrupted!";
  const std::size_t length = std::strlen(message);
  const std::size_t tail = std::strlen(kText);
  uncaught_interrupt =
      script_interrupted != 0 && length >= tail && std::strcmp(message + length - tail, kText) == 0;
}

bool ended_by_interrupt() noexcept { return uncaught_interrupt; }

bool discard_interrupt(vm::Host& host) noexcept {
  script_interrupted = 0;
  uncaught_interrupt = false;
  return host.scheduler().take_interrupt();
}

}  // namespace braid::interp
