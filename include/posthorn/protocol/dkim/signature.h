// The DKIM-Signature field (RFC 6376 section 3.5), and the tags that the fields of ARC share with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/crypto/signature.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mail/tag_list.h"
#include "posthorn/protocol/dkim/canonicalization.h"
#include "posthorn/protocol/dkim/verdict.h"
#include "posthorn/protocol/dns/resolver.h"

namespace posthorn::dkim {

/// What a signature says of itself.
struct Signature {
  static constexpr std::size_t kFields = 1000;  ///< names in h=; honest ones have fewer than 100

  std::string algorithm;  ///< a=, as spelled, at most 64 octets of it
  crypto::SignatureScheme scheme = crypto::SignatureScheme::rsa_pkcs1_sha256;
  std::string octets;  ///< b=, decoded
  View raw;            ///< b= with all octets up to the next tag: what is taken out for signing. @lifetime of the text
  std::string body_hash;  ///< bh=, decoded
  Canonicalization header = Canonicalization::simple;
  Canonicalization body = Canonicalization::simple;
  std::string domain;                   ///< d=, lower-case A-labels
  std::string selector;                 ///< s=, likewise
  std::string agent;                    ///< i=, as spelled; "@" and the domain where it is not there
  std::string agent_domain;             ///< behind its "@", lower-case A-labels
  std::vector<std::string> fields;      ///< h=, as spelled
  std::optional<std::uint64_t> length;  ///< l=
  std::optional<WallTime> signed_at;    ///< t=
  std::optional<WallTime> expires;      ///< x=
};

/// Reads a DKIM-Signature. What can be read is in `out`, whatever is wrong.
/// @param value  what follows the colon. @lifetime Signature::raw is a part of it
/// @returns good, or why nobody can verify it
[[nodiscard]] Reason read_signature(View value, Signature& out);
/// The part that says who signs how: a= b= d= q= s= t= x=; the agent becomes the domain itself.
[[nodiscard]] Reason read_signer(const mail::TagList& tags, Signature& out);
/// The part that says what is signed: bh= c= h= l=.
[[nodiscard]] Reason read_content(const mail::TagList& tags, Signature& out);

/// A domain, or a selector, in lower-case A-labels (RFC 8616 section 4); nullopt: it is none.
[[nodiscard]] std::optional<std::string> signing_name(View text);
/// Where the key is (RFC 6376 section 3.6.2.1).
[[nodiscard]] dns::Question key_question(View selector, View domain);

}  // namespace posthorn::dkim
