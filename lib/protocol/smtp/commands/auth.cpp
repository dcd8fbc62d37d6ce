#include "protocol/smtp/commands/auth.h"

#include "posthorn/bytes/codec/base64.h"

namespace posthorn::smtp::commands::auth {

namespace {

/// The name as the list of offered mechanisms has it, or empty.
View find_offered(View list, View name) {
  while (!list.empty()) {
    const View word = list.substr(0, list.find(' '));
    if (same_word(word, name)) return word;
    list.remove_prefix(std::min(list.size(), word.size() + 1));
  }
  return {};
}

}  // namespace

Answer run(Cursor& arguments, const Facts& facts) {
  if (facts.state.login) return say(Said::already_logged_in);
  if (!facts.state.tls && !facts.options.clear_login) {
    return say(facts.options.starttls ? Said::encryption_first : Said::not_offered);
  }
  if (facts.options.mechanisms.empty()) return say(Said::not_offered);
  constexpr CharSet kName = chars::kAlnum + CharSet("-_");
  View name;
  if (!arguments.sp() || !arguments.run(kName, name) || name.size() > 20) return say(Said::bad_argument);
  Auth event;
  if (arguments.try_sp()) {
    const View text = arguments.rest();
    // "=" is the initial response without octets (RFC 4954 section 4).
    event.initial = text == "=" ? std::string() : codec::base64_decode(text);
    if (!event.initial || text.empty()) return say(Said::bad_base64);
  } else if (!arguments.end()) {
    return say(Said::bad_argument);
  }
  event.mechanism = find_offered(facts.options.mechanisms, name);
  if (event.mechanism.empty()) return say(Said::unknown_mechanism);
  return Event(std::move(event));
}

}  // namespace posthorn::smtp::commands::auth
