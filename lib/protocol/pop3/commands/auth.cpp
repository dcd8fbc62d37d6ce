#include "protocol/pop3/commands/auth.h"

#include <algorithm>

#include "posthorn/bytes/codec/base64.h"

namespace posthorn::pop3::commands::auth_ {

Result<Args> parse(Cursor& c) {
  static constexpr CharSet kMechanism = chars::kAlnum + CharSet("-_");
  Args args;
  View name;
  View text;
  c.sp() && c.run(kMechanism, name);
  for (const char octet : name) args.mechanism.push_back(to_upper(octet));
  if (!c.try_sp() || !c.run(chars::kVisible, text)) return c.finish(std::move(args));
  args.initial = text == "=" ? std::string() : codec::base64_decode(text);
  if (!args.initial) c.fail(Code::syntax);
  return c.finish(std::move(args));
}

Deed run(Args args, const Facts& facts) {
  for (View names = facts.options.mechanisms; !names.empty();) {
    const std::size_t end = std::min(names.find(' '), names.size());
    if (names.substr(0, end) == args.mechanism) return AskAuth{std::move(args.mechanism), std::move(args.initial)};
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return peer_error(facts.may_log_in() ? Code::unsupported : Code::encryption_needed);
}

std::string capability(const Facts& facts) {
  return facts.options.mechanisms.empty() ? std::string() : "SASL " + facts.options.mechanisms;
}

}  // namespace posthorn::pop3::commands::auth_
