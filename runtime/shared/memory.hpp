// Shared memory with a name, as every program of the system can attach to it: files in /dev/shm.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace braid::runtime {

// One mapping of a segment. Trivially destructible, it may live where Lua does; close() is called.
//   Units:   the object is its thread's alone; what it maps is shared, without any order or lock.
//   Waits:   never.
//   Death:   the system unmaps; the name stays. Names of ours (below) are swept, others are not.
//   Errors:  returned, as errno; nothing has changed then.
//   Cost:    create and attach some system calls, an access none.
//   Tests:   tests/spec/shared_memory_spec.lua
//
// A segment appears under its name with all its memory taken: none is seen half made, and a full
// /dev/shm is an error when it is made and no signal later. A name that nobody has said is
// braid-PROGRAM-MAKER-COUNT, two pids and a number: that segment belongs to the program. Whoever
// has it mapped keeps a lock on it, so a sweep knows whether it is still used.
class Memory {
 public:
  static constexpr std::size_t kNameRoom = 256;

  // A new segment, full of zeros. EEXIST when there is one of that name.
  int create(const char* name, std::size_t size) noexcept;
  // The same with a name of ours. `program` lives as long as the program does.
  int create_for(pid_t program, std::size_t size) noexcept;
  // One that is there. EINVAL when it is no segment, ENODATA when it is empty.
  int attach(const char* name) noexcept;
  void close() noexcept;

  [[nodiscard]] bool is_owner() const noexcept { return owner_; }  // made it
  // Has the name been there all the time since?
  [[nodiscard]] bool is_named() const noexcept;
  // Takes the name away, not the memory. ENOENT when this segment has it no more.
  [[nodiscard]] int unlink() const noexcept;

  [[nodiscard]] const char* name() const noexcept { return name_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] unsigned char* data() const noexcept { return data_; }  // null when closed
  [[nodiscard]] bool same_segment(const Memory& other) const noexcept {
    return size_ != 0 && device_ == other.device_ && node_ == other.node_;
  }

 private:
  int map(int file, std::size_t size) noexcept;
  void keep(int file) noexcept;
  friend void at_exit();

  unsigned char* data_ = nullptr;
  std::size_t size_ = 0;
  dev_t device_ = 0;
  ino_t node_ = 0;
  bool owner_ = false;
  int locked_ = -1;         // the file, of a name of ours
  Memory* next_ = nullptr;  // of those that have one, as is the next; a mutex guards both
  Memory** link_ = nullptr;
  char name_[kNameRoom] = {};
};

// Is it a name as create_for() makes them, or one that looks like it?
[[nodiscard]] bool is_program_memory(const char* name) noexcept;

// Takes away the names of ours that dead programs, or `ended`, have left, unless somebody has the
// segment mapped. Done also before a process makes its first segment, when that process ends, and
// before one of those is attached to.
void sweep_memory(pid_t ended) noexcept;
// The same for whoever has seen that `program` ends: one that is killed keeps its locks a moment
// longer, so that is waited for.
void sweep_memory_after(pid_t program) noexcept;

}  // namespace braid::runtime
