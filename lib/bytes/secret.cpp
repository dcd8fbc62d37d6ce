#include "posthorn/bytes/secret.h"

#include <string.h>  // explicit_bzero is not in <cstring>

namespace posthorn {

void wipe(void* octets, std::size_t count) noexcept {
  if (count != 0) ::explicit_bzero(octets, count);
}

bool equal_in_constant_time(View a, View b) noexcept {
  if (a.size() != b.size()) return false;
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i])));
  }
  return difference == 0;
}

}  // namespace posthorn
