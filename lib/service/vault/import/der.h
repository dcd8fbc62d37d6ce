// As much of DER (X.690) as keys and headers of sealed files need.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::vault::der {

inline constexpr unsigned char kInteger = 0x02;
inline constexpr unsigned char kBitString = 0x03;
inline constexpr unsigned char kOctetString = 0x04;
inline constexpr unsigned char kOid = 0x06;
inline constexpr unsigned char kSequence = 0x30;
inline constexpr unsigned char kParameters = 0xA0;  // [0] of ECPrivateKey

/// Takes the value that `from` begins with when it has this tag; `from` stays as it is otherwise. Lengths are definite,
/// shortest and at most 65535. @lifetime as `from`
[[nodiscard]] std::optional<View> take(View& from, unsigned char tag);

/// A value with its tag and length; at most 65535 octets.
[[nodiscard]] std::string put(unsigned char tag, View value);

/// "1.2.840.10045.2.1" of an OID's value; "?" when it is none.
[[nodiscard]] std::string oid_text(View value);

/// A positive INTEGER's value that fits, or nullopt.
[[nodiscard]] std::optional<std::uint32_t> number(View value);

}  // namespace posthorn::vault::der
