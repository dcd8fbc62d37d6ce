// posthornd: every role in one process.
#include "shared/program.h"

int main(int count, char** words) {
  static constexpr posthorn::View kRoles[] = {"mx", "submission", "lmtp", "imap", "pop3", "managesieve"};
  const posthorn::servers::Program program{
      "posthornd", "Posthorn mail server: SMTP, LMTP, IMAP, POP3 and ManageSieve in one process.", kRoles};
  return posthorn::servers::run(program, count, words);
}
