#include "posthorn/bytes/crypto/guarded.h"

#include <algorithm>
#include <new>

#include <sodium.h>

namespace posthorn::crypto {

void Guarded::Free::operator()(char* octets) const noexcept { sodium_free(octets); }

Guarded::Guarded(View octets) : count_(octets.size()) {
  if (sodium_init() < 0) throw std::bad_alloc();
  octets_.reset(static_cast<char*>(sodium_malloc(std::max<std::size_t>(count_, 1))));
  if (!octets_) throw std::bad_alloc();
  std::copy(octets.begin(), octets.end(), octets_.get());
  sodium_mprotect_readonly(octets_.get());
}

}  // namespace posthorn::crypto
