#include "protocol/smtp/parameters.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "posthorn/grammar/mail/timestamp.h"

#include "grammar/made_of.h"

namespace posthorn::smtp {

namespace {

constexpr CharSet kKeyword = chars::kAlnum + CharSet("-");
// esmtp-value; with SMTPUTF8 beyond ASCII too (RFC 6531 section 3.3), which the values themselves judge.
constexpr CharSet kValue = chars::kVisible + chars::kEightBit - CharSet("=");
constexpr View kBinary = "BINARYMIME";

bool take_size(std::optional<View> value, const Facts&, MailParams& params) {
  if (!value || value->size() > 20) return false;
  Cursor c(*value);
  std::uint64_t octets = 0;
  if (!c.number(octets) || !c.end()) return false;
  params.size = octets;
  return true;
}

struct BodyRow {
  View word;
  MailParams::Body body;
};
constexpr std::array kBodies = {
    BodyRow{"7BIT", MailParams::Body::seven_bit},
    BodyRow{"8BITMIME", MailParams::Body::eight_bit},
    BodyRow{kBinary, MailParams::Body::binary},
};

bool take_body(std::optional<View> value, const Facts& facts, MailParams& params) {
  const auto row =
      std::find_if(kBodies.begin(), kBodies.end(), [&](const auto& b) { return value && same_word(b.word, *value); });
  if (row == kBodies.end() || (row->body == MailParams::Body::binary && !is_offered(kBinary, facts))) return false;
  params.body = row->body;
  return true;
}

bool take_utf8(std::optional<View> value, const Facts&, MailParams& params) {
  params.utf8 = true;
  return !value;
}

// Who wrote the message is no business of a server that trusts no peer to say so (RFC 4954 section 5): checked,
// dropped.
bool take_auth(std::optional<View> value, const Facts&, MailParams&) {
  return value && !value->empty() && mail::xtext_decode(*value);
}

bool take_ret(std::optional<View> value, const Facts&, MailParams& params) {
  if (!value) return false;
  const bool full = same_word(*value, "FULL");
  params.ret = full ? Return::full : Return::headers;
  return full || same_word(*value, "HDRS");
}

bool take_envelope_id(std::optional<View> value, const Facts&, MailParams& params) {
  auto id = value ? parse_envelope_id(*value) : std::nullopt;
  if (!id) return false;
  params.envelope_id = std::move(*id);
  return true;
}

bool take_require_tls(std::optional<View> value, const Facts&, MailParams& params) {
  params.require_tls = true;
  return !value;
}

bool take_priority(std::optional<View> value, const Facts&, MailParams& params) {
  if (value) params.priority = parse_priority(*value);
  return params.priority.has_value();
}

bool take_deliver_by(std::optional<View> value, const Facts&, MailParams& params) {
  if (value) params.deliver_by = parse_deliver_by(*value);
  return params.deliver_by.has_value();
}

/// Keeps a hold within the limit; HOLDFOR and HOLDUNTIL exclude each other (RFC 4865 section 4).
bool keep_hold(const Hold& hold, const Facts& facts, MailParams& params) {
  if (params.hold || hold.interval > facts.options.limits.hold) return false;
  params.hold = hold;
  return true;
}

bool take_hold_for(std::optional<View> value, const Facts& facts, MailParams& params) {
  if (!value || value->size() > 9 || value->starts_with('0')) return false;
  Cursor c(*value);
  std::uint32_t seconds = 0;
  return c.number(seconds) && c.end() && keep_hold({std::chrono::seconds(seconds), std::nullopt}, facts, params);
}

bool take_hold_until(std::optional<View> value, const Facts& facts, MailParams& params) {
  const auto until = value ? mail::parse_timestamp(*value) : std::nullopt;
  // A time that is over holds nothing.
  return until && keep_hold({std::max(*until - facts.wall, std::chrono::seconds(0)), until}, facts, params);
}

bool take_notify(std::optional<View> value, const Facts&, RcptParams& params) {
  const auto notify = value ? parse_notify(*value) : std::nullopt;
  if (notify) params.notify = *notify;
  return notify.has_value();
}

bool take_original(std::optional<View> value, const Facts& facts, RcptParams& params) {
  if (!value || (!facts.state.announced.utf8 && !is_made_of(*value, chars::kVisible))) return false;
  auto original = mail::parse_orcpt(*value);
  if (!original) return false;
  params.original = std::move(*original);
  return true;
}

using MailRow = ParameterSpec<MailParams>;
constexpr std::array kMailParameters = {
    MailRow{"AUTH", "", "RFC 4954 section 5", "AUTH=<>", take_auth},
    MailRow{"BODY", "8BITMIME", "RFC 6152 section 2", "BODY=8BITMIME", take_body},
    MailRow{"BY", "DELIVERBY", "RFC 2852 section 4", "BY=120;R", take_deliver_by},
    MailRow{"ENVID", "DSN", "RFC 3461 section 4.4", "ENVID=QQ314159", take_envelope_id},
    MailRow{"HOLDFOR", "FUTURERELEASE", "RFC 4865 section 4", "HOLDFOR=86400", take_hold_for},
    MailRow{"HOLDUNTIL", "FUTURERELEASE", "RFC 4865 section 4", "HOLDUNTIL=1970-01-01T00:00:00Z", take_hold_until},
    MailRow{"MT-PRIORITY", "MT-PRIORITY", "RFC 6710 section 3", "MT-PRIORITY=6", take_priority},
    MailRow{"REQUIRETLS", "REQUIRETLS", "RFC 8689 section 3", "REQUIRETLS", take_require_tls},
    MailRow{"RET", "DSN", "RFC 3461 section 4.3", "RET=HDRS", take_ret},
    MailRow{"SIZE", "SIZE", "RFC 1870 section 6", "SIZE=1000", take_size},
    MailRow{"SMTPUTF8", "SMTPUTF8", "RFC 6531 section 3.4", "SMTPUTF8", take_utf8},
};

using RcptRow = ParameterSpec<RcptParams>;
constexpr std::array kRcptParameters = {
    RcptRow{"NOTIFY", "DSN", "RFC 3461 section 4.1", "NOTIFY=SUCCESS,DELAY", take_notify},
    RcptRow{"ORCPT", "DSN", "RFC 3461 section 4.2", "ORCPT=rfc822;Bob@Example.COM", take_original},
};

template <class Params>
std::optional<Reply> take_known(Cursor& c, std::span<const ParameterSpec<Params>> known, const Facts& facts,
                                Params& params) {
  std::uint32_t seen = 0;  // one bit a row
  while (!c.at_end()) {
    View keyword;
    std::optional<View> value;
    if (!c.sp() || !c.run(kKeyword, keyword)) return say(Said::syntax);
    if (c.try_octet('=')) {
      View text;
      if (!c.run(kValue, text)) return say(Said::bad_argument);
      value = text;
    }
    const auto row =
        std::find_if(known.begin(), known.end(), [&](const auto& p) { return same_word(p.name, keyword); });
    // Without EHLO there are no extensions, so no parameters (RFC 5321 section 4.1.4).
    const bool offered = row != known.end() && (row->extension.empty() || is_offered(row->extension, facts));
    if (!offered || !facts.extended) return say(Said::unknown_parameter);
    const std::uint32_t bit = 1U << static_cast<unsigned>(row - known.begin());
    if ((seen & bit) != 0 || !row->take(value, facts, params)) return say(Said::bad_argument);
    seen |= bit;
  }
  return std::nullopt;
}

}  // namespace

std::span<const ParameterSpec<MailParams>> mail_parameters() { return kMailParameters; }
std::span<const ParameterSpec<RcptParams>> rcpt_parameters() { return kRcptParameters; }

std::optional<Reply> take_parameters(Cursor& c, const Facts& facts, MailParams& params) {
  return take_known(c, mail_parameters(), facts, params);
}

std::optional<Reply> take_parameters(Cursor& c, const Facts& facts, RcptParams& params) {
  return take_known(c, rcpt_parameters(), facts, params);
}

bool needs_utf8(const mail::Mailbox& mailbox) {
  const auto eight_bit = [](char c) { return chars::kEightBit[c]; };
  return std::any_of(mailbox.local_part.begin(), mailbox.local_part.end(), eight_bit) ||
         std::any_of(mailbox.domain.begin(), mailbox.domain.end(), eight_bit);
}

}  // namespace posthorn::smtp
