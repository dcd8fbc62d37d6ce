// Posts over HTTPS, with libcurl: what TLS reports are sent by where a domain asks for it (RFC 8460 section 5.4).
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/dns/resolver.h"

namespace posthorn::io {

struct HttpsPosterOptions {
  std::string ca_file;                          ///< PEM file of the authorities that count; empty: those of the system
  Duration connect = std::chrono::seconds(20);  ///< until TLS stands
  Duration total = std::chrono::seconds(60);    ///< for all of it
  std::size_t octets = 64U << 10U;              ///< of an answer, which nobody reads; a longer one is a failure
  std::size_t addresses = 8;                    ///< of the host that are tried, of each family; more are left out
  bool anywhere = false;                        ///< also to addresses that are not public, and to any port; for tests
};

/// Asks the resolver for the host's addresses and posts there: the certificate is verified, no redirect is followed,
/// no proxy is between. Safe to use from many threads.
class HttpsPoster {
 public:
  /// @lifetime the resolver outlives the object
  explicit HttpsPoster(dns::Resolver& resolver, HttpsPosterOptions options = {})
      : resolver_(resolver), options_(std::move(options)) {}

  /// Blocks. @param type  the media type of the content @param stop  asked about once a second: whether to give up;
  ///         null: never
  /// @errors syntax (no https URL, one with a user, with an address for a host, or with another port than 443);
  ///         unavailable (no public address, no connection, a bad certificate, stopped); denied (the status is none of
  ///         success)
  Result<void> post(const std::string& url, View content, const std::string& type,
                    const std::function<bool()>& stop = {});

 private:
  dns::Resolver& resolver_;
  const HttpsPosterOptions options_;
};

}  // namespace posthorn::io
