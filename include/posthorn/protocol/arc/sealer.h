// Adds a set to the chain of a message (RFC 8617 section 5.1).
//
//     auto sealer = arc::Sealer::make({.domain = "example.org", .selector = "2026", .key = key});
//     while (...) sealer->append(octets);
//     auto fields = sealer->finish(verdict.status, results, now);  // goes before the first field of the message
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/crypto/private_key.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/arc/verdict.h"
#include "posthorn/protocol/auth_results/field.h"
#include "posthorn/protocol/dkim/body_hash.h"
#include "posthorn/protocol/dkim/header_buffer.h"
#include "posthorn/protocol/dkim/signed_header.h"
#include "posthorn/protocol/dkim/signer.h"

namespace posthorn::arc {

/// Who seals. Header and body are signed in relaxed form.
struct Sealing {
  std::string domain;
  std::string selector;
  crypto::PrivateKey key;
  /// What is signed where it stands; neither Authentication-Results nor a field of ARC (RFC 8617 section 4.1.2).
  std::vector<std::string> fields{dkim::kSignedFields.begin(), dkim::kSignedFields.end()};
  std::size_t columns = 78;  ///< where lines are folded
};

/// One message.
class Sealer {
 public:
  static constexpr std::size_t kHeaderOctets = std::size_t{1} << 20U;

  /// @errors misuse: a name that cannot be written, a field that must not be signed
  [[nodiscard]] static Result<Sealer> make(Sealing sealing);

  /// What comes next of the message as it leaves: header, empty line and body, lines ended by CRLF.
  void append(View octets);
  /// The message is over.
  /// @param chain    what the Validator said of the message as it came
  /// @param results  what this host found, its result of arc included
  /// @returns ARC-Seal, ARC-Message-Signature and ARC-Authentication-Results; nothing where the last set of the chain
  ///          has failed already (RFC 8617 section 5.1) or the chain is at its longest
  /// @errors syntax (no From field), too_long (the header)
  [[nodiscard]] Result<std::string> finish(Status chain, const auth_results::Field& results, WallTime now);

 private:
  explicit Sealer(Sealing sealing);
  [[nodiscard]] std::string message_signature(const dkim::SignedHeader& header, View instance, WallTime now) const;

  Sealing sealing_;
  dkim::HeaderBuffer header_{kHeaderOctets};
  dkim::BodyHashes bodies_;
};

}  // namespace posthorn::arc
