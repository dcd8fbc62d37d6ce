// Bodies of messages, plain or sealed: written as the mailbox is set, read with the keys of a login.
#pragma once

#include <cstdint>
#include <string>

#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/store/store.h"

namespace posthorn::vault {
class OpenKeys;
class Settings;
}  // namespace posthorn::vault

namespace posthorn::mailbox {

using store::BlobId;

/// A message as it lies in the store.
struct Body {
  BlobId blob;
  std::uint64_t octets = 0;  ///< of the message; of its size class where a sealed message is padded
  std::string capsule;       ///< the key of a sealed message; empty: the message is plain
  std::uint32_t digest = 0;  ///< octets of the sealed search digest behind the content; 0: there is none
  std::string summary;       ///< of a body that was just written: what imap/summary.h tells of it, sealed if it is
};

/// A message on its way into the store: forgotten when destroyed unfinished. A finished body waits for a batch that
/// names it (Account::add() forgets one that it cannot add), at most until the account is closed.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  virtual Result<void> append(View octets) = 0;
  virtual Result<Body> finish() = 0;
};

/// Reads messages for one session; remembers the last one, so that reading it in pieces opens it once.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// Octets [offset, offset + count) of the message, fewer at its end.
  /// @errors vault::sealed_error() (no key for it), not_found, corrupt
  [[nodiscard]] virtual Result<std::string> read(const Body& body, std::uint64_t offset, std::uint64_t count) = 0;
};

/// Where an account asks how its new mail is stored. Without settings everything is plain.
struct Sealing {
  vault::Settings* settings = nullptr;
  Random* random = nullptr;
  bool pad_sizes = false;  ///< stored sizes of sealed messages tell a size class only
};

}  // namespace posthorn::mailbox
