#include "vm/status_lines.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

#include "arena/arena.hpp"
#include "vm/status_board.hpp"
#include "vm/status_text.hpp"

namespace braid::vm::status {
namespace {

using runtime::monotonic_now;
using runtime::Nanos;
namespace arena = runtime::arena;

constexpr int kMostColumns = 500;
constexpr std::size_t kBytesOfRow = 2048;

constinit std::atomic<bool> g_line_is_open{false};

using Root = std::atomic<std::uint32_t>;  // the granule of the Board: the first word of the root

Root& root() { return *static_cast<Root*>(arena::root()); }

Board* at(std::uint32_t granule) noexcept {
  return runtime::Ref<Board>::from_granule(granule).get();
}

// Null: there is no memory.
Board* make_board() noexcept {
  if (Board* made = board()) return made;
  try {
    Root& place = root();
    auto* made = arena::create<Board>();
    std::uint32_t none = 0;
    if (place.compare_exchange_strong(none, runtime::Ref<Board>(made).granule())) return made;
    arena::destroy(made);
    return at(none);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

// The terminal behind the descriptor; 0 = it is none.
dev_t terminal_of(int descriptor) noexcept {
  struct stat status;
  if (fstat(descriptor, &status) != 0 || !S_ISCHR(status.st_mode)) return 0;
  return isatty(descriptor) != 0 ? status.st_rdev : 0;
}

struct Size {
  int columns, rows;
};

Size size_of(int descriptor) noexcept {
  winsize size{};
  ioctl(descriptor, TIOCGWINSZ, &size);
  int columns = size.ws_col;
  if (columns == 0) {
    const char* said = std::getenv("COLUMNS");
    columns = said != nullptr ? std::atoi(said) : 0;
  }
  if (columns <= 0) columns = 80;
  return {std::min(columns, kMostColumns), size.ws_row == 0 ? 24 : size.ws_row};
}

void write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd wait{descriptor, POLLOUT, 0};
      if (poll(&wait, 1, -1) < 0 && errno != EINTR) return;
    } else if (errno != EINTR) {
      return;
    }
  }
}

void put_number(Writer& writer, const char* before, int number, const char* after) noexcept {
  char text[32];
  const int size = std::snprintf(text, sizeof text, "%s%d%s", before, number, after);
  writer.put_raw({text, static_cast<std::size_t>(size)});
}

// Moves to the first column of the first row.
void go_to_top(Writer& writer, const Board& board) noexcept {
  writer.put_raw("\r");
  if (board.drawn > 1) put_number(writer, "\x1b[", board.drawn - 1, "A");
}

// Takes the rows away. What is written next goes on where the unfinished line above them ended.
void erase(Writer& writer, Board& board) noexcept {
  go_to_top(writer, board);
  writer.put_raw("\x1b[J");
  board.drawn = 0;
  if (board.column > 0) put_number(writer, "\x1b[A\x1b[", board.column, "C");
}

void put_row(Writer& writer, const Row& row, int columns) noexcept {
  // The last column stays free: a character there would leave it to the terminal where the cursor
  // is.
  writer.begin_line(columns - 1);
  put_line(writer, {.spins = row.spins.load(),
                    .total = row.total,
                    .count = row.count.load(std::memory_order_relaxed),
                    .elapsed = monotonic_now() - row.start,
                    .text = {row.text.data(), row.text_size}});
}

void put_rows(Writer& writer, Board& board, Size size) noexcept {
  go_to_top(writer, board);
  const int most = std::max(size.rows - 1, 1);
  int drawn = 0;
  for (const Row& row : board.rows) {
    if (row.owner.load() == 0) continue;
    if (drawn == most) break;
    if (drawn > 0) writer.put_raw("\n\r");
    put_row(writer, row, size.columns);
    writer.put_raw("\x1b[K");
    ++drawn;
  }
  if (drawn < board.drawn) writer.put_raw("\x1b[J");
  board.drawn = drawn;
}

void count_rows(Board& board) noexcept {
  std::uint32_t up = 0;
  for (const Row& row : board.rows) up += row.owner.load() != 0 ? 1 : 0;
  board.up.store(up);
}

// Processes that were killed have no rows any more.
void clear_of_dead(Board& board) noexcept {
  const pid_t self = getpid();
  for (Row& row : board.rows) {
    const pid_t owner = row.owner.load();
    if (owner != 0 && owner != self && kill(owner, 0) != 0 && errno == ESRCH) row.owner.store(0);
  }
  count_rows(board);
}

Row* row_of(Board* board, Id id) noexcept {
  if (id == 0 || board == nullptr) return nullptr;
  Row& row = board->rows[id % kMostRows];
  return row.use.load(std::memory_order_relaxed) == id / kMostRows && row.owner.load() != 0
             ? &row
             : nullptr;
}

void set_text(Row& row, std::string_view text) noexcept {
  row.text_size = static_cast<std::uint32_t>(std::min(text.size(), row.text.size()));
  // Not in the middle of a character.
  const auto is_inside = [&] {
    return (static_cast<unsigned char>(text[row.text_size]) & 0xC0U) == 0x80;
  };
  while (row.text_size < text.size() && row.text_size > 0 && is_inside()) --row.text_size;
  std::memcpy(row.text.data(), text.data(), row.text_size);
}

// With the mutex held.
void take_away(Board& board, Row& row) noexcept {
  std::array<char, kBytesOfRow> room;
  Writer writer(room.data(), room.data() + room.size(), 0);
  if (row.leaves && board.column > 0) board.column = 0;
  erase(writer, board);
  if (row.leaves) {
    put_row(writer, row, size_of(STDERR_FILENO).columns);
    writer.put_raw("\n");
  }
  write_all(STDERR_FILENO, writer.written());
  row.owner.store(0);
  count_rows(board);
  if (board.column > 0 && board.up.load() > 0) write_all(STDERR_FILENO, "\n");
  if (board.up.load() == 0) {
    line_is_open(board.column > 0);
    board.column = 0;
  }
  draw(board, STDERR_FILENO);
}

}  // namespace

