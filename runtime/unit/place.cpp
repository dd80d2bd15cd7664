#include "unit/place.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "arena/arena.hpp"

extern char** environ;

namespace braid::runtime {
namespace {

constexpr std::uint32_t kUnknown = ~0U;

// umask() can only be asked by setting it, for all threads.
std::uint32_t current_umask() noexcept {
  const int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (file < 0) return kUnknown;
  char text[256];
  const ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  text[size > 0 ? size : 0] = '\0';
  const char* line = std::strstr(text, "\nUmask:");
  return line == nullptr ? kUnknown
                         : static_cast<std::uint32_t>(std::strtoul(line + 7, nullptr, 8));
}

// Are these the variables that the process has?
bool has_variables(const StartingPlace& place, const char* variables) noexcept {
  const char* const end = variables + place.size;
  char** at = environ;
  for (; at != nullptr && *at != nullptr; ++at) {
    if (variables == end || std::strcmp(*at, variables) != 0) return false;
    variables += std::strlen(variables) + 1;
  }
  return variables == end;
}

// The process keeps both for ever, as it does what it was started with.
void take_variables(const StartingPlace& place, const char* variables) noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < place.size; ++i) count += variables[i] == '\0' ? 1 : 0;
  auto* table = static_cast<char**>(std::malloc((count + 1) * sizeof(char*)));
  auto* text = static_cast<char*>(std::malloc(place.size + 1));
  if (table == nullptr || text == nullptr) return;
  std::memcpy(text, variables, place.size);
  for (std::size_t i = 0; i < count; ++i) {
    table[i] = text;
    text += std::strlen(text) + 1;
  }
  table[count] = nullptr;
  environ = table;
}

}  // namespace

StartingPlace* note_place() {
  std::size_t size = 0;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) size += std::strlen(*at) + 1;
  auto* place = static_cast<StartingPlace*>(arena::allocate(sizeof(StartingPlace) + size));
  place->umask = current_umask();
  char* to = place->variables();
  // Another thread may change them meanwhile: what has become longer is left out.
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::size_t length = std::strlen(*at) + 1;
    if (length > size) break;
    std::memcpy(to, *at, length);
    to += length;
    size -= length;
  }
  place->size = static_cast<std::uint32_t>(to - place->variables());
  return place;
}

void drop_place(StartingPlace* place) noexcept {
  if (place != nullptr) arena::release(place);
}

int open_working_directory() noexcept { return open(".", O_PATH | O_DIRECTORY | O_CLOEXEC); }

void go_to(StartingPlace& place, int working_directory) noexcept {
  if (place.umask != kUnknown) umask(static_cast<mode_t>(place.umask));
  if (!has_variables(place, place.variables())) take_variables(place, place.variables());
  if (working_directory < 0) return;
  (void)!fchdir(working_directory);
  close(working_directory);
}

}  // namespace braid::runtime
