#include "protocol/sieve/extensions/mime.h"

#include <array>
#include <optional>
#include <string>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/header.h"

#include "protocol/sieve/match.h"

namespace posthorn::sieve::extensions {

namespace {

void of_part(Call& /*call*/, const TagRow& /*tag*/, Selection& selection) { selection.of_part = true; }
void of_children(Call& /*call*/, const TagRow& /*tag*/, Selection& selection) { selection.of_children = true; }

/// What of a field is asked for (RFC 5703 section 4.1).
enum class Wanted : std::uint8_t { type, subtype, whole };

// Of a disposition there is a type alone; other fields give nothing to look at. What cannot be read does not count.
std::optional<std::string> value_of(View name, View raw, Wanted wanted) {
  if (same_word(name, "Content-Type")) {
    const auto parsed = mime::parse_content_type(raw);
    if (!parsed) return std::nullopt;
    return wanted == Wanted::type      ? parsed->type
           : wanted == Wanted::subtype ? parsed->subtype
                                       : parsed->type + "/" + parsed->subtype;
  }
  if (!same_word(name, "Content-Disposition")) return "";
  const auto parsed = mime::parse_disposition(raw);
  if (!parsed) return std::nullopt;
  return wanted == Wanted::subtype ? std::string() : parsed->kind;
}

template <Wanted Part>
bool give(Match& match, const TagRow& /*tag*/, View name, View raw) {
  const auto value = value_of(name, raw, Part);
  return value && match.value(match.run().keep(*value));
}

bool give_parameters(Match& match, const TagRow& tag, View name, View raw) {
  std::vector<mime::Parameter> parameters;
  if (same_word(name, "Content-Type")) {
    if (auto parsed = mime::parse_content_type(raw)) parameters = std::move(parsed->parameters);
  } else if (auto parsed = mime::parse_disposition(raw)) {
    parameters = std::move(parsed->parameters);
  }
  for (const std::string& wanted : match.call().texts(tag)) {
    const auto value = mime::decoded_parameter(parameters, wanted);
    if (value && match.value(match.run().keep(*value))) return true;
  }
  return false;
}

constexpr TagRow kMime{.name = "mime", .on = takes::part, .select = of_part};
constexpr TagRow kAnychild{.name = "anychild", .on = takes::part, .select = of_children, .beside = &kMime};
constexpr TagRow kType{.name = "type",
                       .on = takes::from_header,
                       .group = Group::mime_part,
                       .values = give<Wanted::type>,
                       .beside = &kMime};
constexpr TagRow kSubtype{.name = "subtype",
                          .on = takes::from_header,
                          .group = Group::mime_part,
                          .values = give<Wanted::subtype>,
                          .beside = &kMime};
constexpr TagRow kContenttype{.name = "contenttype",
                              .on = takes::from_header,
                              .group = Group::mime_part,
                              .values = give<Wanted::whole>,
                              .beside = &kMime};
constexpr TagRow kParam{.name = "param",
                        .on = takes::from_header,
                        .value = Value::strings,
                        .group = Group::mime_part,
                        .values = give_parameters,
                        .beside = &kMime};
constexpr std::array kTags{&kMime, &kAnychild, &kType, &kSubtype, &kContenttype, &kParam};

}  // namespace

constexpr Extension mime_extension{.name = "mime", .source = "RFC 5703 section 4", .tags = kTags};

}  // namespace posthorn::sieve::extensions
