// imapd: the IMAP listeners of the configuration.
#include "shared/program.h"

int main(int count, char** words) {
  static constexpr posthorn::View kRoles[] = {"imap"};
  const posthorn::servers::Program program{"imapd", "Posthorn mail server: the IMAP listeners of the configuration.",
                                           kRoles};
  return posthorn::servers::run(program, count, words);
}
