// The program `braid-worker`: what is run for the processes of an application that embeds Braid,
// which is not a program that could become a zygote itself (unit/zygote.hpp). It lies beside the
// library or in PATH, or the environment says where (BRAID_WORKER).
#include <cstdio>
#include <cstdlib>

#include "stdlib/process_body.hpp"
#include "unit/zygote.hpp"

int main(int argc, char** argv) {
  if (braid::runtime::is_zygote(argc, argv)) return braid::stdlib::run_zygote(argv);
  std::fputs("braid-worker: started by programs that embed Braid, not by hand\n", stderr);
  return EXIT_FAILURE;
}
