// The program `braid`: Lua's stand-alone interpreter with Braid inside. The main chunk runs on the
// state's main stack, called from one C function under lua_pcall as in `lua`, so that tracebacks
// look the same. When it is over the program waits for its tasks.
//
// run_program may be left by longjmp: nothing in it, nor in what it calls while Lua can raise, has
// a destructor.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <lua.hpp>

#include "interp/chunk.hpp"
#include "interp/interrupt.hpp"
#include "interp/options.hpp"
#include "interp/repl.hpp"
#include "interp/report.hpp"
#include "stdlib/open.hpp"
#include "stdlib/process_body.hpp"
#include "stdlib/thread_body.hpp"
#include "unit/zygote.hpp"
#include "vm/host.hpp"
#include "vm/lua_libs.hpp"
#include "vm/status_lines.hpp"

namespace braid::interp {
namespace {

constexpr int kInterruptedStatus = 130;  // 128 + SIGINT, as a shell has it

struct Program {
  int argc;
  char** argv;
  Options options;
  bool host_is_open = false;
};

// The global `arg`: the script at 0, its arguments from 1, what stood before it below 0. Without a
// script the program's name is at 0.
void set_arg_table(lua_State* L, const Program& program) {
  const int first = program.options.first_argument;
  const int script = first < program.argc ? first : 0;
  lua_createtable(L, program.argc > script ? program.argc - script - 1 : 0, script + 1);
  for (int i = 0; i < program.argc; ++i) {
    lua_pushstring(L, program.argv[i]);
    lua_rawseti(L, -2, i - script);
  }
  lua_setglobal(L, "arg");
}

bool run_actions(lua_State* L, const Program& program) {
  Action action{};
  for (int i = 1; next_action(program.options, program.argv, i, action);) {
    int status = LUA_OK;
    switch (action.letter) {
      case 'e': status = run_string(L, action.argument, "=(command line)"); break;
      case 'l': status = run_library(L, action.argument); break;
      default: lua_warning(L, "@on", 0); break;
    }
    if (status != LUA_OK) return false;
  }
  return true;
}

// `-` is stdin, unless `--` says that what follows is a name.
bool run_named_script(lua_State* L, const Program& program) {
  const int position = program.options.first_argument;
  const char* path = program.argv[position];
  const bool is_stdin =
      std::strcmp(path, "-") == 0 && std::strcmp(program.argv[position - 1], "--") != 0;
  return run_script(L, is_stdin ? nullptr : path) == LUA_OK;
}

// Nothing can ever wake the main chunk again, nor anybody else.
void end_in_deadlock(const char* report) {
  vm::status::write_report(report);
  vm::hold_output();
  runtime::end_zygote(EXIT_FAILURE);
  std::exit(EXIT_FAILURE);  // flushes what the script has written
}

// The lua_CFunction around everything: (argc, program) -> true when all went well. It has two
// arguments because in `lua` it has: a script can count how deep the stack is.
int run_program(lua_State* L) {
  auto& program = *static_cast<Program*>(lua_touserdata(L, 2));
  const Options& options = program.options;
  luaL_checkversion(L);
  if (options.print_copyright) print_copyright();
  if (options.ignore_environment) {
    lua_pushboolean(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");  // the package library asks for it
  }
  luaL_openlibs(L);
  vm::open_warnings(L);
  stdlib::open(L);
  program.host_is_open = true;
  vm::Host& host = vm::Host::of(L);
  host.on_deadlock(end_in_deadlock);
  host.enable_interrupt();
  arm_dump(host);
  set_arg_table(L, program);
  lua_gc(L, LUA_GCGEN, 0, 0);  // scripts can see the mode, so it is that of `lua`

  if (!options.ignore_environment && run_environment(L) != LUA_OK) return 0;
  if (!run_actions(L, program)) return 0;
  const bool has_script = options.first_argument < program.argc;
  if (has_script && !run_named_script(L, program)) return 0;
  if (options.interactive) {
    run_repl(L);
  } else if (!has_script && !options.has_code && !options.print_copyright) {
    if (isatty(STDIN_FILENO) != 0) {
      print_banner();
      run_repl(L);
    } else {
      run_file(L, nullptr);  // its failure does not change the status
    }
  }
  lua_pushboolean(L, 1);
  return 1;
}

void cancel_others(vm::Host& host) {
  host.cancel_all();
  stdlib::cancel_program(host);
}

// Everything that was started and is no daemon runs to its end.
vm::Host::Drained wait_for_the_others(lua_State* L) {
  vm::Host& host = vm::Host::of(L);
  const vm::Host::Drained outcome = host.drain(L);
  return outcome == vm::Host::Drained::all ? stdlib::wait_for_others(L) : outcome;
}

// The main chunk is over: the others go on until they have ended, until nothing can ever wake
// them, or until Ctrl-C. Returns the exit status.
int finish(lua_State* L, int status) {
  vm::Host& host = vm::Host::of(L);
  host.scheduler().end_main();
  host.on_deadlock(nullptr);  // from here on finish says so
  bool interrupted = ended_by_interrupt();
  if (interrupted) {
    cancel_others(host);  // SIGINT has its default action again: the second Ctrl-C ends it all
  } else {
    arm_interrupt(host);
  }
  for (;;) {
    const vm::Host::Drained outcome = wait_for_the_others(L);
    if (outcome == vm::Host::Drained::interrupted && !interrupted) {
      interrupted = true;
      cancel_others(host);
      continue;
    }
    if (outcome == vm::Host::Drained::deadlock) {
      vm::status::write_report(host.deadlock_report(L).c_str());
    }
    if (outcome == vm::Host::Drained::deadlock || outcome == vm::Host::Drained::no_memory) {
      status = EXIT_FAILURE;
    }
    break;
  }
  disarm_interrupt();
  disarm_dump();
  if (host.scheduler().take_interrupt()) interrupted = true;  // as the last of them ended
  host.report_untaken(L);
  if (host.program().found_deadlock.load()) status = EXIT_FAILURE;
  return interrupted ? kInterruptedStatus : status;
}

int run(Program& program) {
  lua_State* L = luaL_newstate();
  if (L == nullptr) {
    print_message("cannot create state: not enough memory");
    return EXIT_FAILURE;
  }
  lua_pushcfunction(L, run_program);
  lua_pushinteger(L, program.argc);
  lua_pushlightuserdata(L, &program);
  const int status = report(L, lua_pcall(L, 2, 1, 0));
  const bool all_well = status == LUA_OK && lua_toboolean(L, -1) != 0;
  lua_settop(L, 0);
  int exit_status = all_well ? EXIT_SUCCESS : EXIT_FAILURE;
  if (program.host_is_open) exit_status = finish(L, exit_status);
  lua_close(L);
  vm::hold_output();  // daemons may still be writing
  runtime::end_zygote(exit_status);
  return exit_status;
}

}  // namespace
}  // namespace braid::interp

int main(int argc, char** argv) {
  using namespace braid::interp;
  if (braid::runtime::is_zygote(argc, argv)) return braid::stdlib::run_zygote(argv);
  braid::runtime::set_zygote_program("/proc/self/exe");
  if (argc > 0 && argv[0][0] != '\0') set_program_name(argv[0]);
  Program program{argc, argv, parse_options(argc, argv)};
  switch (program.options.verdict) {
    case Options::Verdict::bad_option:
      print_usage_error(program.options.bad_option);
      return EXIT_FAILURE;
    case Options::Verdict::show_help: print_help(); return EXIT_SUCCESS;
    case Options::Verdict::show_version: print_version(); return EXIT_SUCCESS;
    case Options::Verdict::run: break;
  }
  return run(program);
}
