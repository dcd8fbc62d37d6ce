// Signs messages (RFC 6376 section 5, RFC 8463).
//
//     auto signer = dkim::Signer::make({{.domain = "example.org", .selector = "2026", .key = key}});
//     while (...) signer->append(octets);
//     auto fields = signer->finish(now);     // goes before the first field of the message
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/crypto/private_key.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/dkim/body_hash.h"
#include "posthorn/protocol/dkim/canonicalization.h"
#include "posthorn/protocol/dkim/header_buffer.h"
#include "posthorn/protocol/dkim/signed_header.h"

namespace posthorn::dkim {

/// What is signed where it stands (RFC 6376 section 5.4.1).
inline constexpr std::array kSignedFields{View("From"),
                                          View("Sender"),
                                          View("Reply-To"),
                                          View("To"),
                                          View("Cc"),
                                          View("Subject"),
                                          View("Date"),
                                          View("Message-ID"),
                                          View("In-Reply-To"),
                                          View("References"),
                                          View("MIME-Version"),
                                          View("Content-Type"),
                                          View("Content-Transfer-Encoding"),
                                          View("Content-Disposition"),
                                          View("List-Id"),
                                          View("List-Help"),
                                          View("List-Unsubscribe"),
                                          View("List-Unsubscribe-Post"),
                                          View("List-Subscribe"),
                                          View("List-Post"),
                                          View("List-Owner"),
                                          View("List-Archive")};
/// What is signed once more than it stands, so that nobody can add another (RFC 6376 section 8.15).
inline constexpr std::array kOversignedFields{View("From"),        View("To"),         View("Subject"),
                                              View("Date"),        View("Message-ID"), View("MIME-Version"),
                                              View("Content-Type")};

/// One signature that a message gets. "l=" is never used: what follows the signed part would be anybody's.
struct Signing {
  std::string domain;    ///< d=
  std::string selector;  ///< s=
  crypto::PrivateKey key;
  Canonicalization header = Canonicalization::relaxed;
  Canonicalization body = Canonicalization::relaxed;
  std::vector<std::string> fields{kSignedFields.begin(), kSignedFields.end()};
  std::vector<std::string> oversigned{kOversignedFields.begin(), kOversignedFields.end()};
  std::string agent;                             ///< i=, ASCII; empty: none
  std::optional<std::chrono::seconds> lifetime;  ///< x=, counted from the time of signing
};

/// One message, for one or several signatures: its body is hashed once for all with the same canonicalization.
class Signer {
 public:
  static constexpr std::size_t kHeaderOctets = std::size_t{1} << 20U;

  /// @errors misuse: a name or agent that cannot be written, an agent outside of the domain, From is not signed
  [[nodiscard]] static Result<Signer> make(std::vector<Signing> signings);

  /// What comes next of the message: header, empty line and body, lines ended by CRLF. Any chunking gives the same.
  void append(View octets);
  /// The message is over. @returns a DKIM-Signature field for each signing, in their order, folded, CRLF at their ends
  /// @errors syntax (no From field), too_long (the header)
  [[nodiscard]] Result<std::string> finish(WallTime now);

 private:
  explicit Signer(std::vector<Signing> signings);
  [[nodiscard]] std::string sign(const Signing& signing, const SignedHeader& header, WallTime now) const;

  std::vector<Signing> signings_;
  HeaderBuffer header_{kHeaderOctets};
  BodyHashes bodies_;
};

}  // namespace posthorn::dkim
