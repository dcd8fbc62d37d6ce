#include "posthorn/service/queue/message.h"

#include <array>
#include <charconv>

namespace posthorn::queue {

namespace {

constexpr View kRequired = ";requiretls";
constexpr View kOptional = ";tls-optional";

void write_hex(std::string& out, std::uint64_t value, std::size_t digits) {
  for (std::size_t i = digits; i-- > 0;) out.push_back("0123456789abcdef"[(value >> (4 * i)) & 0xFU]);
}

template <class Number>
bool read_hex(View text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, 16);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string MessageId::text() const {
  std::string out;
  write_hex(out, order, 16);
  write_hex(out, salt, 8);
  return out;
}

std::optional<MessageId> MessageId::parse(View text) {
  MessageId id;
  if (text.size() != 24 || !read_hex(text.substr(0, 16), id.order) || !read_hex(text.substr(16), id.salt))
    return std::nullopt;
  return id;
}

std::string Destination::text() const {
  if (tls == TlsWish::policy) return domain;
  return domain + own(tls == TlsWish::required ? kRequired : kOptional);
}

Destination Destination::parse(View text) {
  Destination destination;
  for (const auto& [suffix, wish] :
       {std::pair(kRequired, TlsWish::required), std::pair(kOptional, TlsWish::optional)}) {
    if (!text.ends_with(suffix)) continue;
    text.remove_suffix(suffix.size());
    destination.tls = wish;
  }
  destination.domain = own(text);
  return destination;
}

}  // namespace posthorn::queue
