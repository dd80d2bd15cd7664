// See options.hpp. The order of the checks is that of `lua`, so that of two mistakes in one command
// line the same one is reported.
#include "interp/options.hpp"

#include <cstring>

namespace braid::interp {
namespace {

Options refuse(Options options, const char* argument) {
  options.verdict = Options::Verdict::bad_option;
  options.bad_option = argument;
  return options;
}

// `--` ends the options; any other word behind two dashes is ours or a mistake.
Options long_option(Options options, const char* argument, int position) {
  if (argument[2] == '\0') {
    options.first_argument = position + 1;
  } else if (std::strcmp(argument, "--help") == 0) {
    options.verdict = Options::Verdict::show_help;
  } else if (std::strcmp(argument, "--version") == 0) {
    options.verdict = Options::Verdict::show_version;
  } else {
    return refuse(options, argument);
  }
  return options;
}

}  // namespace

Options parse_options(int argc, char* const* argv) {
  Options options;
  int i = 1;
  for (; i < argc; ++i) {
    const char* argument = argv[i];
    if (argument[0] != '-' || argument[1] == '\0') break;  // a script, or `-`: stdin is the script
    const char letter = argument[1];
    if (letter == '-') return long_option(options, argument, i);
    if (letter == 'e' || letter == 'l') {
      options.has_code = options.has_code || letter == 'e';
      if (argument[2] != '\0') continue;
      ++i;  // the value is the next word, which must not look like an option
      if (i >= argc || argv[i][0] == '-') return refuse(options, argument);
      continue;
    }
    if (argument[2] != '\0') return refuse(options, argument);  // these are never written together
    switch (letter) {
      case 'E': options.ignore_environment = true; break;
      case 'i': options.interactive = options.print_copyright = true; break;
      case 'v': options.print_copyright = true; break;
      case 'W': break;
      default: return refuse(options, argument);
    }
  }
  options.first_argument = i;
  return options;
}

bool next_action(const Options& options, char* const* argv, int& position, Action& action) {
  for (; position < options.first_argument; ++position) {
    const char* argument = argv[position];
    const char letter = argument[1];
    if (letter == 'e' || letter == 'l') {
      action = {letter, argument[2] != '\0' ? argument + 2 : argv[++position]};
    } else if (letter == 'W') {
      action = {letter, nullptr};
    } else {
      continue;
    }
    ++position;
    return true;
  }
  return false;
}

}  // namespace braid::interp
