#include "protocol/pop3/commands/list.h"

#include "protocol/pop3/commands/number.h"

namespace posthorn::pop3::commands::list_ {

namespace {

std::string item(const Maildrop& maildrop, std::size_t item) {
  return std::to_string(item + 1) + " " + std::to_string(maildrop[item].octets);
}

std::string line(const Facts& facts, std::size_t i) {
  return facts.maildrop.is_marked(i) ? std::string() : item(facts.maildrop, i);
}

}  // namespace

Result<Args> parse(Cursor& c) {
  return map(parse_optional_number(c), [](auto number) { return Args{number}; });
}

Deed run(Args args, const Facts& facts) {
  const Maildrop& drop = facts.maildrop;
  if (!args.number)
    return Listing{std::to_string(drop.count()) + " messages (" + std::to_string(drop.octets()) + " octets)",
                   drop.size(), line};
  const auto index = drop.find(*args.number);
  if (!index) return no_message();
  return Ok{item(drop, *index)};
}

}  // namespace posthorn::pop3::commands::list_
