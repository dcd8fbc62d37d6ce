// The Sender Rewriting Scheme: reverse-paths of mail that goes on to another host, so that SPF holds there and bounces
// come back here (features F6; M. Wong, S. Sadowski: "Sender Rewriting Scheme", draft-srs).
//
//     srs0 = "SRS0" sep hash "=" stamp "=" domain "=" local-part        @ the host that forwards first
//     srs1 = "SRS1" sep hash "=" first-host "=" sep hash "=" ...        @ the host that forwards next
//
// The hash is the beginning of base64(HMAC-SHA-256) over the parts in lower case, because some hosts fold the case of
// local parts; the stamp is the day modulo 1024 in two digits of base32.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mail/address.h"

namespace posthorn::mail {

/// How addresses are rewritten.
struct SrsOptions {
  std::vector<Secret> secrets;      ///< the first signs, all verify: a new one goes in front of the old ones
  std::string host;                 ///< domain of rewritten addresses; its mail must come to who holds the secrets
  char separator = '=';             ///< after "SRS0" and "SRS1": one of = + -; read are all three
  std::size_t hash_length = 4;      ///< characters, kMinSrsHash to kMaxSrsHash
  std::chrono::days valid_for{21};  ///< how old an address may be that bounces go to; kMaxSrsAge at most
};

inline constexpr std::size_t kMinSrsHash = 4;   ///< 20 bits at least, where the case is lost
inline constexpr std::size_t kMaxSrsHash = 40;  ///< most of it must leave room for the address
/// Stamps repeat after 1024 days.
inline constexpr std::chrono::days kMaxSrsAge{1000};

/// Whether the local part is of a rewritten address, of this host or of another.
[[nodiscard]] bool is_srs(const Mailbox& address);

/// Rewrites addresses and takes them back. Safe to call from many threads.
class SrsRewriter {
 public:
  /// @errors misuse (no secret, an empty one, a separator, length or age out of range), syntax (the host)
  [[nodiscard]] static Result<SrsRewriter> make(SrsOptions options);

  /// The address to send as: SRS0, or SRS1 for one that another host has rewritten. The null sender and addresses of
  /// `host` itself stay as they are.
  /// @param today  UTC
  /// @errors too_long (the local part passes kMaxLocalPart or the address kMaxPath), unsupported (an address literal:
  /// no host checks SPF of one), syntax (the domain)
  [[nodiscard]] Result<Mailbox> forward(const Mailbox& sender, std::chrono::sys_days today) const;

  /// Where a bounce to a rewritten address goes: for SRS0 the sender, for SRS1 the host that rewrote first.
  /// @errors not_found (no rewritten address of `host`), syntax, denied (the hash is none of ours), timed_out (too old,
  /// or more than a day ahead)
  [[nodiscard]] Result<Mailbox> reverse(const Mailbox& recipient, std::chrono::sys_days today) const;

 private:
  explicit SrsRewriter(SrsOptions options) : options_(std::move(options)) {}
  [[nodiscard]] std::string hash(const Secret& secret, View text) const;
  [[nodiscard]] bool is_ours(View hash, View text) const;
  [[nodiscard]] Result<Mailbox> reverse_first(View rest, std::chrono::sys_days today) const;
  [[nodiscard]] Result<Mailbox> reverse_next(View rest) const;

  SrsOptions options_;
};

}  // namespace posthorn::mail
