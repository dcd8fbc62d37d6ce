#include "posthorn/protocol/dkim/key_record.h"

#include <algorithm>
#include <array>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/grammar/char_set.h"

namespace posthorn::dkim {

namespace {

constexpr View kVersion = "DKIM1";

struct KeyRow {
  View word;
  crypto::SignatureScheme scheme;
};
constexpr std::array kKeys{KeyRow{"rsa", crypto::SignatureScheme::rsa_pkcs1_sha256},
                           KeyRow{"ed25519", crypto::SignatureScheme::ed25519}};

std::vector<std::string> words_of(const mail::TagList& tags, View name) {
  std::vector<std::string> words;
  for (const View word : mail::split_value(tags.value(name).value_or(View()))) words.push_back(own(word));
  return words;
}

bool has(const std::vector<std::string>& list, View word) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& item) { return same_word(item, word); });
}

void append_tag(std::string& out, View name, const std::vector<std::string>& words) {
  if (words.empty()) return;
  out.append("; ").append(name).append("=");
  for (std::size_t i = 0; i < words.size(); ++i) out.append(i == 0 ? "" : ":").append(words[i]);
}

std::unexpected<Error> refused(View note) { return fail(peer_error(Code::syntax, note)); }

/// What one record makes of a signature.
KeyCheck check_key(View text, const Signature& signature, View digest, const KeyLimits& limits) {
  const auto record = KeyRecord::parse(text);
  if (!record) return {record.error().code == Code::unsupported ? Reason::key_algorithm : Reason::key_syntax};
  KeyCheck check{Reason::good, 0, record->testing};
  const auto because = [&](Reason reason) {
    check.reason = reason;
    return check;
  };
  if (record->key.empty()) return because(Reason::key_revoked);
  if (record->scheme != signature.scheme) return because(Reason::key_algorithm);
  if (!KeyRecord::allows(record->hashes, "sha256")) return because(Reason::key_hash);
  if (!KeyRecord::allows(record->services, "email")) return because(Reason::key_service);
  if (record->strict && signature.agent_domain != signature.domain) return because(Reason::key_domain);
  const auto key = record->public_key(limits.min_rsa_bits);
  if (!key) return because(key.error().code == Code::unsupported ? Reason::key_size : Reason::key_syntax);
  check.bits = key->bits();
  if (check.bits > limits.max_rsa_bits) return because(Reason::key_size);
  return because(key->verifies_digest(digest, signature.octets) ? Reason::good : Reason::signature);
}

}  // namespace

Result<KeyRecord> KeyRecord::parse(View text) {
  const auto tags = mail::TagList::parse(text);
  if (!tags) return fail(tags.error());
  const mail::Tag* version = tags->find("v");
  if (version != nullptr && (version != &tags->tags().front() || version->value != kVersion))
    return refused("v= must be the first tag and DKIM1");
  KeyRecord record;
  const View kind = tags->value("k").value_or(kKeys.front().word);
  const auto row = std::find_if(kKeys.begin(), kKeys.end(), [&](const KeyRow& r) { return same_word(r.word, kind); });
  if (row == kKeys.end()) return fail(peer_error(Code::unsupported, "a key of the kind " + own(kind)));
  record.scheme = row->scheme;
  if (!tags->find("p")) return refused("no p=");
  auto key = codec::base64_decode(mail::without_space(*tags->value("p")));
  if (!key) return refused("p= is no base64");
  record.key = std::move(*key);
  record.hashes = words_of(*tags, "h");
  record.services = words_of(*tags, "s");
  record.notes = tags->value("n").value_or(View());
  const auto flags = words_of(*tags, "t");
  record.testing = has(flags, "y");
  record.strict = has(flags, "s");
  return record;
}

KeyRecord KeyRecord::of(const crypto::PublicKey& key) {
  const bool is_ed25519 = key.scheme() == crypto::SignatureScheme::ed25519;
  return {.scheme = key.scheme(), .key = is_ed25519 ? key.point() : key.info()};
}

std::string KeyRecord::format() const {
  std::string out = "v=" + own(kVersion);
  append_tag(out, "h", hashes);
  const auto row = std::find_if(kKeys.begin(), kKeys.end(), [&](const KeyRow& r) { return r.scheme == scheme; });
  append_tag(out, "k", {own(row == kKeys.end() ? kKeys.front().word : row->word)});
  if (!notes.empty()) append_tag(out, "n", {notes});
  append_tag(out, "s", services);
  std::vector<std::string> flags;
  if (testing) flags.emplace_back("y");
  if (strict) flags.emplace_back("s");
  append_tag(out, "t", flags);
  append_tag(out, "p", {codec::base64_encode(key)});
  return out;
}

Result<crypto::PublicKey> KeyRecord::public_key(std::size_t min_rsa_bits) const {
  if (scheme == crypto::SignatureScheme::ed25519) return crypto::PublicKey::ed25519(key);
  return crypto::PublicKey::rsa_from_der(key, min_rsa_bits);
}

bool KeyRecord::allows(const std::vector<std::string>& list, View word) {
  return list.empty() || has(list, word) || has(list, "*");
}

std::string zone_text(View name, View text) {
  constexpr std::size_t kString = 255;  // octets
  std::string out = own(name) + ". IN TXT (";
  do {
    out += " \"";
    for (const char c : text.substr(0, kString)) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
    text.remove_prefix(std::min(kString, text.size()));
  } while (!text.empty());
  return out + " )";
}

KeyCheck check_keys(const dns::Answer& answer, const Signature& signature, View digest, const KeyLimits& limits) {
  KeyCheck best{answer.failed() ? Reason::no_answer : Reason::no_key};
  std::size_t tried = 0;
  for (const dns::Record& record : answer.records) {
    const auto* text = std::get_if<dns::Txt>(&record);
    if (text == nullptr || tried == limits.records) continue;
    const KeyCheck check = check_key(text->text, signature, digest, limits);
    // One key that fits is enough; else the one that came furthest says most.
    if (tried++ == 0 || check.reason == Reason::good || (check.bits != 0 && best.bits == 0)) best = check;
    if (best.reason == Reason::good) break;
  }
  return best;
}

}  // namespace posthorn::dkim
