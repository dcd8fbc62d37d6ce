// Messages written from values: encodings, charsets, boundaries and folding are chosen here (RFC 5322, 2045, 2046).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/header_writer.h"
#include "posthorn/grammar/mime/message.h"

namespace posthorn::mime {

/// What a body consists of, from what goes everywhere to what needs BINARYMIME (RFC 2045 section 2).
enum class Octets : std::uint8_t { seven_bit, eight_bit, binary };

struct Entity;

/// text/subtype in UTF-8; LF and CRLF end lines. The charset parameter is us-ascii or utf-8, the encoding 7bit where
/// the text allows it, else quoted-printable, or base64 where that is shorter by a third.
struct TextBody {
  std::string text;
  std::string subtype = "plain";
  std::vector<Parameter> parameters;  ///< without charset
};

/// Octets of any type: they come out as they went in. Base64, except for message/* (which allows none, RFC 2046 section
/// 5.2): there octets are lines, and go as they are.
struct DataBody {
  std::string octets;
  std::string type = "application/octet-stream";  ///< not multipart/*, message/rfc822 or message/global
  std::vector<Parameter> parameters;
};

/// A message inside: message/rfc822, or message/global where its header is not ASCII (RFC 6532). It goes as it is,
/// but lone LFs become CRLF.
struct MessageBody {
  std::string octets;
  std::vector<Parameter> parameters = {};
};

/// multipart/subtype; at least one part.
struct MultipartBody {
  std::vector<Entity> parts;
  std::string subtype = "mixed";
  std::vector<Parameter> parameters;  ///< without boundary
};

/// A part that is ready to send, its header and its body: what a signature is over, or a part of another message. Lone
/// LFs become CRLF; the Entity around it has nothing else.
struct VerbatimBody {
  std::string octets;
};

/// A message or a part of one.
struct Entity {
  /// Fields as HeaderWriter gives them; not Content-Type, Content-Transfer-Encoding or MIME-Version, which follow from
  /// the body.
  std::string header;
  std::variant<TextBody, DataBody, MessageBody, MultipartBody, VerbatimBody> body;
  std::string disposition;               ///< "attachment", "inline" or empty for no such field
  std::optional<std::string> file_name;  ///< UTF-8; alone it makes the disposition "attachment"
  std::string content_id;                ///< without its brackets; empty for no such field
};

struct BuildOptions {
  HeaderForm form = HeaderForm::ascii;  ///< of the fields that follow from bodies; those in `header` are there already
  bool eight_bit = false;               ///< texts may go as 8bit: the way is known to take it (RFC 6152)
};

/// Entities inside each other.
inline constexpr std::size_t kMaxEntityDepth = 100;

/// Writes a message with CRLF, its last line end included.
///
/// @param random  makes the boundaries
/// @errors all the caller's: misuse (a header that is not made of fields or has one that is written here too, a
///         multipart without parts, a type that has its own kind of body), syntax and too_long as HeaderWriter has
///         them, too_many (kMaxEntityDepth), conflict (a message or a ready part that has a delimiter of a multipart
///         around it)
[[nodiscard]] Result<std::string> build(const Entity& message, Random& random, const BuildOptions& options = {});

/// What a message consists of, so that its sender knows what to ask for: 8BITMIME, or BINARYMIME where there are NULs,
/// lone line ends or lines over 998 octets.
/// @param octets  with CRLF
[[nodiscard]] Octets consists_of(View octets);

/// The values that build() makes an equal message of: the same tree, texts, octets and header fields, written anew so
/// that every reader reads the same. What is signed or encrypted, and messages inside, are copied with nothing but lone
/// LFs made CRLF. Total, and build() takes what comes out unless a part that is copied has a delimiter: what breaks a
/// limit or a rule of writing (a parameter over 7,000 octets, more than 100 of them, a type that is none) is left out.
///
/// @param part  of `message`
/// @param form  of the fields; in the ASCII form an address beyond ASCII becomes text
[[nodiscard]] Entity entity_of(const Message& message, PartId part = PartId(0), HeaderForm form = HeaderForm::ascii);

}  // namespace posthorn::mime
