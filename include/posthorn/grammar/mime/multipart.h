// What the parts of a multipart are to each other, and messages that are elsewhere (RFC 2046, 1847, 2387, 6522).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/message.h"

namespace posthorn::mime {

/// multipart/alternative: the last part that the reader can show, for the sender puts the best last (RFC 2046 section
/// 5.1.4); the first part where it can show none; nullopt where there is none.
/// @param shown  lower-case types the reader can show, "text/html"; a multipart counts as its main_part()
[[nodiscard]] std::optional<PartId> best_alternative(const Message& message, PartId multipart,
                                                     std::span<const View> shown);

/// multipart/related: the part that the parameter start names by its Content-ID, else the first (RFC 2387 section 3.2).
/// (bodies_of() does as RFC 8621 says and takes the first, whatever start is.)
[[nodiscard]] std::optional<PartId> related_root(const Message& message, PartId multipart);

/// The leaf a part stands for: itself; of a multipart/related the main part of its root, of another multipart that of
/// its first part. A multipart without parts stands for itself.
[[nodiscard]] PartId main_part(const Message& message, PartId part);

/// multipart/signed and multipart/encrypted (RFC 1847): two parts and how they belong together.
struct Security {
  std::string protocol;  ///< lower case, the type of the control part as the multipart gives it
  std::string micalg;    ///< of multipart/signed; lower case
  PartId content;        ///< what is signed or encrypted. Signed is its Message::whole()
  PartId control;        ///< the signature, or what decryption needs to know
};
/// nullopt unless it is one of the two types with at least two parts.
[[nodiscard]] std::optional<Security> security_of(const Message& message, PartId multipart);

/// multipart/report (RFC 6522).
struct Report {
  std::string type;                ///< lower case, "delivery-status", "disposition-notification", "feedback-report"
  PartId text;                     ///< for people
  std::optional<PartId> fields;    ///< for programs
  std::optional<PartId> returned;  ///< the message it is about, or its header
};
/// nullopt unless it is a multipart/report with a part.
[[nodiscard]] std::optional<Report> report_of(const Message& message, PartId multipart);

/// message/partial (RFC 2046 section 5.2.2): one piece of a message that was cut. Its content is not looked into.
struct Partial {
  std::string id;
  std::uint32_t number = 0;  ///< from 1
  std::uint32_t total = 0;   ///< 0 where it is not said, which only the last piece must
};
/// nullopt unless it is a message/partial with an id and a number.
[[nodiscard]] std::optional<Partial> partial_of(const Message& message, PartId part);

/// message/external-body (RFC 2046 section 5.2.3, RFC 2017): a body that is kept elsewhere. Values are unquoted and
/// empty where they are missing; nothing is fetched.
struct ExternalBody {
  std::string access_type;  ///< lower case, "ftp", "anon-ftp", "tftp", "local-file", "mail-server", "url"
  std::string url;          ///< without white space (RFC 2017 section 3)
  std::string name;
  std::string site;
  std::string directory;
  std::string mode;
  std::string server;
  std::string subject;
  std::string permission;
  std::string expiration;             ///< a date for mail::parse_date()
  std::optional<std::uint64_t> size;  ///< octets
  View header;                        ///< what the body is: its Content-Type and other fields. @lifetime as the message
};
/// nullopt unless it is a message/external-body with an access-type.
[[nodiscard]] std::optional<ExternalBody> external_body_of(const Message& message, PartId part);

}  // namespace posthorn::mime
