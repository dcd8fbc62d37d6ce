#include "posthorn/protocol/dkim/header_buffer.h"

namespace posthorn::dkim {

bool HeaderBuffer::take(View& octets) {
  if (end_.found()) return false;
  const auto before = end_.offset();
  end_.feed(octets);
  const View taken = octets.substr(0, static_cast<std::size_t>(end_.offset() - before));
  octets.remove_prefix(taken.size());
  if (too_long()) {
    octets_.clear();
  } else {
    octets_.append(taken);
  }
  return end_.found();
}

}  // namespace posthorn::dkim
