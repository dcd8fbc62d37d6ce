#include "posthorn/service/vault/sealed_message.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <span>
#include <utility>

#include "posthorn/bytes/crypto/kdf.h"

#include "service/vault/capsule.h"

namespace posthorn::vault {

namespace {

// The first octet is none that a mail begins with.
constexpr View kContentMagic("\x8FPSM\r\n\x1A\x01", 8);
constexpr std::size_t kStoredChunk = kChunkOctets + crypto::kTagOctets;
constexpr std::size_t kKeyOctets = 32;
constexpr View kMessageWords = "posthorn sealed message 1";
constexpr View kDerivedWords = "posthorn derived data 1";
constexpr std::size_t kMaxReserve = 1U << 20U;

using Nonce = std::array<char, crypto::Aes256Gcm::kNonceOctets>;

/// Place and end of a chunk: the place, then zeros, then 1 for the last chunk.
Nonce chunk_nonce(std::uint64_t chunk, bool last) {
  Nonce nonce{};
  for (std::size_t i = 0; i < sizeof chunk; ++i) nonce[i] = static_cast<char>(chunk >> (8 * (sizeof chunk - 1 - i)));
  nonce.back() = last ? 1 : 0;
  return nonce;
}

View view(const Nonce& nonce) { return {nonce.data(), nonce.size()}; }

std::string random_octets(Random& random, std::size_t count) {
  std::string octets(count, '\0');
  random.fill(std::as_writable_bytes(std::span(octets)));
  return octets;
}

std::uint64_t chunks_of(std::uint64_t octets) {
  return std::max<std::uint64_t>(1, octets / kChunkOctets + (octets % kChunkOctets == 0 ? 0 : 1));
}

Error damaged(View what) { return {Code::corrupt, Blame::environment, Lasting::permanent, what}; }

}  // namespace

MessageKeys::MessageKeys(View key, Owner owner, View message_id)
    : key_(key),
      info_(owner_words(owner).append(message_id)),
      expanded_(crypto::hkdf_expand(key, own(kMessageWords).append(info_), 2 * kKeyOctets)) {}

Secret MessageKeys::derived() const {
  return crypto::hkdf_expand(key_.reveal(), own(kDerivedWords).append(info_), kKeyOctets);
}

std::uint64_t padded_octets(std::uint64_t octets) {
  if (octets < 2) return octets;
  // Padmé: as many low bits are rounded away as leave log2(log2(n)) + 1 leading ones.
  const auto exponent = static_cast<unsigned>(std::bit_width(octets)) - 1;
  const auto kept = static_cast<unsigned>(std::bit_width(exponent));
  const std::uint64_t mask = (std::uint64_t{1} << (exponent - std::min(exponent, kept))) - 1;
  return octets > std::numeric_limits<std::uint64_t>::max() - mask ? octets : (octets + mask) & ~mask;
}

std::uint64_t content_octets(std::uint64_t octets) {
  return kContentHeaderOctets + octets + chunks_of(octets) * crypto::kTagOctets;
}

Result<CapsuleFacts> capsule_facts(View capsule) {
  return map(decode_capsule(capsule), [](const Capsule& c) { return c.facts; });
}

// --- sealing

Result<Sealer> Sealer::begin(const PublicKey& key, Random& random) {
  Result<crypto::HpkeSender> sender = crypto::hpke_send(key.octets, mailbox_info(key.owner), random);
  if (!sender) return fail(std::move(sender.error()));
  return Sealer(key, std::move(*sender));
}

Sealer::Sealer(Sealer&& other) noexcept
    : key_(std::move(other.key_)), sender_(std::move(other.sender_)), next_(other.next_.load()) {}

MessageSealer::MessageSealer(Sealer& sealer, Random& random, Padding padding)
    : MessageSealer(sealer, random, padding, Secret(random_octets(random, kKeyOctets + kMessageIdOctets))) {}

MessageSealer::MessageSealer(Sealer& sealer, Random& random, Padding padding, const Secret& drawn)
    : sealer_(sealer),
      random_(random),
      padding_(padding),
      message_id_(drawn.reveal().substr(kKeyOctets)),
      keys_(drawn.reveal().substr(0, kKeyOctets), sealer.key().owner, message_id_),
      cipher_(keys_.content()),
      header_(own(kContentMagic).append(keys_.commitment())) {}

void MessageSealer::seal_chunk(View plain, bool last, std::string& content) {
  if (chunk_ == 0) content += header_;
  cipher_.seal(view(chunk_nonce(chunk_++, last)), header_, plain, content);
}

void MessageSealer::feed(View plain, std::string& content) {
  octets_ += plain.size();
  // The last octets wait: only finish() knows which chunk is the last one.
  while (pending_.size() + plain.size() > kChunkOctets) {
    if (pending_.empty()) {
      seal_chunk(plain.substr(0, kChunkOctets), false, content);
      plain.remove_prefix(kChunkOctets);
      continue;
    }
    const std::size_t missing = kChunkOctets - pending_.size();
    pending_.append(plain.substr(0, missing));
    plain.remove_prefix(missing);
    seal_chunk(pending_, false, content);
    wipe(pending_.data(), pending_.size());
    pending_.clear();
  }
  pending_.append(plain);
}

void MessageSealer::pad(std::string& content) {
  const std::string zeros(kChunkOctets, '\0');
  const std::uint64_t exact = octets_;
  for (std::uint64_t missing = padded_octets(exact) - exact; missing > 0;) {
    const std::uint64_t piece = std::min<std::uint64_t>(missing, zeros.size());
    feed(View(zeros).substr(0, static_cast<std::size_t>(piece)), content);
    missing -= piece;
  }
  octets_ = exact;
}

Result<std::string> MessageSealer::finish(std::string& content) {
  if (padding_ == Padding::classes) pad(content);
  seal_chunk(pending_, true, content);
  wipe(pending_.data(), pending_.size());
  pending_ = std::string();
  const std::uint32_t sequence = sealer_.next_++;
  if (sequence == std::numeric_limits<std::uint32_t>::max()) {
    --sealer_.next_;
    return fail(caller_error(Code::too_many, "messages of one sealer"));
  }
  CapsuleFacts facts;
  facts.generation = sealer_.key().owner.generation;
  facts.padded = padding_ == Padding::classes;
  std::string capsule = capsule_words(facts, message_id_, sealer_.sender_.encapsulated, sequence);
  std::string key_and_size;
  key_and_size.reserve(kKeyOctets + sizeof octets_);  // never moved: no copy of the key is left behind
  const Secret inside(std::move(key_and_size.append(keys_.message()).append(big_endian(octets_))));
  capsule += sealer_.sender_.context.seal(sequence, capsule, inside.reveal());
  return capsule;
}

std::string MessageSealer::seal_derived(Derived kind, View plain) {
  std::string out = random_octets(random_, crypto::Aes256Gcm::kNonceOctets);
  const std::string nonce = out;
  const char word = static_cast<char>(kind);
  crypto::Aes256Gcm(keys_.derived().reveal()).seal(nonce, View(&word, 1), plain, out);
  return out;
}

// --- opening

Result<OpenedMessage> OpenedMessage::open(const OpenKeys& keys, View octets) {
  const Result<Capsule> capsule = decode_capsule(octets);
  if (!capsule) return fail(capsule.error());
  const Owner owner{keys.account(), capsule->facts.generation};
  const auto context = keys.receive(owner.generation, capsule->encapsulated, mailbox_info(owner));
  if (!context) return fail(context.error());
  const Result<Secret> inside = (*context)->open(capsule->sequence, capsule->words, capsule->wrapped);
  if (!inside) return fail(damaged("the capsule was changed, or is another mailbox's"));
  return OpenedMessage(MessageKeys(inside->reveal().substr(0, kKeyOctets), owner, capsule->message_id),
                       read_big_endian<std::uint64_t>(inside->reveal().substr(kKeyOctets)), capsule->facts.padded);
}

OpenedMessage::OpenedMessage(MessageKeys keys, std::uint64_t octets, bool padded)
    : keys_(std::move(keys)),
      cipher_(keys_.content()),
      header_(own(kContentMagic).append(keys_.commitment())),
      octets_(octets),
      stored_(padded ? padded_octets(octets) : octets) {}

std::uint64_t OpenedMessage::last_chunk() const { return chunks_of(stored_) - 1; }

Result<void> OpenedMessage::check_header(View header) {
  if (!equal_in_constant_time(header, header_)) return fail(damaged("the content belongs to another key"));
  checked_ = true;
  return {};
}

Result<void> OpenedMessage::load(std::uint64_t chunk, const Content& content) {
  if (loaded_ == chunk) return {};
  if (chunk != 0 && !checked_) {
    const Result<std::string> header = content(0, kContentHeaderOctets);
    if (!header) return fail(header.error());
    if (Result<void> good = check_header(*header); !good) return good;
  }
  const bool last = chunk == last_chunk();
  const std::size_t front = chunk == 0 ? kContentHeaderOctets : 0;  // one reading for header and first chunk
  const std::uint64_t plain = last ? stored_ - chunk * kChunkOctets : kChunkOctets;
  const std::uint64_t wanted = front + plain + crypto::kTagOctets;
  const std::uint64_t offset = kContentHeaderOctets - front + chunk * kStoredChunk;
  // A little more is asked for at the end: what goes on behind the last chunk was not sealed with it.
  const Result<std::string> sealed = content(offset, wanted + (last ? 1 : 0));
  if (!sealed) return fail(sealed.error());
  if (sealed->size() != wanted) return fail(damaged("the content has another size"));
  if (front > 0) {
    if (Result<void> good = check_header(View(*sealed).substr(0, front)); !good) return good;
  }
  loaded_.reset();
  plain_.clear();
  if (!cipher_.open(view(chunk_nonce(chunk, last)), header_, View(*sealed).substr(front), plain_)) {
    return fail(damaged("the content was changed"));
  }
  loaded_ = chunk;
  return {};
}

Result<std::string> OpenedMessage::read(std::uint64_t offset, std::uint64_t count, const Content& content) {
  std::string out;
  const std::uint64_t begin = std::min(offset, octets_);
  const std::uint64_t end = begin + std::min(count, octets_ - begin);
  // The size is only claimed until the content has it.
  out.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(end - begin, kMaxReserve)));
  for (std::uint64_t at = begin; at < end;) {
    const std::uint64_t chunk = at / kChunkOctets;
    if (Result<void> ready = load(chunk, content); !ready) return fail(std::move(ready.error()));
    const std::uint64_t inside = at - chunk * kChunkOctets;
    const std::uint64_t piece = std::min(end - at, plain_.size() - inside);
    out.append(plain_, static_cast<std::size_t>(inside), static_cast<std::size_t>(piece));
    at += piece;
  }
  return out;
}

Result<std::string> OpenedMessage::open_derived(Derived kind, View sealed) {
  std::string plain;
  const char word = static_cast<char>(kind);
  const View nonce = sealed.substr(0, crypto::Aes256Gcm::kNonceOctets);
  if (nonce.size() < crypto::Aes256Gcm::kNonceOctets ||
      !crypto::Aes256Gcm(keys_.derived().reveal()).open(nonce, View(&word, 1), sealed.substr(nonce.size()), plain)) {
    return fail(damaged("derived data was changed"));
  }
  return plain;
}

}  // namespace posthorn::vault
