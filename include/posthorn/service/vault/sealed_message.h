// The sealed form of a message: a capsule, which holds its key sealed to the mailbox, and the content in chunks.
//
// The key of a message is random and used for nothing else. It encrypts, and nothing is read that is not exactly what
// was written: place, end, message, mailbox and generation are part of every chunk's authentication, and the content
// commits to its key. Who destroys the capsule has destroyed the message. The format, with vectors, is in
// docs/formats/sealed.md.
//
//     Sealer sealer = Sealer::begin(public_key, random).value();        // opens and seals without a store or server
//     MessageSealer message(sealer, random, Padding::none);
//     message.feed(text, content);
//     std::string capsule = message.finish(content).value();
//     OpenedMessage opened = OpenedMessage::open(keys, capsule).value();
//     std::string again = opened.read(0, opened.octets(), read_content).value();
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "posthorn/bytes/crypto/aead.h"
#include "posthorn/bytes/crypto/hpke.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/vault/keys.h"

namespace posthorn::vault {

/// Octets of plaintext in every chunk but the last.
inline constexpr std::size_t kChunkOctets = 32'768;
inline constexpr std::size_t kContentHeaderOctets = 40;
inline constexpr std::size_t kMessageIdOctets = 16;
inline constexpr std::size_t kCapsuleOctets = 114;

/// Whether the stored size tells the exact size.
enum class Padding : std::uint8_t {
  none,
  classes,  ///< up to a size class (Padmé): at most 12 % more, and only O(log log n) bits of the size are left
};
/// The smallest size class that holds so many octets.
[[nodiscard]] std::uint64_t padded_octets(std::uint64_t octets);
/// Octets of the content of a message with so many octets (padding included).
[[nodiscard]] std::uint64_t content_octets(std::uint64_t octets);

/// What a capsule tells everybody.
struct CapsuleFacts {
  std::uint32_t generation = 0;
  bool padded = false;
};
/// @errors corrupt (no capsule), unsupported (a newer version)
[[nodiscard]] Result<CapsuleFacts> capsule_facts(View capsule);

/// Seals keys of messages to one mailbox. One encapsulation serves many messages, which spares two multiplications on
/// the curve for each; whoever can read the memory that holds this object can open what it sealed, so it should not be
/// kept for long. Safe to call from many threads.
class Sealer {
 public:
  /// @errors misuse: the public key is none
  [[nodiscard]] static Result<Sealer> begin(const PublicKey& key, Random& random);
  Sealer(Sealer&& other) noexcept;
  Sealer& operator=(Sealer&&) = delete;

  [[nodiscard]] const PublicKey& key() const { return key_; }
  /// Messages that were sealed.
  [[nodiscard]] std::uint32_t sealed() const { return next_; }

 private:
  friend class MessageSealer;
  Sealer(PublicKey key, crypto::HpkeSender sender) : key_(std::move(key)), sender_(std::move(sender)) {}
  PublicKey key_;
  crypto::HpkeSender sender_;
  std::atomic<std::uint32_t> next_ = 0;
};

/// The key of one message and what it is expanded to.
class MessageKeys {
 public:
  /// @param key  32 octets
  MessageKeys(View key, Owner owner, View message_id);
  [[nodiscard]] View message() const { return key_.reveal(); }
  [[nodiscard]] View content() const { return expanded_.reveal().substr(0, 32); }
  [[nodiscard]] View commitment() const { return expanded_.reveal().substr(32, 32); }
  /// The key of derived data; made anew each time, because most readers do not want it.
  [[nodiscard]] Secret derived() const;

 private:
  Secret key_;
  std::string info_;
  Secret expanded_;
};

/// What kinds of derived data a message has; each is sealed under the message's key.
enum class Derived : std::uint8_t { search_digest = 1, outline = 2 };

/// Seals one message as it comes.
class MessageSealer {
 public:
  /// @lifetime `sealer` and `random` outlive this object
  MessageSealer(Sealer& sealer, Random& random, Padding padding);

  /// Takes plaintext; appends what is ready of the content to `content`.
  void feed(View plain, std::string& content);
  /// Ends the message. @returns the capsule. @errors too_many (the sealer has sealed its 2^32 messages)
  [[nodiscard]] Result<std::string> finish(std::string& content);
  /// Seals what was made of the message, under its key; before or after finish().
  [[nodiscard]] std::string seal_derived(Derived kind, View plain);
  /// Octets that were fed.
  [[nodiscard]] std::uint64_t octets() const { return octets_; }

 private:
  MessageSealer(Sealer& sealer, Random& random, Padding padding, const Secret& drawn);
  void seal_chunk(View plain, bool last, std::string& content);
  void pad(std::string& content);

  Sealer& sealer_;
  Random& random_;
  const Padding padding_;
  std::string message_id_;
  MessageKeys keys_;
  crypto::Aes256Gcm cipher_;
  std::string header_;  // of the content: authenticated with every chunk
  std::string pending_;
  std::uint64_t octets_ = 0;
  std::uint64_t chunk_ = 0;
};

/// A message that can be read. One thread at a time.
class OpenedMessage {
 public:
  /// Octets [offset, offset + count) of the content, fewer at its end.
  using Content = std::function<Result<std::string>(std::uint64_t offset, std::uint64_t count)>;

  /// @errors sealed_error() (no key of its generation), corrupt, unsupported
  [[nodiscard]] static Result<OpenedMessage> open(const OpenKeys& keys, View capsule);

  /// The exact size of the message.
  [[nodiscard]] std::uint64_t octets() const { return octets_; }
  /// The size of its content; what a host keeps behind it is not the message's.
  [[nodiscard]] std::uint64_t content_octets() const { return vault::content_octets(stored_); }
  /// Plaintext octets [offset, offset + count), fewer at the end of the message; reads the chunks that hold them.
  /// @errors corrupt: the content is not what was sealed; no octet is returned then. Those of `content`
  [[nodiscard]] Result<std::string> read(std::uint64_t offset, std::uint64_t count, const Content& content);
  /// @errors corrupt
  [[nodiscard]] Result<std::string> open_derived(Derived kind, View sealed);

 private:
  OpenedMessage(MessageKeys keys, std::uint64_t octets, bool padded);
  Result<void> check_header(View header);
  Result<void> load(std::uint64_t chunk, const Content& content);
  [[nodiscard]] std::uint64_t last_chunk() const;

  MessageKeys keys_;
  crypto::Aes256Gcm cipher_;
  std::string header_;
  std::uint64_t octets_;
  std::uint64_t stored_;  // plaintext octets with their padding
  bool checked_ = false;
  std::optional<std::uint64_t> loaded_;
  std::string plain_;  // of the chunk `loaded_`
};

}  // namespace posthorn::vault
