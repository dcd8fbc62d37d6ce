// smtpd: the SMTP and LMTP listeners of the configuration.
#include "shared/program.h"

int main(int count, char** words) {
  static constexpr posthorn::View kRoles[] = {"mx", "submission", "lmtp"};
  const posthorn::servers::Program program{
      "smtpd", "Posthorn mail server: the SMTP and LMTP listeners of the configuration.", kRoles};
  return posthorn::servers::run(program, count, words);
}
