// What a server said that it can do, read from its EHLO or LHLO reply.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"

namespace posthorn::smtp {

struct Capabilities {
  bool pipelining = false;   ///< RFC 2920
  bool eight_bit = false;    ///< 8BITMIME
  bool utf8 = false;         ///< SMTPUTF8
  bool chunking = false;     ///< RFC 3030
  bool binary = false;       ///< BINARYMIME (RFC 3030)
  bool dsn = false;          ///< RFC 3461
  bool require_tls = false;  ///< REQUIRETLS (RFC 8689)
  bool priority = false;     ///< MT-PRIORITY (RFC 6710)
  bool deliver_by = false;   ///< RFC 2852
  bool starttls = false;
  bool announces_size = false;                  ///< SIZE may be given with MAIL
  std::optional<std::uint64_t> size;            ///< largest message in octets; nullopt: not said
  std::optional<std::uint64_t> future_release;  ///< longest hold in seconds (RFC 4865)
  // LIMITS (RFC 9422). Who sends keeps them: splits a message, or opens another connection.
  std::optional<std::uint64_t> rcpt_max;         ///< recipients of one message
  std::optional<std::uint64_t> mail_max;         ///< messages in one session
  std::optional<std::uint64_t> rcpt_domain_max;  ///< domains of recipients in one session
  std::vector<std::string> mechanisms;           ///< of AUTH, upper case
};

/// Reads the lines behind the first one; what is unknown or malformed is passed over.
[[nodiscard]] Capabilities read_capabilities(std::span<const std::string> lines);

}  // namespace posthorn::smtp
