#include "posthorn/protocol/smtp/spec.h"

#include <array>

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

}  // namespace posthorn::smtp
