// pop3d: the POP3 listeners of the configuration.
#include "shared/program.h"

int main(int count, char** words) {
  static constexpr posthorn::View kRoles[] = {"pop3"};
  const posthorn::servers::Program program{"pop3d", "Posthorn mail server: the POP3 listeners of the configuration.",
                                           kRoles};
  return posthorn::servers::run(program, count, words);
}
