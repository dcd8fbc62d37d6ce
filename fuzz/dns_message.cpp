// DNS messages: what is read is written and read again to the same, names keep to their limits in both forms.
#include "posthorn/grammar/dns/message.h"
#include "posthorn/grammar/dns/name.h"
#include "posthorn/testing/dns_responder.h"

#include "check.h"
#include "fuzz.h"

namespace {

using namespace posthorn;
using namespace posthorn::dns::wire;

void check_name(const std::string& name) {
  const auto octets = encode_name(name);
  fuzzing::check(octets.has_value(), "a name that was read can be written");
  fuzzing::check(octets->size() <= NameLimits::kNameOctets, "a name is not too long");
  fuzzing::check(normal_name(name) == name, "the text form is stable");
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  std::size_t at = 0;
  if (const auto name = decode_name(input, at)) {
    fuzzing::check(at > 0 && at <= input.size(), "a name ends inside of the message");
    check_name(*name);
  }
  if (const auto octets = encode_name(input)) {
    at = 0;
    const auto name = decode_name(*octets, at);
    fuzzing::check(name && at == octets->size(), "what is written is read");
    check_name(*name);
  }
  const auto message = parse_message(input);
  if (message) {
    for (const Question& question : message->questions) check_name(question.name);
    for (const auto* section : {&message->answers, &message->authorities, &message->additional}) {
      for (const Record& record : *section) check_name(record.name);
    }
    // Names that were compressed by more than the writer compresses can make it too long.
    const auto octets = format_message(*message);
    fuzzing::check(octets ? parse_message(*octets) == message : octets.error().code == Code::too_long,
                   "a message is stable");
  }
  static const testing::DnsResponder kServer = testing::DnsResponder::parse("*.test. A 192.0.2.1\n").value();
  for (const auto transport : {testing::Transport::udp, testing::Transport::tcp}) {
    const auto answer = kServer.answer(input, transport);
    if (answer) fuzzing::check(parse_message(*answer).has_value(), "an answer is a message");
  }
}
