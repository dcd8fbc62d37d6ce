#include "posthorn/protocol/dkim/signature.h"

#include <algorithm>
#include <array>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/dns/name.h"
#include "posthorn/grammar/mail/domain.h"

namespace posthorn::dkim {

namespace {

constexpr std::size_t kSha256 = 32;
constexpr std::size_t kLongestAlgorithm = 64;  // octets of a= that are told of it; all that are known are shorter

struct AlgorithmRow {
  View name;
  crypto::SignatureScheme scheme;
  Reason reason;
};
constexpr std::array kAlgorithms{
    AlgorithmRow{"rsa-sha256", crypto::SignatureScheme::rsa_pkcs1_sha256, Reason::good},
    AlgorithmRow{"ed25519-sha256", crypto::SignatureScheme::ed25519, Reason::good},
    AlgorithmRow{"rsa-sha1", crypto::SignatureScheme::rsa_pkcs1_sha256, Reason::historic_algorithm},
};

Reason read_algorithm(View value, Signature& out) {
  out.algorithm = value.substr(0, kLongestAlgorithm);
  for (const AlgorithmRow& row : kAlgorithms) {
    if (!same_word(row.name, value)) continue;
    out.scheme = row.scheme;
    return row.reason;
  }
  return Reason::unknown_algorithm;
}

bool read_time(const mail::TagList& tags, View name, std::optional<WallTime>& out) {
  constexpr std::uint64_t kLatest = 1'000'000'000'000;  // "treat as infinity" (RFC 6376 section 3.5)
  const auto value = tags.value(name);
  if (!value) return true;
  const auto seconds = mail::number_of(*value);
  if (!seconds) return false;
  out = WallTime(std::chrono::seconds(std::min(*seconds, kLatest)));
  return true;
}

bool read_method(View word, Canonicalization& out) {
  for (const Canonicalization how : {Canonicalization::simple, Canonicalization::relaxed}) {
    if (!same_word(word, name_of(how))) continue;
    out = how;
    return true;
  }
  return false;
}

/// "relaxed/simple"; the second word is simple where it is not there.
bool read_methods(std::optional<View> value, Signature& out) {
  if (!value) return true;
  const auto words = mail::split_value(*value, '/');
  return (words.size() == 1 || words.size() == 2) && read_method(words[0], out.header) &&
         (words.size() == 1 || read_method(words[1], out.body));
}

Reason read_agent(const mail::TagList& tags, Signature& out) {
  const auto value = tags.value("i");
  if (!value) return Reason::good;
  out.agent = mail::without_space(*value);
  const std::size_t at = out.agent.rfind('@');
  const auto domain = at == std::string::npos ? std::nullopt : signing_name(View(out.agent).substr(at + 1));
  if (!domain) return Reason::syntax;
  out.agent_domain = *domain;
  return dns::wire::is_within(*domain, out.domain) ? Reason::good : Reason::domain_mismatch;
}

bool knows_dns(const mail::TagList& tags) {
  const auto value = tags.value("q");
  if (!value) return true;
  const auto methods = mail::split_value(*value);
  return std::any_of(methods.begin(), methods.end(), [](View method) { return same_word(method, "dns/txt"); });
}

bool has_all(const mail::TagList& tags, std::initializer_list<View> names) {
  return std::all_of(names.begin(), names.end(), [&](View name) { return tags.find(name) != nullptr; });
}

Reason first_of(std::initializer_list<Reason> reasons) {
  const auto bad = std::find_if(reasons.begin(), reasons.end(), [](Reason reason) { return reason != Reason::good; });
  return bad == reasons.end() ? Reason::good : *bad;
}

}  // namespace

Reason read_signer(const mail::TagList& tags, Signature& out) {
  // First what is told of every signature that can be told anything of.
  const Reason algorithm = read_algorithm(tags.value("a").value_or(View()), out);
  const auto domain = signing_name(tags.value("d").value_or(View()));
  const auto selector = signing_name(tags.value("s").value_or(View()));
  out.domain = domain.value_or("");
  out.selector = selector.value_or("");
  out.agent = "@" + out.domain;
  out.agent_domain = out.domain;
  if (!has_all(tags, {"a", "b", "d", "s"})) return Reason::missing_tag;
  const mail::Tag& b = *tags.find("b");
  const auto octets = codec::base64_decode(mail::without_space(b.value));
  out.raw = b.raw;
  out.octets = octets.value_or("");
  if (out.octets.empty() || !domain || !selector) return Reason::syntax;
  if (!dns::wire::encode_name(key_question(*selector, *domain).name)) return Reason::syntax;
  if (!read_time(tags, "t", out.signed_at) || !read_time(tags, "x", out.expires)) return Reason::syntax;
  if (out.signed_at && out.expires && *out.expires <= *out.signed_at) return Reason::syntax;
  return knows_dns(tags) ? algorithm : first_of({algorithm, Reason::unknown_query});
}

Reason read_content(const mail::TagList& tags, Signature& out) {
  if (!has_all(tags, {"bh", "h"})) return Reason::missing_tag;
  const auto hash = codec::base64_decode(mail::without_space(*tags.value("bh")));
  out.body_hash = hash.value_or("");
  if (!read_methods(tags.value("c"), out) || out.body_hash.size() != kSha256) return Reason::syntax;
  if (const auto length = tags.value("l")) {
    out.length = mail::number_of(*length);
    if (!out.length) return Reason::syntax;
  }
  const auto fields = mail::split_value(*tags.value("h"));
  if (fields.size() > Signature::kFields) return Reason::limits;
  for (const View field : fields) {
    if (field.empty()) return Reason::syntax;
    out.fields.push_back(own(field));
  }
  return out.fields.empty() ? Reason::syntax : Reason::good;
}

Reason read_signature(View value, Signature& out) {
  const auto tags = mail::TagList::parse(value);
  if (!tags) return Reason::syntax;
  const Reason signer = read_signer(*tags, out);
  if (!tags->find("v")) return Reason::missing_tag;
  if (*tags->value("v") != "1") return Reason::version;
  if (signer != Reason::good) return signer;
  const Reason content = first_of({read_content(*tags, out), read_agent(*tags, out)});
  if (content != Reason::good) return content;
  const auto is_from = [](const std::string& name) { return same_word(name, "From"); };
  return std::any_of(out.fields.begin(), out.fields.end(), is_from) ? Reason::good : Reason::from_not_signed;
}

std::optional<std::string> signing_name(View text) {
  constexpr CharSet kName = chars::kAlnum + CharSet("-_.");
  if (text.empty() || text.ends_with('.')) return std::nullopt;
  const bool plain = std::all_of(text.begin(), text.end(), [&](char c) { return kName[c]; });
  auto name = plain ? dns::wire::normal_name(text) : mail::ascii_domain(text);
  return name ? std::optional(std::move(*name)) : std::nullopt;
}

dns::Question key_question(View selector, View domain) {
  return {own(selector) + "._domainkey." + own(domain), dns::Type::txt};
}

}  // namespace posthorn::dkim
