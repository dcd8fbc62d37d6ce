#include "posthorn/grammar/mime/multipart.h"

#include <algorithm>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/grammar/mime/attachment.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/grammar/mime/parameter.h"

#include "grammar/cfws.h"

namespace posthorn::mime {

namespace {
std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), to_lower);
  return text;
}

/// The parameters of a Content-Type, read by name.
class Parameters {
 public:
  Parameters(const Message& message, PartId part) {
    const auto raw = find_field(message.header(part), "Content-Type");
    const auto type = raw ? split_content_type(*raw) : std::nullopt;
    if (type) text_ = type->parameters;
  }
  [[nodiscard]] std::string value(View name) const {
    const auto found = find_parameter(text_, name);
    return found ? own(trimmed(unquoted(*found))) : std::string();
  }
  template <class N>
  [[nodiscard]] std::optional<N> number(View name) const {
    const std::string digits = value(name);
    Cursor c(digits);
    N out = 0;
    if (!c.number(out) || !c.at_end()) return std::nullopt;
    return out;
  }

 private:
  View text_;
};

bool is_a(const Part& part, View type, View subtype) { return part.type == type && part.subtype == subtype; }

bool is_shown(const Part& part, std::span<const View> shown) {
  return std::ranges::any_of(shown, [&](View type) {
    return type.size() == part.type.size() + 1 + part.subtype.size() && type.starts_with(part.type) &&
           type[part.type.size()] == '/' && type.ends_with(part.subtype);
  });
}
}  // namespace

PartId main_part(const Message& message, PartId part) {
  while (message.part(part).is_multipart()) {
    const auto children = message.children(part);
    if (children.empty()) break;
    part = message.part(part).subtype == "related" ? *related_root(message, part) : children.front();
  }
  return part;
}

std::optional<PartId> best_alternative(const Message& message, PartId multipart, std::span<const View> shown) {
  const auto children = message.children(multipart);
  for (std::size_t i = children.size(); i-- > 0;) {
    if (is_shown(message.part(main_part(message, children[i])), shown)) return children[i];
  }
  return children.empty() ? std::nullopt : std::optional(children.front());
}

std::optional<PartId> related_root(const Message& message, PartId multipart) {
  const auto children = message.children(multipart);
  if (children.empty()) return std::nullopt;
  std::string start = Parameters(message, multipart).value("start");
  if (start.starts_with('<') && start.ends_with('>')) start = start.substr(1, start.size() - 2);
  if (!start.empty()) {
    for (const PartId child : children) {
      if (content_id(message, child) == start) return child;
    }
  }
  return children.front();
}

std::optional<Security> security_of(const Message& message, PartId multipart) {
  const Part& part = message.part(multipart);
  const bool is_signed = is_a(part, "multipart", "signed");
  const auto children = message.children(multipart);
  if ((!is_signed && !is_a(part, "multipart", "encrypted")) || children.size() < 2) return std::nullopt;
  const Parameters parameters(message, multipart);
  // RFC 1847: signed is content, then signature (section 2.1); encrypted is control, then content (section 2.2).
  return Security{.protocol = lower(parameters.value("protocol")),
                  .micalg = lower(parameters.value("micalg")),
                  .content = children[is_signed ? 0 : 1],
                  .control = children[is_signed ? 1 : 0]};
}

std::optional<Report> report_of(const Message& message, PartId multipart) {
  const auto children = message.children(multipart);
  if (!is_a(message.part(multipart), "multipart", "report") || children.empty()) return std::nullopt;
  Report out{.type = lower(Parameters(message, multipart).value("report-type")),
             .text = children[0],
             .fields = std::nullopt,
             .returned = std::nullopt};
  if (children.size() > 1) out.fields = children[1];
  if (children.size() > 2) out.returned = children[2];
  return out;
}

std::optional<Partial> partial_of(const Message& message, PartId part) {
  if (!is_a(message.part(part), "message", "partial")) return std::nullopt;
  const Parameters parameters(message, part);
  const auto number = parameters.number<std::uint32_t>("number");
  Partial out{.id = parameters.value("id"),
              .number = number.value_or(0),
              .total = parameters.number<std::uint32_t>("total").value_or(0)};
  if (out.id.empty() || out.number == 0) return std::nullopt;
  return out;
}

std::optional<ExternalBody> external_body_of(const Message& message, PartId part) {
  if (!is_a(message.part(part), "message", "external-body")) return std::nullopt;
  const Parameters parameters(message, part);
  ExternalBody out;
  out.access_type = lower(parameters.value("access-type"));
  if (out.access_type.empty()) return std::nullopt;
  out.url = parameters.value("url");
  std::erase_if(out.url, [](char c) { return kFoldingWhite[c]; });
  out.name = parameters.value("name");
  out.site = parameters.value("site");
  out.directory = parameters.value("directory");
  out.mode = lower(parameters.value("mode"));
  out.server = parameters.value("server");
  out.subject = parameters.value("subject");
  out.permission = lower(parameters.value("permission"));
  out.expiration = parameters.value("expiration");
  out.size = parameters.number<std::uint64_t>("size");
  out.header = message.body(part);
  return out;
}

}  // namespace posthorn::mime
