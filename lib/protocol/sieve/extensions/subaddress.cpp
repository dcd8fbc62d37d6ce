#include "protocol/sieve/extensions/subaddress.h"

#include <array>

#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

std::optional<std::string> user(Run& run, View local_part, View /*domain*/) {
  return own(local_part.substr(0, local_part.find(run.options().detail_separator)));
}

// RFC 5233 section 4: without a separator there is no detail at all.
std::optional<std::string> detail(Run& run, View local_part, View /*domain*/) {
  const std::size_t at = local_part.find(run.options().detail_separator);
  if (at == View::npos) return std::nullopt;
  return own(local_part.substr(at + 1));
}

constexpr TagRow kUser{.name = "user", .on = takes::address_part, .group = Group::address_part, .part = user};
constexpr TagRow kDetail{.name = "detail", .on = takes::address_part, .group = Group::address_part, .part = detail};
constexpr std::array kTags{&kUser, &kDetail};

}  // namespace

constexpr Extension subaddress{.name = "subaddress", .source = "RFC 5233", .tags = kTags};

}  // namespace posthorn::sieve::extensions
