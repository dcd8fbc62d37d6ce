#include "protocol/smtp/parameters.h"

#include <algorithm>
#include <array>

namespace posthorn::smtp {

namespace {

constexpr CharSet kKeyword = chars::kAlnum + CharSet("-");
constexpr CharSet kValue = chars::kVisible - CharSet("=");
constexpr CharSet kXchar = kValue - CharSet("+");

bool take_size(std::optional<View> value, const Facts&, MailParams& params) {
  if (!value || value->size() > 20 || params.size) return false;
  Cursor c(*value);
  std::uint64_t octets = 0;
  if (!c.number(octets) || !c.end()) return false;
  params.size = octets;
  return true;
}

bool take_body(std::optional<View> value, const Facts&, MailParams& params) {
  if (!value) return false;
  params.body = same_word(*value, "8BITMIME") ? MailParams::Body::eight_bit : MailParams::Body::seven_bit;
  return params.body == MailParams::Body::eight_bit || same_word(*value, "7BIT");
}

bool take_utf8(std::optional<View> value, const Facts&, MailParams& params) {
  params.utf8 = true;
  return !value;
}

// Who wrote the message is no business of a server that trusts no peer to say so (RFC 4954 section 5): checked, dropped.
bool take_auth(std::optional<View> value, const Facts&, MailParams&) {
  if (!value) return false;
  for (std::size_t i = 0; i < value->size(); ++i) {
    if (kXchar[(*value)[i]]) continue;
    if ((*value)[i] != '+' || i + 2 >= value->size() || !chars::kHex[(*value)[i + 1]] || !chars::kHex[(*value)[i + 2]]) {
      return false;
    }
    i += 2;
  }
  return !value->empty();
}

constexpr std::array kMailParameters = {
    ParameterSpec{"AUTH", "RFC 4954 section 5", "AUTH=<>", take_auth},
    ParameterSpec{"BODY", "RFC 6152 section 2", "BODY=8BITMIME", take_body},
    ParameterSpec{"SIZE", "RFC 1870 section 6", "SIZE=1000", take_size},
    ParameterSpec{"SMTPUTF8", "RFC 6531 section 3.4", "SMTPUTF8", take_utf8},
};

}  // namespace

std::span<const ParameterSpec> mail_parameters() { return kMailParameters; }

std::optional<Reply> take_parameters(Cursor& c, std::span<const ParameterSpec> known, const Facts& facts,
                                     MailParams& params) {
  while (!c.at_end()) {
    View keyword;
    std::optional<View> value;
    if (!c.sp() || !c.run(kKeyword, keyword)) return say(Said::syntax);
    if (c.try_octet('=')) {
      View text;
      if (!c.run(kValue, text)) return say(Said::bad_argument);
      value = text;
    }
    const auto row = std::find_if(known.begin(), known.end(), [&](const auto& p) { return same_word(p.name, keyword); });
    // Without EHLO there are no extensions, so no parameters (RFC 5321 section 4.1.4).
    if (row == known.end() || !facts.extended) return say(Said::unknown_parameter);
    if (!row->take(value, facts, params)) return say(Said::bad_argument);
  }
  return std::nullopt;
}

bool needs_utf8(const mail::Mailbox& mailbox) {
  const auto eight_bit = [](char c) { return chars::kEightBit[c]; };
  return std::any_of(mailbox.local_part.begin(), mailbox.local_part.end(), eight_bit) ||
         std::any_of(mailbox.domain.begin(), mailbox.domain.end(), eight_bit);
}

}  // namespace posthorn::smtp
