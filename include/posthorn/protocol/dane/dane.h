// DANE for SMTP: which TLSA records count, and whether a server's certificates are those that they name
// (RFC 6698, RFC 7671, RFC 7672).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/crypto/certificate.h"
#include "posthorn/protocol/tls/demand.h"

namespace posthorn::dane {

/// "_25._tcp.mx.example.org": where the records of a service are (RFC 6698 section 3).
[[nodiscard]] std::string record_name(View host, std::uint16_t port);

/// Whether a record can be met over SMTP: usage DANE-TA(2) or DANE-EE(3) (RFC 7672 section 3.1.3), a selector and a
/// matching type that are known, and data of the right length.
[[nodiscard]] bool is_usable(const dns::Tlsa& record);

/// The usable ones; of digests for the same usage and selector only the strongest (RFC 7671 section 9).
[[nodiscard]] std::vector<dns::Tlsa> usable(std::span<const dns::Tlsa> records);

/// The names that a certificate may be for, with usage DANE-TA(2): the host under which the records were found, the
/// domain that the mail is for, and what an alias of it leads to (RFC 7672 section 3.2.2). Each once, no empty ones.
[[nodiscard]] std::vector<std::string> reference_names(View base, View domain, View canonical);

enum class Verdict : std::uint8_t {
  certificate,    ///< DANE-EE(3): the certificate or its key is named
  authority,      ///< DANE-TA(2): an authority of the chain is named, and the chain leads there
  unusable,       ///< no record is usable: encryption alone can be demanded (RFC 7672 section 2.2)
  no_match,       ///< no record names a certificate of the chain
  host_mismatch,  ///< an authority is named, but the certificate is for another host
  expired,        ///< an authority is named, but the chain is not valid now
  not_trusted,    ///< an authority is named, but the chain does not lead there
};

/// Judges the chain of a server.
/// @param chain  the server's certificate first, then what it sent beside it
/// @param names  reference_names(); DANE-EE(3) looks at no name and no date (RFC 7672 section 3.1.1)
[[nodiscard]] Verdict judge(std::span<const dns::Tlsa> records, std::span<const crypto::Certificate> chain,
                            std::span<const std::string> names, std::chrono::sys_seconds now);

/// What a verdict is called in a TLS report; nullopt where the certificate is proved.
[[nodiscard]] std::optional<tls::Failure> failure_of(Verdict verdict);

}  // namespace posthorn::dane
