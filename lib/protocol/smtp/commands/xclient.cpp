#include "protocol/smtp/commands/xclient.h"

#include <algorithm>
#include <array>
#include <utility>

#include "grammar/made_of.h"

namespace posthorn::smtp::commands::xclient {

namespace {

constexpr CharSet kAttribute = chars::kAlpha;
constexpr CharSet kXtext = chars::kVisible - CharSet("=");
constexpr std::size_t kMaxValue = 255;
constexpr View kIpv6 = "IPv6:";

bool is_unknown(View value) { return same_word(value, "[UNAVAILABLE]") || same_word(value, "[TEMPUNAVAIL]"); }

template <std::optional<std::string> ProxiedClient::* member>
bool take_text(View value, ProxiedClient& client) {
  client.*member = own(value);
  return true;
}

template <std::optional<IpAddress> ProxiedClient::* member>
bool take_address(View value, ProxiedClient& client) {
  const bool v6 = same_word(value.substr(0, kIpv6.size()), kIpv6);
  client.*member = IpAddress::parse(value.substr(v6 ? kIpv6.size() : 0));
  return (client.*member).has_value();
}

template <std::optional<std::uint16_t> ProxiedClient::* member>
bool take_port(View value, ProxiedClient& client) {
  Cursor c(value);
  std::uint16_t port = 0;
  client.*member = c.number(port) && c.end() ? std::optional(port) : std::nullopt;
  return (client.*member).has_value();
}

bool take_protocol(View value, ProxiedClient& client) {
  client.protocol = own(value);
  return value == "SMTP" || value == "ESMTP";
}

constexpr std::array kAttributes = {
    Attribute{"NAME", take_text<&ProxiedClient::name>},
    Attribute{"ADDR", take_address<&ProxiedClient::address>},
    Attribute{"PORT", take_port<&ProxiedClient::port>},
    Attribute{"PROTO", take_protocol},
    Attribute{"HELO", take_text<&ProxiedClient::hello>},
    Attribute{"LOGIN", take_text<&ProxiedClient::login>},
    Attribute{"DESTADDR", take_address<&ProxiedClient::to_address>},
    Attribute{"DESTPORT", take_port<&ProxiedClient::to_port>},
};

bool take_one(Cursor& c, ProxiedClient& client) {
  View name;
  View value;
  if (!c.sp() || !c.run(kAttribute, name) || !c.octet('=') || !c.run(kXtext, value)) return false;
  const auto row =
      std::find_if(kAttributes.begin(), kAttributes.end(), [&](const auto& a) { return same_word(a.name, name); });
  const auto text = posthorn::mail::xtext_decode(value);
  if (row == kAttributes.end() || !text || text->size() > kMaxValue || !is_made_of(*text, ~chars::kCtl)) return false;
  return is_unknown(*text) || row->take(*text, client);
}

}  // namespace

std::span<const Attribute> attributes() { return kAttributes; }

Answer run(Cursor& arguments, const Facts& facts) {
  if (!is_offered("XCLIENT", facts)) return say(Said::not_offered);
  if (arguments.at_end()) return say(Said::bad_argument);
  Xclient event;
  while (!arguments.at_end()) {
    if (!take_one(arguments, event.client)) return say(Said::bad_argument);
  }
  return Event(std::move(event));
}

}  // namespace posthorn::smtp::commands::xclient
