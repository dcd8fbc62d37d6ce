#include "posthorn/grammar/mail/domain.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <idn2.h>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/address.h"

namespace posthorn::mail {

namespace {

constexpr std::size_t kMaxLabel = 63;
constexpr CharSet kLabel = chars::kAlnum + CharSet("-_");  // "_": seen in real host names, harmless here

std::string folded(View text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

bool is_name(View name) {
  if (name.empty() || name.size() > kMaxDomain) return false;
  std::size_t label = 0;  // octets of the one that is being read
  char last = '.';
  for (const char c : name) {
    if (c == '.' ? label == 0 || label > kMaxLabel || last == '-' : !kLabel[c] || (c == '-' && label == 0))
      return false;
    label = c == '.' ? 0 : label + 1;
    last = c;
  }
  return label > 0 && label <= kMaxLabel && last != '-';
}

// Names with U-labels or A-labels: the library maps, converts and checks that an A-label is a real one.
Result<std::string> to_a_labels(const std::string& name) {
  if (!codec::is_utf8(name) || name.find('\0') != std::string::npos || name.size() > 4 * kMaxDomain) {
    return fail(peer_error(Code::syntax, "domain is not UTF-8"));
  }
  char* converted = nullptr;
  const int status = idn2_to_ascii_8z(name.c_str(), &converted, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
  const std::unique_ptr<char, decltype(&idn2_free)> owner(converted, &idn2_free);
  if (status != IDN2_OK) return fail(peer_error(Code::syntax, idn2_strerror(status)));
  return folded(converted);
}

}  // namespace

Result<std::string> ascii_domain(View name) {
  std::string normal = folded(name);
  if (!codec::is_ascii(normal) || normal.find("xn--") != std::string::npos) {
    auto converted = to_a_labels(normal);
    if (!converted) return converted;
    normal = std::move(*converted);
  }
  if (!is_name(normal)) return fail(peer_error(Code::syntax, "no domain name"));
  return normal;
}

Result<std::string> unicode_domain(View name) {
  auto ascii = ascii_domain(name);
  if (!ascii) return ascii;
  char* converted = nullptr;
  const int status = idn2_to_unicode_8z8z(ascii->c_str(), &converted, 0);
  const std::unique_ptr<char, decltype(&idn2_free)> owner(converted, &idn2_free);
  return status == IDN2_OK ? std::string(converted) : std::move(*ascii);
}

View domain_of(View address) {
  const std::size_t at = address.rfind('@');
  return at == View::npos ? address : address.substr(at + 1);
}

std::string routing_domain(View domain) {
  Result<std::string> name = ascii_domain(domain);
  return name ? std::move(*name) : own(domain);
}

}  // namespace posthorn::mail
