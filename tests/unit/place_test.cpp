// Where a process is started: what one process notes, another one takes.
#include "unit/place.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <string>

#include "tests/unit/catch.hpp"

using namespace braid::runtime;

namespace {

// Runs `check` in a forked process that has gone to `place`; is it true there?
template <typename Check>
bool holds_there(StartingPlace& place, int directory, const Check& check) {
  const pid_t pid = fork();
  if (pid == 0) {
    go_to(place, directory);
    _exit(check() ? 0 : 1);
  }
  int status = -1;
  waitpid(pid, &status, 0);
  return status == 0;
}

bool is_variable(const char* name, const char* value) {
  const char* found = std::getenv(name);
  return found == nullptr ? value == nullptr : value != nullptr && std::string(found) == value;
}

}  // namespace

TEST_CASE("place: a process has the variables, the umask and the directory that were noted") {
  setenv("BRAID_PLACE_A", "first", 1);
  setenv("BRAID_PLACE_EMPTY", "", 1);
  const mode_t before = umask(027);
  char start[PATH_MAX];
  REQUIRE(getcwd(start, sizeof start) != nullptr);
  REQUIRE(chdir("/tmp") == 0);
  StartingPlace* place = note_place();
  const int directory = open_working_directory();
  REQUIRE(chdir(start) == 0);
  umask(before);
  setenv("BRAID_PLACE_A", "second", 1);
  setenv("BRAID_PLACE_B", "later", 1);
  unsetenv("BRAID_PLACE_EMPTY");

  CHECK(holds_there(*place, directory, [] {
    char now[PATH_MAX];
    const bool is_set = is_variable("BRAID_PLACE_A", "first") &&
                        is_variable("BRAID_PLACE_B", nullptr) &&
                        is_variable("BRAID_PLACE_EMPTY", "");
    setenv("BRAID_PLACE_C", "its own", 1);
    return is_set && is_variable("BRAID_PLACE_C", "its own") && umask(0) == 027 &&
           getcwd(now, sizeof now) != nullptr && std::string(now) == "/tmp";
  }));
  close(directory);
  drop_place(place);
  unsetenv("BRAID_PLACE_A");
  unsetenv("BRAID_PLACE_B");
}

TEST_CASE("place: without a way to the directory it stays where it is") {
  StartingPlace* place = note_place();
  CHECK(holds_there(*place, -1, [] {
    char now[PATH_MAX];
    return getcwd(now, sizeof now) != nullptr;
  }));
  drop_place(place);
}
