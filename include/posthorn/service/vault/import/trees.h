// Sealed mail files of the Riseup TREES plugin, read for import: the stored key is opened with the user's password,
// then each file is read in chunks of any size.
//
// A file is a run of sealed boxes (crypto_box_seal of libsodium) of 8192 octets each; the last one is shorter and
// always there. Each box is proven on its own and nothing binds one box to the next: an altered box, a wrong key, a
// missing end and octets after the end are noticed; **boxes that were reordered, dropped, repeated, or put in by
// anybody who knows the public key are not**. No reader can do better with this format. Nobody is asked: the caller
// drives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"

namespace posthorn::vault {

/// The columns of a user's key as TREES stores them. Octets are raw or in hexadecimal digits (either case).
struct TreesColumns {
  std::uint32_t pwhash_algo = 0;  ///< 0: Argon2i (v13), 1: Argon2id (v13)
  std::uint64_t opslimit = 0;     ///< passes over the memory
  std::uint64_t memlimit = 0;     ///< memory, in octets
  std::string pwhash_salt;        ///< 16 octets
  std::string sk_nonce;           ///< 24 octets
  std::string locked_secretbox;   ///< 48 octets
  std::string public_key;         ///< 32 octets
};

/// What a stored key may cost to open. TREES itself writes 3 to 10 operations.
struct TreesLimits {
  std::uint64_t max_operations = 16;
  std::uint64_t max_memory = std::uint64_t{1} << 30U;  ///< octets: the largest preset of libsodium
};

/// Opens a stored key: 32 octets that belong to the public key. Blocks for as long as the columns say and takes their
/// memory; nothing is allocated for a demand beyond the limits.
/// @errors unsupported (another pwhash_algo), corrupt (a column has the wrong size, a cost below the least of Argon2, a
///         private key of another public key), too_many (opslimit), too_long (memlimit), denied (wrong password or a
///         damaged locked_secretbox: one seal guards both), unavailable (no memory)
[[nodiscard]] Result<Secret> open_trees_key(const TreesColumns& columns, const Secret& password,
                                            const TreesLimits& limits = {});

/// Octets of a file that say what it is: magic and version.
inline constexpr std::size_t kTreesHeader = 7;

/// Whether a file begins as those of TREES do, whatever its version. Others are plain messages: TREES passes them on.
[[nodiscard]] bool is_trees(View start);

/// Reads one file. Holds one box (8 KiB) at a time. After an error every further call gives the same error.
class TreesReader {
 public:
  explicit TreesReader(Secret private_key);

  /// Appends the text of the boxes that are complete and proven.
  /// @errors syntax (no magic), unsupported (another version), corrupt (a box does not open: damaged, or sealed to
  ///         another key; `offset` is where it begins), misuse (the key has not 32 octets; after finish())
  [[nodiscard]] Result<void> feed(View chunk, std::string& plain);

  /// The file is over: appends the text of the last box. Only success says that what was appended is a whole message.
  /// @errors corrupt (cut short; octets after the end; a last box that does not open), and those of feed()
  [[nodiscard]] Result<void> finish(std::string& plain);

 private:
  Result<void> read_header();
  Result<void> open_box(View box, std::string& plain);
  Result<void> stop(Error error);

  Secret private_key_;
  std::string public_key_;
  std::string pending_;      // octets of the header, then of a box
  std::uint64_t place_ = 0;  // where `pending_` begins in the file
  bool in_boxes_ = false;    // the header was read
  std::optional<Error> error_;
};

/// A whole file at once. @errors those of TreesReader
[[nodiscard]] Result<std::string> read_trees(View file, const Secret& private_key);

}  // namespace posthorn::vault
