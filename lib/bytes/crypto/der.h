// DER as far as public keys need it (X.690 section 8.1).
#pragma once

#include <cstddef>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::crypto::der {

inline constexpr char kInteger = 0x02;
inline constexpr char kBitString = 0x03;
inline constexpr char kSequence = 0x30;
// AlgorithmIdentifiers: rsaEncryption with NULL (RFC 8017 A.1), id-ecPublicKey with secp256r1 (RFC 5480), id-Ed25519
// (RFC 8410).
inline constexpr View kRsa("\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00", 15);
inline constexpr View kP256("\x30\x13\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07", 21);
inline constexpr View kEd25519("\x30\x05\x06\x03\x2B\x65\x70", 7);

/// One value: tag, length, content.
[[nodiscard]] std::string value(char tag, View content);
/// An unsigned big-endian number as INTEGER, which is signed.
[[nodiscard]] std::string integer(View number);
/// A key with its AlgorithmIdentifier as SubjectPublicKeyInfo (RFC 5280 section 4.1).
[[nodiscard]] std::string public_key_info(View algorithm, View key);

/// Takes the value with this tag from the front of `octets`. @returns false when another or none is there
[[nodiscard]] bool take(View& octets, char tag, View& content);
/// The same with tag and length kept in `whole`.
[[nodiscard]] bool take_whole(View& octets, char tag, View& whole);

/// The number without leading zeros.
[[nodiscard]] View without_zeros(View number);
[[nodiscard]] std::size_t bits_of(View number);

}  // namespace posthorn::crypto::der
