// DMARC policy records: what the owner of a domain asks for mail that fails (RFC 9989 sections 4.7 and 4.8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::dmarc {

/// URIs of one tag that are used; more are left out.
inline constexpr std::size_t kMaxReportUris = 10;

/// What is asked for mail that does not pass, the mildest first.
enum class Policy : std::uint8_t { none, quarantine, reject };

/// How alike an authenticated domain must be to that of From.
enum class Alignment : std::uint8_t {
  relaxed,  ///< the same organizational domain
  strict,   ///< the same name
};

/// What a record says of its own domain (tag psd).
enum class PublicSuffix : std::uint8_t {
  unknown,
  yes,  ///< organizational domains begin one label below
  no,   ///< it is an organizational domain
};

/// Which failures are to be reported one by one (tag fo). With none of them nothing is.
struct FailureOptions {
  bool all = false;   ///< "0": nothing aligned passed
  bool any = false;   ///< "1": one of the mechanisms gave no aligned pass
  bool dkim = false;  ///< "d": a signature failed
  bool spf = false;   ///< "s": SPF failed
  /// "0", "1:d:s"
  [[nodiscard]] std::string text() const;
  bool operator==(const FailureOptions&) const = default;
};

/// Where reports go.
struct ReportUri {
  std::string uri;  ///< any scheme; without the size
  /// Of a report that is taken there ("!10m"); 0: it does not say. Obsolete: who reports ignores it (RFC 9989 section
  /// 4.8).
  std::uint64_t most_octets = 0;
  bool operator==(const ReportUri&) const = default;
};

struct Record {
  Policy policy = Policy::none;                        ///< p
  std::optional<Policy> subdomains;                    ///< sp
  std::optional<Policy> not_existing;                  ///< np
  Alignment dkim = Alignment::relaxed;                 ///< adkim
  Alignment spf = Alignment::relaxed;                  ///< aspf
  FailureOptions failures{.all = true};                ///< fo; says nothing where failures_to is empty
  std::vector<ReportUri> aggregate_to;                 ///< rua
  std::vector<ReportUri> failures_to;                  ///< ruf
  PublicSuffix public_suffix = PublicSuffix::unknown;  ///< psd
  bool testing = false;                                ///< t: the policy is to be lowered by one step
  /// A policy tag is missing or wrong, and there is nobody to report to: DMARC does not apply to the message (RFC 9989
  /// section 4.10.1). With somebody to report to such a record asks for nothing (Policy::none).
  bool unusable = false;

  /// The policy for a domain below that of the record.
  [[nodiscard]] Policy below(bool exists) const;
  bool operator==(const Record&) const = default;
};

/// The lower-case word of a policy.
[[nodiscard]] View word_of(Policy policy);
/// In any case; nullopt: another word.
[[nodiscard]] std::optional<Policy> policy_of(View word);

/// "_dmarc.example.org"
[[nodiscard]] std::string record_name(View domain);

/// Reads a record. What is wrong in it is left out and counts as its default.
/// @errors syntax: it is no DMARC record (the version comes first and is "DMARC1")
[[nodiscard]] Result<Record> parse_record(View text);

}  // namespace posthorn::dmarc
