#include "service/filtering/host_environment.h"

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/fields.h"
#include "posthorn/grammar/mime/report.h"

#include "service/filtering/notice.h"

namespace posthorn::filtering {

namespace {

/// What this site wrote of the client (RFC 5183 section 4.1).
std::optional<std::string> client(const delivery::Arrival& arrival, bool address) {
  const View came = arrival.message.substr(arrival.front);
  const auto hops = mime::Fields(mime::header_of(came)).received();
  if (hops.empty()) return std::nullopt;
  const View told = address ? hops.front().from.address : hops.front().from.name;
  return told.empty() ? std::nullopt : std::optional(own(told));
}

}  // namespace

std::string memory_of(View duplicate_id) { return "duplicate " + own(duplicate_id); }

std::optional<std::string> HostEnvironment::item(View name) const {
  if (same_word(name, "name")) return "Posthorn";
  if (same_word(name, "location")) return "MDA";
  if (same_word(name, "phase")) return "during";
  if (same_word(name, "host")) return options_.host_name;
  if (same_word(name, "domain")) {
    const std::size_t dot = options_.host_name.find('.');
    return dot == std::string::npos ? options_.host_name : options_.host_name.substr(dot + 1);
  }
  if (same_word(name, "remote-host")) return client(home_.arrival(), false);
  if (same_word(name, "remote-ip")) return client(home_.arrival(), true);
  return std::nullopt;
}

Result<bool> HostEnvironment::mailbox_id_exists(View id) {
  return map(home_.mailbox_with_id(id), [](const auto& name) { return name.has_value(); });
}

Result<bool> HostEnvironment::special_use_exists(std::optional<View> mailbox, View use) {
  if (mailbox) return home_.has_use(*mailbox, use);
  return map(home_.mailbox_with_use(use), [](const auto& name) { return name.has_value(); });
}

bool HostEnvironment::can_notify(View method) { return parse_method(method).has_value(); }

void HostEnvironment::log(View text) {
  if (options_.log) options_.log(home_.arrival().account.address, text);
}

}  // namespace posthorn::filtering
