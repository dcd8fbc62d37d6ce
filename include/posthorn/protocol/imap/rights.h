// Rights on mailboxes (RFC 4314): sets of them, how they are written, and who has which.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"

namespace posthorn::imap {

/// One right; a bit each (RFC 4314 section 2.1).
enum class Right : std::uint16_t {
  lookup = 1,         ///< l: the mailbox is visible to LIST, LSUB, SUBSCRIBE
  read = 2,           ///< r: SELECT, FETCH, SEARCH, COPY from it
  seen = 4,           ///< s: keep \Seen
  write = 8,          ///< w: flags other than \Seen and \Deleted
  insert = 16,        ///< i: APPEND, COPY into it
  post = 32,          ///< p: send mail to its address
  create = 64,        ///< k: create mailboxes below it
  remove = 128,       ///< x: delete or rename it
  set_deleted = 256,  ///< t: set or clear \Deleted
  expunge = 512,      ///< e: EXPUNGE
  administer = 1024,  ///< a: its ACL
};

/// A set of rights; a value.
class Rights {
 public:
  constexpr Rights() = default;
  constexpr Rights(Right one)
      : bits_(static_cast<std::uint16_t>(one)) {}  // NOLINT(google-explicit-constructor): one is a set
  [[nodiscard]] static constexpr Rights all() { return from_bits(2047); }
  [[nodiscard]] static constexpr Rights from_bits(std::uint16_t bits) {
    Rights r;
    r.bits_ = bits & 2047U;
    return r;
  }
  [[nodiscard]] constexpr std::uint16_t bits() const { return bits_; }
  [[nodiscard]] constexpr bool has(Right one) const { return (bits_ & static_cast<std::uint16_t>(one)) != 0; }
  [[nodiscard]] constexpr bool has_all(Rights some) const { return (bits_ & some.bits_) == some.bits_; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  constexpr Rights operator|(Rights other) const { return from_bits(bits_ | other.bits_); }
  constexpr Rights operator&(Rights other) const { return from_bits(bits_ & other.bits_); }
  constexpr Rights operator-(Rights other) const { return from_bits(static_cast<std::uint16_t>(bits_ & ~other.bits_)); }
  bool operator==(const Rights&) const = default;

 private:
  std::uint16_t bits_ = 0;
};
constexpr Rights operator|(Right a, Right b) { return Rights(a) | Rights(b); }

/// Letters as clients write them; the obsolete c stands for k and x, d for e and t (RFC 4314 section 2.1.1).
/// nullopt: a letter that is no right.
[[nodiscard]] std::optional<Rights> parse_rights(View letters);
/// "lrswipkxtea" as far as they are there, and c and d where RFC 4314 section 2.1.1 wants them shown.
[[nodiscard]] std::string format_rights(Rights rights);

/// One line of an ACL. Identifiers are as on the wire: a login, "anyone", "$group"; "-" in front takes rights away.
struct AclEntry {
  std::string identifier;
  Rights rights;
  bool operator==(const AclEntry&) const = default;
};

/// How SETACL changes the rights of an identifier (section 3.1).
enum class RightsChange : std::uint8_t { replace, add, remove };

/// The answer to LISTRIGHTS (section 3.7): what an identifier always has, and what it may be given, in groups that only
/// go together.
struct GrantableRights {
  Rights always;
  std::vector<Rights> optional;
};

}  // namespace posthorn::imap
