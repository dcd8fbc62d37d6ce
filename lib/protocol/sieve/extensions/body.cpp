#include "protocol/sieve/extensions/body.h"

#include <array>
#include <vector>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/html.h"
#include "posthorn/grammar/mime/message.h"

#include "protocol/sieve/check.h"
#include "protocol/sieve/match.h"

namespace posthorn::sieve::extensions {

namespace {

constexpr TagRow kRaw{.name = "raw", .group = Group::body};
constexpr TagRow kContent{.name = "content", .value = Value::strings, .group = Group::body};
constexpr TagRow kText{.name = "text", .group = Group::body};
constexpr std::array kTags{&kRaw, &kContent, &kText};

// RFC 5173 section 5.2: "" is all, "text" a type, "text/html" a type with its subtype.
bool is_wanted(const mime::Part& part, View wanted) {
  const std::size_t slash = wanted.find('/');
  if (wanted.empty()) return true;
  if (wanted.starts_with('/') || wanted.ends_with('/') || wanted.find('/', slash + 1) != View::npos) {
    if (slash != View::npos) return false;
  }
  return same_word(part.type, wanted.substr(0, slash)) &&
         (slash == View::npos || same_word(part.subtype, wanted.substr(slash + 1)));
}

/// What of a part is looked at: a multipart's preamble and epilogue, the header of an embedded message, else its
/// content.
// ":text" looks at what people see (RFC 5173 section 5.3).
View look_at(Call& call, const mime::Message& message, mime::PartId id) {
  Mail& mail = call.run().mail();
  const mime::Part& part = message.part(id);
  const auto children = message.children(id);
  if (same_word(part.type, "message") && same_word(part.subtype, "rfc822") && !children.empty())
    return message.header(children.front());
  if (same_word(part.type, "multipart") && !children.empty()) {
    const View body = message.body(id);
    const auto offset = [&](View inner) { return static_cast<std::size_t>(inner.data() - body.data()); };
    const View last = message.whole(children.back());
    std::string around(body.substr(0, offset(message.header(children.front()))));
    around += body.substr(std::min(body.size(), offset(last) + last.size()));
    return call.run().keep(std::move(around));
  }
  const bool shown = !call.has(kContent) && same_word(part.subtype, "html");
  return shown ? call.run().keep(mime::html_to_text(mail.content(id))) : View(mail.content(id));
}

bool match_contents(Call& call, Match& match, const std::vector<std::string>& wanted) {
  Mail& mail = call.run().mail();
  const mime::Message& message = mail.tree();
  for (std::uint32_t i = 0; i < message.parts().size(); ++i) {
    const mime::PartId id(i);
    for (const std::string& each : wanted) {
      if (!call.run().spend_octets(kOctetsOfName + each.size())) return false;
      if (!is_wanted(message.part(id), each)) continue;
      if (match.value(look_at(call, message, id))) return true;
      break;
    }
  }
  return false;
}

bool test(Call& call) {
  Match match(call);
  Mail& mail = call.run().mail();
  if (call.has(kRaw)) {
    static_cast<void>(match.value(mail.octets().substr(mail.header().size())));
  } else {
    const std::vector<std::string> wanted =
        call.has(kContent) ? call.texts(kContent) : std::vector<std::string>{"text"};
    static_cast<void>(match_contents(call, match, wanted));
  }
  return match.finish();
}

constexpr std::array kParameters{Parameter{Value::strings}};
constexpr Row kBody{.name = "body",
                    .source = "RFC 5173 section 4",
                    .example = "body :raw :contains \"MAKE MONEY FAST\"",
                    .parameters = kParameters,
                    .tags = kTags,
                    .takes = takes::match,
                    .keys = 1,
                    .test = test};
constexpr std::array kTests{&kBody};

}  // namespace

constexpr Extension body{.name = "body", .source = "RFC 5173", .tests = kTests};

}  // namespace posthorn::sieve::extensions
