#include "protocol/sieve/extensions/extracttext.h"

#include <array>
#include <string>
#include <utility>

#include "posthorn/bytes/codec/utf8.h"

#include "protocol/sieve/check.h"
#include "protocol/sieve/modifiers.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

constexpr TagRow kFirst{.name = "first", .value = Value::number};
constexpr std::array kTags{&kFirst};

/// The first characters of a text.
View first(View text, std::uint64_t characters) {
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
    if (begins && characters-- == 0) break;
  }
  return text.substr(0, end);
}

// RFC 5703 section 7: outside of a loop, and where there is no text to read, it is empty.
Flow extract(Call& call) {
  Mail& mail = call.run().mail();
  std::string text;
  if (mail.in_part()) {
    const std::string& content = mail.content(mail.part());
    if (!call.run().spend(content.size() / 64)) return Flow::stop;
    View taken = codec::is_utf8(content) ? View(content) : View();
    if (const auto characters = call.number(kFirst)) taken = first(taken, *characters);
    text = call.run().cut(own(taken));
  }
  set_variable(call, call.text(0), modified(call, text));
  return Flow::next;
}

void check(Check& check) {
  if (!check.program().has_variables) return check.error("'extracttext' needs: require \"variables\";");
  if (check.must_be_constant(0)) check_variable(check, check.constants(0).front());
}

constexpr std::array kName{Parameter{Value::string}};
constexpr Row kExtracttext{.name = "extracttext",
                           .source = "RFC 5703 section 7",
                           .example = "extracttext :first 100 \"msgcontent\";",
                           .parameters = kName,
                           .tags = kTags,
                           .takes = takes::modifier,
                           .check = check,
                           .run = extract};
constexpr std::array kCommands{&kExtracttext};

}  // namespace

constexpr Extension extracttext{.name = "extracttext", .source = "RFC 5703 section 7", .commands = kCommands};

}  // namespace posthorn::sieve::extensions
