// Rows of the queue and names in their keys: any octets are read or refused, and what is read is written back the same.
#include <string>

#include "check.h"
#include "fuzz.h"
#include "service/queue/rows.h"

namespace {

template <class Value, class Parse>
void same_again(std::string_view input, Parse parse, const char* property) {
  const posthorn::Result<Value> value = parse(input);
  if (!value) return;
  const auto again = parse(posthorn::queue::format(*value));
  posthorn::fuzzing::check(again.has_value() && *again == *value, property);
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn::queue;
  same_again<Message>(input, parse_message, "an envelope comes back");
  same_again<DestinationRow>(input, parse_destination, "a destination comes back");
  same_again<CommandRow>(input, parse_command, "an order comes back");
  same_again<Acceptance>(input, parse_acceptance, "an acceptance comes back");
  same_again<std::vector<End>>(input, parse_ends, "ends come back");
  std::string account;
  if (const auto item = parse_item(input, &account)) {
    const auto again = parse_item(format(*item, account));
    posthorn::fuzzing::check(again.has_value() && *again == *item, "an item comes back");
  }
  if (const auto key = parse_item_key(input)) {
    posthorn::fuzzing::check(parse_item_key(item_key(*key)) == *key, "a name comes back");
  }
  if (const auto id = MessageId::parse(input))
    posthorn::fuzzing::check(MessageId::parse(id->text()) == *id, "an id comes back");
  const Destination destination = Destination::parse(input);
  posthorn::fuzzing::check(Destination::parse(destination.text()).domain.size() <= input.size(),
                           "a destination does not grow");
}
