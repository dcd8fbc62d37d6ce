// Received: what each server on the way wrote about the message (RFC 5321 section 4.4, RFC 5322 section 3.6.7).
#pragma once

#include <optional>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"

namespace posthorn::mail {

/// A word after "with": how a message was handed over (IANA "Mail Transmission Types").
struct Transmission {
  View word;           ///< as servers write it
  View protocol;       ///< the registered word: "SMTP" for Microsoft's "SMTPSVC"
  bool encrypted;      ///< over TLS
  bool authenticated;  ///< the client logged in
  View source;         ///< RFC, or who writes it
};
/// The row of the first word of `with` that has one, or null: "ESMTPS", "local-esmtps", "Microsoft SMTPSVC".
[[nodiscard]] const Transmission* transmission(View with);

/// One hop. Nobody but the servers of one's own domain need be believed. What is not told is empty.
/// @lifetime views of the field
struct Received {
  /// Who handed the message over.
  struct Client {
    View name;          ///< after "from": what it called itself or is called; a literal has its brackets
    View address;       ///< IPv4 or IPv6 as the server saw it, without brackets, "IPv6:", zone and port
    View reverse_name;  ///< the name with a dot that the server found for the address
    View helo;          ///< what it called itself, where the server tells it apart: "(HELO mail.example)"
    View ident;         ///< its user as a comment tells: "ident=joe", "(joe@192.0.2.1)" (RFC 1413)
  };
  Client from;
  View by;           ///< the server that wrote the field
  View via;          ///< the link, where it was not the Internet
  View with;         ///< all words up to the next clause or comment; transmission() knows what they mean
  View id;           ///< without angle brackets
  View recipient;    ///< after "for", without angle brackets
  View tls_version;  ///< as spelled, "TLSv1.3" or "TLS1_2", from a comment
  View tls_cipher;   ///< as spelled, from a comment or the clause "tls" (RFC 8314 section 4.3)
  std::optional<WallTime> date;
};

/// Reads any octets, in linear time. The first clause of a name counts; words of no clause are passed over, and so are
/// comments that tell nothing of the above.
/// @param raw  a field body, folding as it stands
[[nodiscard]] Received parse_received(View raw);

}  // namespace posthorn::mail
