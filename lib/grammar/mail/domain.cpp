#include "posthorn/grammar/mail/domain.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <idn2.h>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/address.h"

#include "grammar/lower_case.h"

namespace posthorn::mail {

namespace {

constexpr std::size_t kMaxLabel = 63;
constexpr auto kName = lower_case_of(chars::kAlnum + CharSet("-_."));  // "_": seen in real host names, harmless here

/// Puts a name of A-labels into lower case; false: it is none.
bool fold_name(std::string& name) {
  if (name.size() > kMaxDomain) return false;
  std::size_t label = 0;  // octets of the one that is being read
  char last = '.';
  for (char& c : name) {
    const char lower = kName[static_cast<unsigned char>(c)];
    if (lower == '\0') return false;
    if (lower != c) c = lower;  // seldom
    if (c == '.') {
      if (label == 0 || label > kMaxLabel || last == '-') return false;
      label = 0;
    } else {
      if (c == '-' && label == 0) return false;
      ++label;
    }
    last = c;
  }
  return label > 0 && label <= kMaxLabel && last != '-';
}

bool has_a_label(View name) {
  return name.find("--") != View::npos && lower_case(name).find("xn--") != std::string::npos;
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
  return std::string(converted);
}

}  // namespace

Result<std::string> ascii_domain(View name) {
  Result<std::string> normal(name);
  bool good = fold_name(*normal);
  if (has_a_label(name) || (!good && !codec::is_ascii(name))) {
    normal = to_a_labels(lower_case(name));
    if (!normal) return normal;
    good = fold_name(*normal);
  }
  if (!good) return fail(peer_error(Code::syntax, "no domain name"));
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
