// The command line of `braid`: all that `lua` 5.4 takes, with the same meaning, and a few options
// of Braid's own that begin with `--`. Parsing only looks; nothing runs and nothing is printed.
#pragma once

namespace braid::interp {

struct Options {
  enum class Verdict { run, bad_option, show_help, show_version };

  Verdict verdict = Verdict::run;
  const char* bad_option = nullptr;  // the argument that `bad_option` is about
  bool interactive = false;          // -i
  bool print_copyright = false;      // -v, and -i
  bool has_code = false;             // -e was there: without a script, do not read stdin
  bool ignore_environment = false;   // -E
  int first_argument = 1;            // index of the script in argv; argc when there is none
};

Options parse_options(int argc, char* const* argv);

// What `-e`, `-l` and `-W` ask for, one at a time, in the order of the command line. `argument` is
// null for `-W`. `position` starts at 1; false when there is nothing left before the script.
struct Action {
  char letter;
  const char* argument;
};
bool next_action(const Options& options, char* const* argv, int& position, Action& action);

}  // namespace braid::interp
