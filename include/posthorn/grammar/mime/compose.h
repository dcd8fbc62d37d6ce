// A whole message from what people write: text, HTML, pictures, files (RFC 5322, 2046, 2387).
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mime/builder.h"

namespace posthorn::mime {

/// A file that goes with a message.
struct File {
  std::string name;                               ///< UTF-8; may be empty
  std::string type = "application/octet-stream";  ///< text/* in UTF-8 says so; message/rfc822 goes as a message
  std::string octets;
  std::string content_id;  ///< of a picture that the HTML shows: "logo" for <img src="cid:logo">; without brackets
};

/// What a message consists of. All text is UTF-8.
struct Composition {
  WallTime date{};
  std::chrono::minutes zone{};        ///< of the sender, east of Greenwich
  std::vector<mail::Address> from;    ///< at least one; mail::address_list() reads "Ann <ann@example.org>, ..."
  std::vector<mail::Address> sender;  ///< one, where it is not the only one of `from`
  std::vector<mail::Address> reply_to;
  std::vector<mail::Address> to;
  std::vector<mail::Address> cc;  ///< blind copies go to the envelope and stand nowhere here
  std::string subject;
  std::string message_id;                ///< without brackets; empty: made here, with the domain of `from`
  std::vector<std::string> in_reply_to;  ///< ids without brackets
  std::vector<std::string> references;   ///< oldest first
  std::vector<std::pair<std::string, std::string>>
      more;          ///< other fields: name, and text or what the grammar of the field says
  std::string text;  ///< may be empty where there is HTML
  std::string html;
  std::vector<File> pictures;  ///< that the HTML shows
  std::vector<File> files;     ///< attachments
};

/// The values of the message, for build() or for changes before it: multipart/mixed of the texts and the files, where
/// the texts are a multipart/alternative, and HTML with pictures a multipart/related; what is not there makes no
/// multipart. A message with neither text nor HTML has an empty text.
///
/// @param random  makes the Message-ID
/// @errors as HeaderWriter and build(); misuse: nobody in `from`, several and no `sender`, pictures without HTML,
///         a field in `more` that is a member or Bcc
[[nodiscard]] Result<Entity> arrange(const Composition& composition, Random& random,
                                     HeaderForm form = HeaderForm::ascii);

/// The message itself, with CRLF.
[[nodiscard]] Result<std::string> compose(const Composition& composition, Random& random,
                                          const BuildOptions& options = {});

/// A new id without brackets: 120 random bits, "@" and the domain.
[[nodiscard]] std::string new_message_id(Random& random, View domain);

}  // namespace posthorn::mime