Board* board() noexcept {
  if (arena::g_base == nullptr) return nullptr;
  return at(root().load(std::memory_order_acquire));
}

void draw(Board& board, int descriptor) noexcept {
  std::array<char, kMostRows * kBytesOfRow> room;
  Writer writer(room.data(), room.data() + room.size(), 0);
  clear_of_dead(board);
  put_rows(writer, board, size_of(descriptor));
  write_all(descriptor, writer.written());
  board.next_draw.store(monotonic_now() + kInterval, std::memory_order_relaxed);
}

Id add(const NewLine& line) noexcept {
  const dev_t terminal = terminal_of(STDERR_FILENO);
  if (terminal == 0) return 0;
  Board* board = make_board();
  if (board == nullptr) return 0;
  if (terminal_of(STDOUT_FILENO) == terminal) std::fflush(stdout);
  board->mutex.lock();
  clear_of_dead(*board);
  Id id = 0;
  const bool is_first = board->up.load() == 0;
  if (is_first || board->terminal == terminal) {
    for (std::uint32_t i = 0; i < kMostRows && id == 0; ++i) {
      Row& row = board->rows[i];
      if (row.owner.load() != 0) continue;
      row.spins.store(line.spins);
      row.leaves = line.leaves;
      row.total = line.total;
      row.count.store(0);
      row.start = monotonic_now();
      set_text(row, line.text);
      const std::uint32_t use = row.use.fetch_add(1) + 1;
      row.owner.store(getpid());
      id = Id{use} * kMostRows + i;
    }
  }
  if (id != 0) {
    if (is_first) {
      board->terminal = terminal;
      board->drawn = board->column = 0;
      if (g_line_is_open.exchange(false)) write_all(STDERR_FILENO, "\n");
    }
    draw(*board, STDERR_FILENO);
  }
  board->mutex.unlock();
  if (id != 0 && line.spins) draw_later();
  return id;
}

void advance(Id id, double by) noexcept {
  Board* board = status::board();
  Row* row = row_of(board, id);
  if (row == nullptr) return;
  row->count.fetch_add(by, std::memory_order_relaxed);
  const bool is_due = monotonic_now() >= board->next_draw.load(std::memory_order_relaxed);
  if (!is_due || !board->mutex.try_lock()) return draw_later();
  draw(*board, STDERR_FILENO);
  board->mutex.unlock();
}

void describe(Id id, std::string_view text) noexcept {
  Board* board = status::board();
  if (row_of(board, id) == nullptr) return;
  board->mutex.lock();
  if (Row* row = row_of(board, id)) set_text(*row, text);
  board->mutex.unlock();
  draw_later();
}

void remove(Id id) noexcept {
  Board* board = status::board();
  if (row_of(board, id) == nullptr) return;
  board->mutex.lock();
  if (Row* row = row_of(board, id)) take_away(*board, *row);
  board->mutex.unlock();
}

void remove_own() noexcept {
  Board* board = status::board();
  if (board == nullptr || board->up.load() == 0) return;
  // Somebody who holds it may be waiting for a stream that is held already.
  if (!board->mutex.try_lock()) return;
  for (Row& row : board->rows) {
    if (row.owner.load() == getpid()) take_away(*board, row);
  }
  board->mutex.unlock();
}

OutputTurn::OutputTurn(std::FILE* file) noexcept : file_(file) {
  Board* board = status::board();
  if (board == nullptr || board->up.load(std::memory_order_relaxed) == 0) return;
  const int descriptor = fileno(file);
  const dev_t terminal = terminal_of(descriptor);
  if (terminal == 0) return;
  board->mutex.lock();
  clear_of_dead(*board);
  if (board->drawn == 0 || board->terminal != terminal) {
    board->mutex.unlock();
    return;
  }
  board_ = board;
  columns_ = size_of(descriptor).columns;
  std::array<char, 64> room;
  Writer writer(room.data(), room.data() + room.size(), 0);
  erase(writer, *board);
  write_all(descriptor, writer.written());
}

void OutputTurn::note(std::string_view text) noexcept {
  board_->column = column_after(text, board_->column, columns_);
}

void OutputTurn::put_back() noexcept {
  std::fflush(file_);
  const int descriptor = fileno(file_);
  if (board_->column > 0) write_all(descriptor, "\n");
  if (board_->column >= columns_) board_->column = 0;
  draw(*board_, descriptor);
  board_->mutex.unlock();
  board_ = nullptr;
}

void write_report(const char* text) noexcept {
  flockfile(stderr);
  OutputTurn turn(stderr);
  std::fputs(text, stderr);
  std::fflush(stderr);
  turn.end();
  funlockfile(stderr);
}

void line_is_open(bool open) noexcept {
  // Looked at first: the word is shared by all threads that write.
  if (g_line_is_open.load(std::memory_order_relaxed) != open) {
    g_line_is_open.store(open, std::memory_order_relaxed);
  }
}

}  // namespace braid::vm::status
