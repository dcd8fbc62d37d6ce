#include "protocol/managesieve/commands/authenticate.h"

#include <algorithm>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/protocol/managesieve/arguments.h"

#include "protocol/managesieve/replies.h"

namespace posthorn::managesieve::commands::authenticate_ {

Result<Args> parse(Cursor& c) {
  static constexpr CharSet kMechanism = chars::kAlnum + CharSet("-_");
  Args args;
  std::string octets;
  if (!c.sp() || !string(c, args.mechanism)) return c.finish(std::move(args));
  for (char& octet : args.mechanism) {
    if (!kMechanism[octet]) c.fail(Code::syntax, "no name of a mechanism");
    octet = to_upper(octet);
  }
  if (!c.try_sp() || !string(c, octets)) return c.finish(std::move(args));
  args.initial = codec::base64_decode(octets);
  if (!args.initial) c.fail(Code::syntax, "not base64");
  return c.finish(std::move(args));
}

Deed run(Args args, const Facts& facts) {
  for (View names = facts.options.mechanisms; !names.empty();) {
    const std::size_t end = std::min(names.find(' '), names.size());
    if (names.substr(0, end) == args.mechanism) return AskAuth{std::move(args.mechanism), std::move(args.initial)};
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return facts.may_log_in() ? kNoMechanism : kNeedsTls;
}

}  // namespace posthorn::managesieve::commands::authenticate_
