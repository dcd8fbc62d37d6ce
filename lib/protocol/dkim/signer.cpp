#include "posthorn/protocol/dkim/signer.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/dns/name.h"
#include "posthorn/protocol/dkim/signature.h"
#include "protocol/dkim/folded_field.h"

namespace posthorn::dkim {

namespace {

bool has(const std::vector<std::string>& names, View name) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& one) { return same_word(one, name); });
}

/// The names of h=, each as often as it counts.
std::vector<std::string> names_for(const Signing& signing, const SignedHeader& header) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!has(names, name))
      names.insert(names.end(), header.count(name) + (has(signing.oversigned, name) ? 1 : 0), name);
  };
  std::for_each(signing.fields.begin(), signing.fields.end(), add);
  std::for_each(signing.oversigned.begin(), signing.oversigned.end(), add);
  return names;
}

std::string seconds_of(WallTime time) { return std::to_string(time.time_since_epoch().count()); }

std::unexpected<Error> misuse(View note) { return fail(caller_error(Code::misuse, note)); }

Result<void> check(Signing& signing) {
  constexpr CharSet kAgent = chars::kVisible - CharSet(";=");
  constexpr CharSet kName = chars::kVisible - CharSet(":;");
  auto domain = signing_name(signing.domain);
  auto selector = signing_name(signing.selector);
  if (!domain || !selector || !dns::wire::encode_name(key_question(*selector, *domain).name))
    return misuse("no domain or no selector: " + signing.domain + ", " + signing.selector);
  signing.domain = std::move(*domain);
  signing.selector = std::move(*selector);
  if (!signing.agent.empty()) {
    const std::size_t at = signing.agent.rfind('@');
    const auto within = at == std::string::npos ? std::nullopt : signing_name(View(signing.agent).substr(at + 1));
    if (!within || !dns::wire::is_within(*within, signing.domain) ||
        !std::all_of(signing.agent.begin(), signing.agent.end(), [&](char c) { return kAgent[c]; }))
      return misuse("no agent of the domain: " + signing.agent);
  }
  for (const auto* names : {&signing.fields, &signing.oversigned}) {
    for (const std::string& name : *names) {
      if (name.empty() || !std::all_of(name.begin(), name.end(), [&](char c) { return kName[c]; }))
        return misuse("no field name: " + name);
    }
  }
  if (!has(signing.fields, "From") && !has(signing.oversigned, "From")) return misuse("From must be signed");
  return {};
}

}  // namespace

Result<Signer> Signer::make(std::vector<Signing> signings) {
  for (Signing& signing : signings) {
    if (auto checked = check(signing); !checked) return fail(std::move(checked.error()));
  }
  return Signer(std::move(signings));
}

Signer::Signer(std::vector<Signing> signings) : signings_(std::move(signings)) {
  for (const Signing& signing : signings_) bodies_.want(signing.body);
}

void Signer::append(View octets) {
  header_.take(octets);
  if (header_.complete()) bodies_.add(octets);
}

Result<std::string> Signer::finish(WallTime now) {
  bodies_.finish();
  if (header_.too_long()) return fail(peer_error(Code::too_long, "the header is too long to be signed"));
  const SignedHeader header(header_.header());
  if (header.count("From") == 0) return fail(peer_error(Code::syntax, "no From field"));
  std::string out;
  for (const Signing& signing : signings_) out += sign(signing, header, now);
  return out;
}

std::string Signer::sign(const Signing& signing, const SignedHeader& header, WallTime now) const {
  const bool is_rsa = signing.key.scheme() == crypto::SignatureScheme::rsa_pkcs1_sha256;
  FoldedField field("DKIM-Signature:");
  field.tag("v=1;");
  field.tag(is_rsa ? "a=rsa-sha256;" : "a=ed25519-sha256;");
  field.tag("c=" + own(name_of(signing.header)) + "/" + own(name_of(signing.body)) + ";");
  field.tag("d=" + signing.domain + ";");
  field.tag("s=" + signing.selector + ";");
  if (!signing.agent.empty()) field.tag("i=" + signing.agent + ";");
  field.tag("t=" + seconds_of(now) + ";");
  if (signing.lifetime) field.tag("x=" + seconds_of(now + *signing.lifetime) + ";");
  const std::vector<std::string> names = names_for(signing, header);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string end = i + 1 == names.size() ? ";" : ":";
    if (i == 0) {
      field.tag("h=" + names[i] + end);
    } else {
      field.put(names[i] + end);
    }
  }
  field.tag("bh=" + codec::base64_encode(bodies_.of(signing.body).digest()) + ";");
  field.tag("b=");
  std::string text;
  header.append(names, signing.header, text);
  append_signature_field(signing.header, field.text(), View(field.text()).substr(field.text().size()), text);
  field.letters(codec::base64_encode(signing.key.sign_digest(crypto::sha256(text))));
  return field.text() + "\r\n";
}

}  // namespace posthorn::dkim
