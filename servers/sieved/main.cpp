// sieved: the ManageSieve listeners of the configuration.
#include "shared/program.h"

int main(int count, char** words) {
  static constexpr posthorn::View kRoles[] = {"managesieve"};
  const posthorn::servers::Program program{
      "sieved", "Posthorn mail server: the ManageSieve listeners of the configuration.", kRoles};
  return posthorn::servers::run(program, count, words);
}
