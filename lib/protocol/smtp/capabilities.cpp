#include "posthorn/protocol/smtp/capabilities.h"

#include <array>

#include "posthorn/grammar/cursor.h"

namespace posthorn::smtp {

namespace {

constexpr std::size_t kMaxMechanisms = 32;

std::optional<std::uint64_t> number_in(View text) {
  Cursor c(text);
  std::uint64_t value = 0;
  return c.number(value) && c.end() ? std::optional(value) : std::nullopt;
}

template <class Each>
void each_word(View text, Each each) {
  while (!text.empty()) {
    const View word = text.substr(0, text.find(' '));
    if (!word.empty()) each(word);
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
}

void take_size(Capabilities& c, View value) {
  c.announces_size = true;
  const auto octets = number_in(value);
  if (octets && *octets > 0) c.size = octets;  // 0: no limit is told (RFC 1870 section 4)
}

void take_limits(Capabilities& c, View value) {
  each_word(value, [&](View word) {
    Cursor text(word);
    if (text.try_word("RCPTMAX=")) c.rcpt_max = number_in(text.rest());
    if (text.try_word("MAILMAX=")) c.mail_max = number_in(text.rest());
    if (text.try_word("RCPTDOMAINMAX=")) c.rcpt_domain_max = number_in(text.rest());
  });
}

void take_mechanisms(Capabilities& c, View value) {
  each_word(value, [&](View word) {
    if (c.mechanisms.size() >= kMaxMechanisms) return;
    std::string name;
    for (char octet : word) name.push_back(to_upper(octet));
    c.mechanisms.push_back(std::move(name));
  });
}

struct Row {
  View keyword;
  void (*take)(Capabilities& c, View value);
};

constexpr std::array kRows = {
    Row{"PIPELINING", [](Capabilities& c, View) { c.pipelining = true; }},
    Row{"SIZE", take_size},
    Row{"8BITMIME", [](Capabilities& c, View) { c.eight_bit = true; }},
    Row{"SMTPUTF8", [](Capabilities& c, View) { c.utf8 = true; }},
    Row{"CHUNKING", [](Capabilities& c, View) { c.chunking = true; }},
    Row{"BINARYMIME", [](Capabilities& c, View) { c.binary = true; }},
    Row{"DSN", [](Capabilities& c, View) { c.dsn = true; }},
    Row{"REQUIRETLS", [](Capabilities& c, View) { c.require_tls = true; }},
    Row{"MT-PRIORITY", [](Capabilities& c, View) { c.priority = true; }},
    Row{"DELIVERBY", [](Capabilities& c, View) { c.deliver_by = true; }},
    Row{"FUTURERELEASE",
        [](Capabilities& c, View value) { c.future_release = number_in(value.substr(0, value.find(' '))); }},
    Row{"STARTTLS", [](Capabilities& c, View) { c.starttls = true; }},
    Row{"LIMITS", take_limits},
    Row{"AUTH", take_mechanisms},
};

}  // namespace

Capabilities read_capabilities(std::span<const std::string> lines) {
  Capabilities found;
  for (const View line : lines) {
    const View keyword = line.substr(0, line.find(' '));
    const View value = line.substr(std::min(line.size(), keyword.size() + 1));
    for (const Row& row : kRows) {
      if (same_word(row.keyword, keyword)) row.take(found, value);
    }
  }
  return found;
}

}  // namespace posthorn::smtp
