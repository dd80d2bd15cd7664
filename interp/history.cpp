// See history.hpp.
#include "interp/history.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <readline/history.h>

namespace braid::interp {
namespace {

constexpr int kKeptLines = 10'000;

std::string& history_path() {
  static std::string path;  // empty: no history on disk
  return path;
}

// The XDG specification: a relative path counts as not set.
std::filesystem::path state_directory() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && state[0] == '/') return state;
  const char* home = std::getenv("HOME");
  if (home != nullptr && home[0] == '/') return std::filesystem::path(home) / ".local/state";
  return {};
}

}  // namespace

void open_history() {
  namespace fs = std::filesystem;
  const fs::path base = state_directory();
  if (base.empty()) return;
  const fs::path directory = base / "braid";
  std::error_code failed;
  if (fs::create_directories(directory, failed)) {
    fs::permissions(directory, fs::perms::owner_all, failed);
  }
  const std::string path = directory / "history";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return;
  close(file);
  history_path() = path;

  history_comment_char = '#';  // with time stamps, which keep the lines of a command together
  history_write_timestamps = 1;
  history_truncate_file(path.c_str(), kKeptLines);
  read_history(path.c_str());
}

void append_to_history() {
  if (!history_path().empty()) append_history(1, history_path().c_str());
}

}  // namespace braid::interp
