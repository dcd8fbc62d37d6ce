#include "posthorn/service/signing/keys.h"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/crypto/aead.h"
#include "posthorn/grammar/mail/domain.h"
#include "posthorn/protocol/dkim/key_record.h"

namespace posthorn::signing {

namespace {

constexpr View kPrefix = "k:";
constexpr View kVersion = "1";

std::string row_key(View domain, View selector) { return own(kPrefix).append(domain).append(":").append(selector); }

/// What the wrapping binds the key to: a row that is copied to another name does not open.
std::string associated(const Key& key) { return "dkim key " + key.record_name(); }

std::string format(const Key& key) {
  std::string out(kVersion);
  const auto field = [&](View name, View value) { out.append("\n").append(name).append("=").append(value); };
  field("created", std::to_string(key.created.time_since_epoch().count()));
  field("scheme", key.scheme == crypto::SignatureScheme::ed25519 ? "ed25519" : "rsa");
  field("record", key.record);
  field("private", codec::base64_encode(key.wrapped));
  return out;
}

bool read_field(View name, View value, Key& key) {
  if (name == "created") {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    key.created = WallTime(std::chrono::seconds(seconds));
    return error == std::errc() && end == value.data() + value.size();
  }
  if (name == "scheme") {
    key.scheme = value == "ed25519" ? crypto::SignatureScheme::ed25519 : crypto::SignatureScheme::rsa_pkcs1_sha256;
    return value == "ed25519" || value == "rsa";
  }
  if (name == "record") key.record = own(value);
  if (name == "private") {
    auto octets = codec::base64_decode(value);
    if (!octets) return false;
    key.wrapped = std::move(*octets);
  }
  return true;
}

Result<Key> parse(View row, View value) {
  Key key;
  const View name = row.substr(kPrefix.size());
  const std::size_t colon = std::min(name.find(':'), name.size());
  key.domain = own(name.substr(0, colon));
  key.selector = own(name.substr(std::min(colon + 1, name.size())));
  const auto damaged = [&] { return environment_error(Code::corrupt, "the row of a DKIM key: " + own(row)); };
  std::size_t end = std::min(value.find('\n'), value.size());
  if (value.substr(0, end) != kVersion) return fail(damaged());
  while (end < value.size()) {
    value.remove_prefix(end + 1);
    end = std::min(value.find('\n'), value.size());
    const View line = value.substr(0, end);
    const std::size_t equals = line.find('=');
    if (equals == View::npos || !read_field(line.substr(0, equals), line.substr(equals + 1), key))
      return fail(damaged());
  }
  return key;
}

}  // namespace

Keys::Keys(store::Partition& rows, Random& random, Secret host_key)
    : rows_(rows), random_(random), host_key_(std::move(host_key)) {}

std::string Keys::wrap(const Key& key, View secret) const {
  std::string nonce(crypto::kLongNonceOctets, '\0');
  random_.fill(std::as_writable_bytes(std::span(nonce.data(), nonce.size())));
  return nonce + crypto::xchacha20_poly1305_seal(host_key_.reveal(), nonce, associated(key), secret);
}

Result<Key> Keys::add(View domain, View selector, const crypto::PrivateKey& key, WallTime now) {
  auto name = mail::ascii_domain(domain);
  if (!name) return fail(std::move(name.error()));
  auto label = mail::ascii_domain(selector);
  if (!label) return fail(std::move(label.error()));
  Key made;
  made.domain = std::move(*name);
  made.selector = std::move(*label);
  made.created = now;
  made.scheme = key.scheme();
  made.record = dkim::KeyRecord::of(key.public_key()).format();
  made.wrapped = wrap(made, key.der().reveal());
  const std::string row = row_key(made.domain, made.selector);
  store::Batch batch;
  batch.expect(row, std::nullopt).put(row, format(made));
  const auto committed = rows_.commit(batch);
  if (committed) return made;
  if (committed.error().code != Code::conflict) return fail(committed.error());
  return fail(caller_error(Code::exists, "selector " + made.selector + " of " + made.domain));
}

Result<void> Keys::remove(View domain, View selector) {
  const auto name = mail::ascii_domain(domain);
  const auto label = mail::ascii_domain(selector);
  const auto missing = [&] { return caller_error(Code::not_found, "key " + own(selector) + " of " + own(domain)); };
  if (!name || !label) return fail(missing());
  const std::string row = row_key(*name, *label);
  const auto entry = rows_.get(row);
  if (!entry) return fail(entry.error());
  if (!*entry) return fail(missing());
  store::Batch batch;
  batch.expect(row, (*entry)->written).erase(row);
  const auto committed = rows_.commit(batch);
  return committed ? Result<void>() : fail(committed.error());
}

Result<std::vector<Key>> Keys::list(View domain) const {
  std::string prefix(kPrefix);
  if (!domain.empty()) {
    const auto name = mail::ascii_domain(domain);
    if (!name) return fail(name.error());
    prefix += *name + ":";
  }
  struct Row {
    Key key;
    store::Revision written;  // tells the newer of two keys of one second
  };
  std::vector<Row> found;
  std::optional<Error> damaged;
  const auto seen = rows_.scan(prefix, store::after_prefix(prefix), [&](View row, View value, store::Revision written) {
    auto key = parse(row, value);
    if (key) {
      found.push_back({std::move(*key), written});
    } else {
      damaged = key.error();
    }
    return !damaged;
  });
  if (!seen) return fail(seen.error());
  if (damaged) return fail(*damaged);
  std::sort(found.begin(), found.end(), [](const Row& a, const Row& b) {
    return std::tie(a.key.domain, b.key.created, b.written) < std::tie(b.key.domain, a.key.created, a.written);
  });
  std::vector<Key> keys;
  keys.reserve(found.size());
  for (Row& row : found) keys.push_back(std::move(row.key));
  return keys;
}

Result<crypto::PrivateKey> Keys::open(const Key& key) const {
  const View wrapped = key.wrapped;
  const std::size_t nonce = std::min(crypto::kLongNonceOctets, wrapped.size());
  Secret plain;
  if (!crypto::xchacha20_poly1305_open(host_key_.reveal(), wrapped.substr(0, nonce), associated(key),
                                       wrapped.substr(nonce), plain)) {
    return fail(environment_error(
        Code::denied, "the DKIM key " + key.record_name() + " was wrapped by another host key, or is damaged"));
  }
  return crypto::PrivateKey::read(plain.reveal(), crypto::kLeastRsaBits);
}

}  // namespace posthorn::signing
