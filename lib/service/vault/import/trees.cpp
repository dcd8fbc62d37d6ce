#include "posthorn/service/vault/import/trees.h"

#include <algorithm>
#include <limits>

#include <sodium.h>

#include "posthorn/bytes/codec/hex.h"

namespace posthorn::vault {

namespace {

constexpr View kMagic("\xEE\xFF\xCC", 3);
constexpr View kVersion("\0\0\0\1", 4);
constexpr std::size_t kText = 8192;  // octets of every box but the last
constexpr std::size_t kBox = kText + crypto_box_SEALBYTES;

unsigned char* octets_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* octets_of(View text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Error broken(View what, std::uint64_t at = 0) {
  const auto most = std::numeric_limits<std::uint32_t>::max();
  return {Code::corrupt, Blame::environment, Lasting::permanent, what,
          static_cast<std::uint32_t>(std::min<std::uint64_t>(at, most))};
}

/// Octets of a scratch buffer that must not stay behind.
struct Wiped {
  std::string octets;
  explicit Wiped(std::size_t count) : octets(count, '\0') {}
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { wipe(octets.data(), octets.size()); }
};

Result<std::string> column(View value, std::size_t size, View name) {
  if (value.size() == size) return own(value);
  if (value.size() == 2 * size) {
    if (auto octets = codec::hex_decode(value)) return std::move(*octets);
  }
  return fail(broken("the column " + own(name) + " has the wrong size"));
}

Result<int> algorithm_of(const TreesColumns& columns) {
  switch (columns.pwhash_algo) {
    case 0: return crypto_pwhash_ALG_ARGON2I13;
    case 1: return crypto_pwhash_ALG_ARGON2ID13;
    default:
      return fail(Error(Code::unsupported, Blame::environment, Lasting::permanent,
                        "pwhash_algo " + std::to_string(columns.pwhash_algo)));
  }
}

Result<void> check_cost(const TreesColumns& columns, const TreesLimits& limits) {
  const bool old = columns.pwhash_algo == 0;
  const std::uint64_t least_operations = old ? crypto_pwhash_argon2i_OPSLIMIT_MIN : crypto_pwhash_argon2id_OPSLIMIT_MIN;
  if (columns.opslimit < least_operations || columns.memlimit < crypto_pwhash_argon2id_MEMLIMIT_MIN) {
    return fail(broken("a cost below the least of Argon2"));
  }
  if (columns.opslimit > limits.max_operations) {
    return fail(Error(Code::too_many, Blame::environment, Lasting::permanent,
                      "opslimit " + std::to_string(columns.opslimit) + " is over max_operations"));
  }
  if (columns.memlimit > limits.max_memory || columns.memlimit > crypto_pwhash_argon2id_MEMLIMIT_MAX) {
    return fail(Error(Code::too_long, Blame::environment, Lasting::permanent,
                      "memlimit " + std::to_string(columns.memlimit) + " is over max_memory"));
  }
  return {};
}

std::string public_key_of(View private_key) {
  std::string key(crypto_box_PUBLICKEYBYTES, '\0');
  if (crypto_scalarmult_base(octets_of(key), octets_of(private_key)) != 0) key.clear();
  return key;
}

}  // namespace

Result<Secret> open_trees_key(const TreesColumns& columns, const Secret& password, const TreesLimits& limits) {
  if (sodium_init() < 0) return fail(environment_error(Code::unavailable, "libsodium does not start"));
  const auto algorithm = algorithm_of(columns);
  if (!algorithm) return fail(algorithm.error());
  if (auto good = check_cost(columns, limits); !good) return fail(std::move(good.error()));
  const auto salt = column(columns.pwhash_salt, crypto_pwhash_SALTBYTES, "pwhash_salt");
  if (!salt) return fail(salt.error());
  const auto nonce = column(columns.sk_nonce, crypto_secretbox_NONCEBYTES, "sk_nonce");
  if (!nonce) return fail(nonce.error());
  const auto box =
      column(columns.locked_secretbox, crypto_secretbox_MACBYTES + crypto_box_SECRETKEYBYTES, "locked_secretbox");
  if (!box) return fail(box.error());
  const auto public_key = column(columns.public_key, crypto_box_PUBLICKEYBYTES, "public_key");
  if (!public_key) return fail(public_key.error());

  Wiped digest(crypto_secretbox_KEYBYTES);
  const View clear = password.reveal();
  if (crypto_pwhash(octets_of(digest.octets), digest.octets.size(), clear.empty() ? "" : clear.data(), clear.size(),
                    octets_of(View(*salt)), columns.opslimit, columns.memlimit, *algorithm) != 0) {
    return fail(environment_error(Code::unavailable, "no memory to hash a password"));
  }
  Wiped key(crypto_box_SECRETKEYBYTES);
  if (crypto_secretbox_open_easy(octets_of(key.octets), octets_of(View(*box)), box->size(), octets_of(View(*nonce)),
                                 octets_of(View(digest.octets))) != 0) {
    return fail(peer_error(Code::denied, "wrong password, or a damaged locked_secretbox"));
  }
  if (public_key_of(key.octets) != *public_key) return fail(broken("the private key belongs to another public key"));
  return Secret(View(key.octets));
}

bool is_trees(View start) { return start.starts_with(kMagic); }

TreesReader::TreesReader(Secret private_key) : private_key_(std::move(private_key)) {
  if (private_key_.reveal().size() == crypto_box_SECRETKEYBYTES) public_key_ = public_key_of(private_key_.reveal());
  if (public_key_.empty()) error_ = caller_error(Code::misuse, "no private key of TREES");
}

Result<void> TreesReader::stop(Error error) {
  error_ = std::move(error);
  return fail(*error_);
}

Result<void> TreesReader::read_header() {
  const View header(pending_);
  if (!header.starts_with(kMagic)) return stop(peer_error(Code::syntax, "no file of TREES"));
  if (header.substr(kMagic.size(), kVersion.size()) != kVersion) {
    return stop(Error(Code::unsupported, Blame::environment, Lasting::permanent, "another version of TREES"));
  }
  pending_.erase(0, kTreesHeader);
  place_ = kTreesHeader;
  in_boxes_ = true;
  return {};
}

Result<void> TreesReader::open_box(View box, std::string& plain) {
  const std::size_t before = plain.size();
  plain.resize(before + box.size() - crypto_box_SEALBYTES);
  if (crypto_box_seal_open(octets_of(plain) + before, octets_of(box), box.size(), octets_of(View(public_key_)),
                           octets_of(private_key_.reveal())) != 0) {
    plain.resize(before);
    return stop(broken(box.size() == kBox ? "a box does not open: damaged, or sealed to another key"
                                          : "the last box does not open: cut short, damaged, or followed by more",
                       place_));
  }
  place_ += box.size();
  return {};
}

Result<void> TreesReader::feed(View chunk, std::string& plain) {
  if (error_) return fail(*error_);
  while (!chunk.empty()) {
    const std::size_t wanted = in_boxes_ ? kBox : kTreesHeader;
    if (in_boxes_ && pending_.empty() && chunk.size() >= kBox) {  // no need to copy it
      if (auto good = open_box(chunk.substr(0, kBox), plain); !good) return good;
      chunk.remove_prefix(kBox);
      continue;
    }
    const std::size_t taken = std::min(chunk.size(), wanted - pending_.size());
    pending_ += chunk.substr(0, taken);
    chunk.remove_prefix(taken);
    if (pending_.size() < wanted) continue;
    if (!in_boxes_) {
      if (auto good = read_header(); !good) return good;
      continue;
    }
    if (auto good = open_box(pending_, plain); !good) return good;
    pending_.clear();
  }
  return {};
}

Result<void> TreesReader::finish(std::string& plain) {
  if (error_) return fail(*error_);
  if (!in_boxes_) {
    return stop(is_trees(pending_) ? broken("the file ends within its header", pending_.size())
                                   : peer_error(Code::syntax, "no file of TREES"));
  }
  if (pending_.size() < crypto_box_SEALBYTES) return stop(broken("the file ends before its last box does", place_));
  if (auto good = open_box(pending_, plain); !good) return good;
  pending_.clear();
  error_ = caller_error(Code::misuse, "the file is over");
  return {};
}

Result<std::string> read_trees(View file, const Secret& private_key) {
  TreesReader reader(private_key);
  std::string plain;
  plain.reserve(file.size());
  if (auto good = reader.feed(file, plain); !good) return fail(std::move(good.error()));
  if (auto good = reader.finish(plain); !good) return fail(std::move(good.error()));
  return plain;
}

}  // namespace posthorn::vault
