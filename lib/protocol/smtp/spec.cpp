#include "posthorn/protocol/smtp/spec.h"

#include <algorithm>
#include <array>

#include "posthorn/grammar/mail/timestamp.h"

#include "protocol/smtp/commands/all.h"

namespace posthorn::smtp {

namespace {

bool always(const Facts&) { return true; }

void write_number(std::string& out, View before, std::uint64_t number) {
  out += before;
  out += std::to_string(number);
}

constexpr std::array kExtensions = {
    ExtensionSpec{"PIPELINING", "RFC 2920", Family::both, always, nullptr},
    ExtensionSpec{"SIZE", "RFC 1870", Family::both, always,
                  [](const Facts& f, std::string& out) { write_number(out, " ", f.options.limits.message); }},
    ExtensionSpec{"8BITMIME", "RFC 6152", Family::both, always, nullptr},
    ExtensionSpec{"SMTPUTF8", "RFC 6531", Family::both, always, nullptr},
    ExtensionSpec{"ENHANCEDSTATUSCODES", "RFC 2034", Family::both, always, nullptr},
    ExtensionSpec{"CHUNKING", "RFC 3030", Family::both, always, nullptr},
    ExtensionSpec{"LIMITS", "RFC 9422", Family::both, always,
                  [](const Facts& f, std::string& out) {
                    write_number(out, " MAILMAX=", f.options.limits.transactions);
                    write_number(out, " RCPTMAX=", f.options.limits.recipients);
                    const std::uint32_t domains = f.options.limits.recipient_domains;
                    if (domains > 0) write_number(out, " RCPTDOMAINMAX=", domains);
                  }},
    ExtensionSpec{"DSN", "RFC 3461", Family::both, [](const Facts& f) { return f.options.offers.dsn; }, nullptr},
    ExtensionSpec{"BINARYMIME", "RFC 3030", Family::both, [](const Facts& f) { return f.options.offers.binary; },
                  nullptr},
    ExtensionSpec{"REQUIRETLS", "RFC 8689", Family::both,
                  [](const Facts& f) { return f.options.offers.require_tls && f.state.tls; }, nullptr},
    ExtensionSpec{"MT-PRIORITY", "RFC 6710", Family::both, [](const Facts& f) { return f.options.offers.priority; },
                  nullptr},
    ExtensionSpec{"DELIVERBY", "RFC 2852", Family::both, [](const Facts& f) { return f.options.offers.deliver_by; },
                  nullptr},
    ExtensionSpec{"FUTURERELEASE", "RFC 4865", Family::smtp,
                  [](const Facts& f) { return f.options.offers.future_release && f.options.require_login; },
                  [](const Facts& f, std::string& out) {
                    const auto hold = f.options.limits.hold;
                    write_number(out, " ", static_cast<std::uint64_t>(hold.count()));
                    out.append(" ").append(mail::format_timestamp(f.wall + hold));
                  }},
    ExtensionSpec{"ETRN", "RFC 1985", Family::smtp, [](const Facts& f) { return f.options.offers.etrn; }, nullptr},
    ExtensionSpec{"XCLIENT", "Postfix XCLIENT_README", Family::both,
                  [](const Facts& f) { return f.options.offers.xclient; },
                  [](const Facts&, std::string& out) {
                    for (const commands::xclient::Attribute& row : commands::xclient::attributes())
                      out.append(" ").append(row.name);
                  }},
    ExtensionSpec{"STARTTLS", "RFC 3207", Family::both,
                  [](const Facts& f) { return f.options.starttls && !f.state.tls && !f.state.login; }, nullptr},
    ExtensionSpec{"AUTH", "RFC 4954", Family::both, [](const Facts& f) { return f.login_possible; },
                  [](const Facts& f, std::string& out) { out.append(" ").append(f.options.mechanisms); }},
};

}  // namespace

std::span<const CommandSpec> command_rows() { return kCommands; }

const CommandSpec* find_command(View name, bool lmtp) {
  const Family other = lmtp ? Family::smtp : Family::lmtp;
  for (const CommandSpec& row : kCommands) {
    if (row.family != other && same_word(row.name, name)) return &row;
  }
  return nullptr;
}

std::span<const ExtensionSpec> extension_rows() { return kExtensions; }

bool is_offered(View keyword, const Facts& facts) {
  const Family other = facts.options.lmtp ? Family::smtp : Family::lmtp;
  const auto row =
      std::find_if(kExtensions.begin(), kExtensions.end(), [&](const auto& e) { return e.keyword == keyword; });
  return row != kExtensions.end() && row->family != other && row->offered(facts);
}

}  // namespace posthorn::smtp
