// The words of responses over a Cursor, with the quirks of servers (RFC 9051 section 9; response.h names the quirks).
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/imap/response.h"

namespace posthorn::imap::response {

/// A value that may be a string, NIL or a literal whose octets came before.
struct Octets {
  std::optional<std::string> text;
  std::uint64_t size = 0;
  bool streamed = false;
};

/// Reads one response. Copy it to look further and come back: a failure of the copy is no failure of the original.
class Reader {
 public:
  Reader(View text, const ParseOptions& options) : c_(text), options_(&options) {}

  [[nodiscard]] Cursor& cursor() { return c_; }
  [[nodiscard]] View text_from(std::uint32_t offset) const;
  [[nodiscard]] char peek() const { return c_.peek(); }
  [[nodiscard]] bool ok() const { return c_.ok(); }
  [[nodiscard]] bool at_end() const { return c_.at_end(); }
  bool fail(posthorn::Code code, View note) { return c_.fail(code, note); }

  /// At least one space.
  bool sp() { return c_.sp() && spaces(); }
  /// Any number of spaces; always true.
  bool spaces() {
    c_.try_run(CharSet(" "));
    return true;
  }
  bool try_octet(char c) { return c_.try_octet(c); }
  bool octet(char c) { return c_.octet(c); }
  bool try_word(View w) { return c_.try_word(w); }
  /// The closing parenthesis of a list, with the spaces before it.
  bool try_close() { return spaces() && c_.try_octet(')'); }
  /// End of the response, with the spaces before it.
  bool end() { return spaces() && c_.end(); }

  bool atom(View& out) { return c_.run(kAtomChar, out); }
  template <std::unsigned_integral N>
  bool number(N& out, N max = std::numeric_limits<N>::max()) {
    return c_.number(out, max);
  }
  template <std::unsigned_integral N>
  bool number(std::optional<N>& out) {
    out.emplace();
    return c_.number(*out);
  }
  template <class S>
    requires requires { typename S::value_type; }
  bool strong(S& out) {
    typename S::value_type value{};
    if (!c_.number(value)) return false;
    out = S(value);
    return true;
  }

  /// string / NIL / literal8; streamed where ParseOptions say so.
  bool octets(Octets& out);
  bool nstring(std::optional<std::string>& out);
  bool string(std::string& out);
  /// nstring where NIL means nothing.
  bool string_or_nil(std::string& out);
  bool astring(std::string& out);
  bool mailbox(std::string& name, std::string* wire = nullptr);
  /// DQUOTE octet DQUOTE / NIL.
  bool delimiter(std::optional<char>& out);
  /// "(" [flag *(SP flag)] ")".
  bool flag_list(FlagList& out);
  /// "(" ["\"atom *(SP "\"atom)] ")": the attributes of LIST.
  bool attributes(std::vector<std::string>& out);
  /// 1*(number / number ":" number) with commas; no "*".
  bool set(std::vector<Range>& out);
  /// "(" [astring *(SP astring)] ")".
  bool astrings(std::vector<std::string>& out);
  /// One value of any kind, its octets as they stand.
  bool value(View& out);

 private:
  bool quoted(std::string& out);
  bool literal(Octets& out);
  bool skip(int depth);

  Cursor c_;
  const ParseOptions* options_;
};

/// Behind "[": the code up to and with "]".
bool read_code(Reader& r, Code& out);
/// Behind the number and "FETCH ".
bool read_fetch(Reader& r, Fetch& out);
bool read_envelope(Reader& r, Envelope& out);
bool read_body(Reader& r, Body& out);
/// Behind "THREAD".
bool read_thread(Reader& r, Thread& out);
/// Behind "ESEARCH".
bool read_esearch(Reader& r, ESearch& out);
/// Behind "LIST ".
bool read_list(Reader& r, List& out);
/// Behind "STATUS ".
bool read_status(Reader& r, MailboxState& out);
/// The responses of NAMESPACE, ID, ACL, QUOTA and METADATA, behind their word.
bool read_namespace(Reader& r, Namespace& out);
bool read_id(Reader& r, Id& out);
bool read_acl(Reader& r, Acl& out);
bool read_my_rights(Reader& r, MyRights& out);
bool read_list_rights(Reader& r, ListRights& out);
bool read_quota(Reader& r, Quota& out);
bool read_quota_root(Reader& r, QuotaRoot& out);
bool read_metadata(Reader& r, Metadata& out);

}  // namespace posthorn::imap::response
