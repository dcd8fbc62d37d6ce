#include "service/filtering/host_environment.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/address.h"

#include "service/filtering/flags.h"
#include "service/filtering/notice.h"

namespace posthorn::filtering {

namespace {

std::optional<std::string> if_known(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

/// Names of flags that an event changed, separated by spaces (RFC 6785 section 4.5).
std::string changed_flags(const delivery::ImapEvent& event) {
  const auto words = [](const imap::Flags& flags) {
    std::vector<std::string> all = words_of(flags);
    std::ranges::sort(all);
    return all;
  };
  std::vector<std::string> changed;
  std::ranges::set_symmetric_difference(words(event.flags_were), words(event.flags), std::back_inserter(changed));
  std::string text;
  for (const std::string& word : changed) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// RFC 6785 section 4: empty where mail is delivered.
std::optional<std::string> event_item(const delivery::ImapEvent* event, View name) {
  if (same_word(name, "imap.user") || same_word(name, "imap.email")) return event == nullptr ? "" : own(event->user);
  if (same_word(name, "imap.cause")) return event == nullptr ? "" : own(event->cause);
  if (same_word(name, "imap.mailbox")) return event == nullptr ? "" : own(event->mailbox);
  if (same_word(name, "imap.changedflags")) return event == nullptr ? "" : changed_flags(*event);
  return std::nullopt;
}

}  // namespace

std::string memory_of(View duplicate_id) { return "duplicate " + own(duplicate_id); }

std::optional<std::string> HostEnvironment::item(View name) const {
  if (same_word(name, "name")) return "Posthorn";
  const delivery::ImapEvent* event = home_.arrival().event;
  if (same_word(name, "location")) return event == nullptr ? "MDA" : "MS";
  if (same_word(name, "phase")) return event == nullptr ? "during" : "post";
  if (same_word(name, "host")) return options_.host_name;
  if (same_word(name, "domain")) {
    const std::size_t dot = options_.host_name.find('.');
    return dot == std::string::npos ? options_.host_name : options_.host_name.substr(dot + 1);
  }
  if (event == nullptr && same_word(name, "remote-host")) return if_known(home_.client().name);
  if (event == nullptr && same_word(name, "remote-ip")) return if_known(home_.client().address);
  return event_item(event, name);
}

Result<bool> HostEnvironment::mailbox_id_exists(View id) {
  return map(home_.mailbox_with_id(id), [](const auto& name) { return name.has_value(); });
}

Result<bool> HostEnvironment::special_use_exists(std::optional<View> mailbox, View use) {
  if (mailbox) return home_.has_use(*mailbox, use);
  return map(home_.mailbox_with_use(use), [](const auto& name) { return name.has_value(); });
}

/// RFC 6134 section 2.4: a name with a colon in front is short for one of Sieve's own.
bool HostEnvironment::list_exists(View list) {
  constexpr View kWritten[] = {":addrbook:default", "urn:ietf:params:sieve:addrbook:default"};
  return options_.has_written_to && std::ranges::any_of(kWritten, [&](View name) { return same_word(name, list); });
}

Result<bool> HostEnvironment::is_in_list(View list, View value) {
  const auto address = mail::parse_mailbox(value, true);
  if (!list_exists(list) || !address) return false;
  return options_.has_written_to(home_.arrival().account, address->text());
}

sieve::Score HostEnvironment::spam() {
  return home_.arrival().junk ? sieve::Score{.tested = true, .share = 1} : sieve::Score();
}

bool HostEnvironment::can_notify(View method) { return parse_method(method).has_value(); }

void HostEnvironment::log(View text) {
  if (options_.log) options_.log(home_.arrival().account.address, text);
}

}  // namespace posthorn::filtering
