#include "shared/tls_policy.h"

#include <algorithm>
#include <utility>

namespace posthorn::servers {

namespace {

View next_word(View& rest) {
  const std::size_t begin = std::min(rest.find_first_not_of(' '), rest.size());
  rest.remove_prefix(begin);
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const View word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

Result<void> take_word(View word, outbound::TlsPolicy& policy) {
  const std::size_t equals = word.find('=');
  const View name = word.substr(0, equals);
  const View value = equals == View::npos ? View() : word.substr(equals + 1);
  if (name == "name" && !value.empty()) {
    policy.names.push_back(own(value));
  } else if (name == "authorities" && !value.empty()) {
    policy.ca_file = own(value);
  } else if (name == "fingerprint") {
    Result<std::string> fingerprint = outbound::parse_fingerprint(value);
    if (!fingerprint) return fail(fingerprint.error());
    policy.fingerprints.push_back(std::move(*fingerprint));
  } else {
    return fail(caller_error(Code::syntax, "'" + own(word) + "' is no word of a TLS policy"));
  }
  return {};
}

}  // namespace

Result<outbound::TlsPolicy> parse_tls_policy(View text, const Settings& settings) {
  outbound::TlsPolicy policy;
  policy.ca_file = settings.outbound_authorities;
  policy.certificate_file = settings.outbound_certificate;
  policy.key_file = settings.outbound_key;
  View rest = text;
  const View mode = next_word(rest);
  if (const auto known = outbound::tls_mode_of(mode.empty() ? "may" : mode)) {
    policy.mode = *known;
  } else {
    return fail(caller_error(
        Code::syntax, "'" + own(mode) + "' is no TLS policy: may, encrypt, verify, dane, fingerprint or mutual"));
  }
  for (View word = next_word(rest); !word.empty(); word = next_word(rest)) {
    if (auto taken = take_word(word, policy); !taken) return fail(taken.error());
  }
  if (auto good = outbound::check(policy); !good) return fail(good.error());
  return policy;
}

}  // namespace posthorn::servers
