#include "protocol/sieve/extensions/fcc.h"

#include <array>

#include "protocol/sieve/filing.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

void copy(Call& call, const TagRow& tag, Action& action) {
  const View name = *call.text(tag);
  if (!is_mailbox_name(name)) return call.run().fail("\"" + own(name) + "\" is no name of a mailbox");
  if (FileInto* into = filed(action)) into->mailbox = own(name);
}

constexpr TagRow kFcc{.name = "fcc", .on = takes::sending, .value = Value::string, .act = copy};
constexpr std::array kTags{&kFcc};

}  // namespace

constexpr Extension fcc{.name = "fcc", .source = "RFC 8580", .tags = kTags};

}  // namespace posthorn::sieve::extensions
