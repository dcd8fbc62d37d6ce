#include "service/delivery/front.h"

#include <algorithm>
#include <utility>

namespace posthorn::delivery {

namespace {

constexpr View kHeaderEnd = "\r\n\r\n";

}  // namespace

Result<std::string> Front::feed(View octets) {
  watch_.feed(octets);
  if (released_ || !envelope_.examine) return own(octets);
  held_.append(octets);
  const std::size_t from = looked_at_ < kHeaderEnd.size() ? 0 : looked_at_ - kHeaderEnd.size();
  const std::size_t end = held_.starts_with("\r\n") ? 0 : held_.find(kHeaderEnd, from);
  looked_at_ = held_.size();
  // Before the end is made use of: how much comes at once must not decide whether a header is too long.
  const std::size_t header = end == std::string::npos ? held_.size() : end + kHeaderEnd.size();
  if (header > kMaxExaminedHeader) return fail(peer_error(Code::too_long, "the header"));
  if (end != std::string::npos) return release(end == 0 ? 0 : end + 2);
  return std::string();
}

Result<std::string> Front::finish() {
  if (released_ || !envelope_.examine) return std::string();
  return release(held_.size());
}

queue::TlsWish Front::tls() const {
  const bool optional = envelope_.wishes.tls == queue::TlsWish::policy && watch_.tls_optional();
  return optional ? queue::TlsWish::optional : envelope_.wishes.tls;
}

Result<std::string> Front::release(std::size_t header) {
  released_ = true;
  Result<Examined> examined = envelope_.examine(View(held_).substr(0, header));
  if (!examined) return fail(std::move(examined.error()));
  if (examined->header) held_.replace(0, header, *examined->header);
  return std::move(examined->fields) + std::exchange(held_, {});
}

}  // namespace posthorn::delivery
