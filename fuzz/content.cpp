// What users see of a message: total, UTF-8 where text is promised, sizes and pieces that agree.
#include "posthorn/grammar/mime/content.h"

#include <cstddef>
#include <string>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/mime/attachment.h"
#include "posthorn/grammar/mime/bodies.h"
#include "posthorn/grammar/mime/flowed.h"
#include "posthorn/grammar/mime/multipart.h"
#include "posthorn/grammar/mime/preview.h"
#include "posthorn/grammar/mime/thread.h"

#include "check.h"
#include "fuzz.h"

namespace {
using namespace posthorn;

void check_part(const mime::Message& message, mime::PartId id) {
  const std::string body = mime::decode_body(message, id);
  fuzzing::check(mime::decoded_size(message, id) == body.size(), "the size is that of the decoded body");
  std::string pieces;
  mime::BodyReader reader(message, id, 7);
  for (View piece = reader.next(); !piece.empty(); piece = reader.next()) pieces += piece;
  fuzzing::check(pieces == body, "pieces make the whole");
  const std::string text = mime::decode_text(message, id);
  fuzzing::check(codec::is_utf8(text), "text is UTF-8");
  pieces.clear();
  mime::TextReader texts(message, id, 5);
  for (View piece = texts.next(); !piece.empty(); piece = texts.next()) pieces += piece;
  fuzzing::check(pieces == text, "pieces make the whole text");
  fuzzing::check(codec::is_utf8(mime::decode_head(message, id, 10)), "the beginning of a text is UTF-8");
  fuzzing::check(codec::is_utf8(mime::decode_plain(message, id)), "plain text is UTF-8");

  const mime::Attachment described = mime::describe(message, id);
  fuzzing::check(!described.name.empty() && described.name.size() <= mime::kMaxFileName, "a name has a length");
  fuzzing::check(codec::is_utf8(described.name), "a name is UTF-8");
  fuzzing::check(described.name.find_first_of(View("/\\\0\r\n", 5)) == std::string::npos, "a name is no path");
  fuzzing::check(described.size == body.size(), "an attachment has the size of its body");
  fuzzing::check(mime::clean_file_name(described.name) == described.name, "a clean name is clean");

  const mime::PartId main = mime::main_part(message, id);
  fuzzing::check(!message.part(main).is_multipart() || message.children(main).empty(), "the main part is a leaf");
  (void)mime::best_alternative(message, id, {});
  (void)mime::security_of(message, id);
  (void)mime::report_of(message, id);
  (void)mime::partial_of(message, id);
  (void)mime::external_body_of(message, id);
}

void check_bodies(const mime::Message& message) {
  const mime::Bodies bodies = mime::bodies_of(message);
  std::string seen(message.parts().size(), ' ');
  for (const auto* list : {&bodies.text, &bodies.html, &bodies.attachments}) {
    std::string once(message.parts().size(), ' ');
    for (const mime::PartId id : *list) {
      fuzzing::check(once[id.value()] == ' ', "no list has a part twice");
      once[id.value()] = seen[id.value()] = 'x';
    }
  }
  // All leaves of the message itself are in some list; messages inside are leaves.
  std::string outer(message.parts().size(), ' ');
  for (const mime::Part& part : message.parts()) {
    const auto id = part.id.value();
    const auto parent = part.parent.value();
    if (id == parent || (outer[parent] == 'x' && message.part(part.parent).is_multipart())) outer[id] = 'x';
    const bool leaf = !part.is_multipart() || message.children(part.id).empty();
    fuzzing::check((outer[id] == 'x' && leaf) == (seen[id] == 'x'), "every leaf is in a list");
  }
}
}  // namespace

void posthorn_fuzz(std::string_view input) {
  mime::Limits limits;
  limits.max_depth = 10;
  limits.max_parts = 50;
  const auto message = mime::Message::index(input, limits);
  for (const mime::Part& part : message.parts()) check_part(message, part.id);
  check_bodies(message);
  const mime::Locations locations(message);
  for (const mime::Attachment& a : mime::attachments(message)) {
    if (a.content_id.find('%') == std::string::npos && !a.content_id.empty()) {
      fuzzing::check(locations.find("cid:" + a.content_id).has_value(), "a Content-ID is found");
    }
  }
  const std::string preview = mime::preview(message);
  fuzzing::check(codec::is_utf8(preview) && preview.find('\n') == std::string::npos, "a preview is a line of UTF-8");
  std::size_t characters = 0;
  for (View rest = preview; !rest.empty(); ++characters) (void)codec::take_code_point(rest);
  fuzzing::check(characters <= mime::kPreviewCharacters, "a preview has a length");
  const auto links = mime::thread_links(message.header(mime::PartId(0)));
  for (const std::string& id : links.ancestors()) fuzzing::check(!id.empty(), "an id is something");
  const std::string& base = links.subject.text;
  fuzzing::check(codec::is_utf8(base) && !base.starts_with(' ') && !base.ends_with(' '),
                 "a base subject has no space around");
}
