#include "protocol/imap/compressed_wire.h"

namespace posthorn::imap {

namespace {
/// Most octets that come out at once.
constexpr std::size_t kPiece = 65'536;
}  // namespace

Result<bool> CompressedWire::unpack(Buffer& out) {
  const std::size_t before = out.size();
  const auto outcome = inflater_.expand(input_.view(), kPiece, out);
  input_.consume(outcome.taken);
  input_.release();
  if (out.size() > before) return true;  // what is broken comes up the next time, behind the last good octets
  if (outcome.broken) return fail(peer_error(Code::syntax, "no DEFLATE"));
  return false;
}

}  // namespace posthorn::imap
