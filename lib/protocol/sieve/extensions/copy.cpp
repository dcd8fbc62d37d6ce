#include "protocol/sieve/extensions/copy.h"

#include <array>

namespace posthorn::sieve::extensions {

namespace {

constexpr TagRow kCopy{.name = "copy", .on = takes::copy, .keeps = true};
constexpr std::array kTags{&kCopy};

}  // namespace

constexpr Extension copy{.name = "copy", .source = "RFC 3894", .tags = kTags};

}  // namespace posthorn::sieve::extensions
