// The port through which the policy of a domain is fetched over HTTPS (RFC 8461 section 3.3).
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "posthorn/protocol/tls/demand.h"

namespace posthorn::mta_sts {

/// Why there is no text.
struct FetchFailure {
  /// sts_webpki_invalid (the certificate of the HTTPS server) or sts_policy_fetch_error (all else)
  tls::Failure failure = tls::Failure::sts_policy_fetch_error;
  std::string note;  ///< for the operator
};

/// The octets of the policy, not looked into; or why there are none.
using Fetched = std::expected<std::string, FetchFailure>;

/// Safe to call from many threads.
class Fetcher {
 public:
  using Done = std::move_only_function<void(Fetched)>;
  virtual ~Fetcher() = default;
  /// Calls `done` exactly once: before it returns, or later on any thread.
  /// @param domain  in lower-case A-labels
  virtual void fetch(std::string domain, Done done) = 0;
};

}  // namespace posthorn::mta_sts
