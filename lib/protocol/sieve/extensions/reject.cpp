#include "protocol/sieve/extensions/reject.h"

#include <array>

#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

template <bool Explicit>
Flow refuse(Call& call) {
  call.run().act(call, Reject{.reason = own(call.text(0)), .explicit_ = Explicit}, true);
  return Flow::next;
}

constexpr std::array kReason{Parameter{Value::string}};
constexpr Row kReject{.name = "reject",
                      .source = "RFC 5429 section 2.2",
                      .example = "reject \"not here\";",
                      .parameters = kReason,
                      .run = refuse<false>};
constexpr Row kEreject{.name = "ereject",
                       .source = "RFC 5429 section 2.1",
                       .example = "ereject \"not here\";",
                       .parameters = kReason,
                       .run = refuse<true>};
constexpr std::array kCommands{&kReject};
constexpr std::array kExplicitCommands{&kEreject};

}  // namespace

constexpr Extension reject{.name = "reject", .source = "RFC 5429", .commands = kCommands, .answers_delivery = true};
constexpr Extension ereject{
    .name = "ereject", .source = "RFC 5429", .commands = kExplicitCommands, .answers_delivery = true};

}  // namespace posthorn::sieve::extensions
