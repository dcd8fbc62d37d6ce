// The fields of a header by name, read as what they are (RFC 5322 section 3.6 and the RFCs of kFields).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mail/received.h"
#include "posthorn/grammar/mime/header.h"

namespace posthorn::mime {

/// What the body of a field is, and so which member of Fields reads it.
enum class FieldKind : std::uint8_t {
  text,       ///< words for people, with encoded words: text()
  addresses,  ///< addresses()
  date,       ///< date()
  ids,        ///< message ids in angle brackets: ids()
  phrases,    ///< words for people, separated by commas: phrases()
  value,      ///< a value with parameters: parse_content_type(), parse_disposition()
  tokens,     ///< words for machines: parse_tokens()
  urls,       ///< mail::list_urls()
  list_id,    ///< mail::parse_list_id()
  received,   ///< received()
  opaque,     ///< with a grammar of its own, left as it is: raw()
};

/// What is known of a field name.
struct FieldRow {
  View name;
  FieldKind kind;
  bool once;    ///< a message has at most one; where it has more, the first counts
  View source;  ///< RFC and section
};

/// The fields that this library knows, in the order of RFC 5322 section 3.6, then those of MIME and of lists.
inline constexpr std::array kFields{
    FieldRow{"From", FieldKind::addresses, true, "RFC 5322 section 3.6.2"},
    FieldRow{"Sender", FieldKind::addresses, true, "RFC 5322 section 3.6.2"},
    FieldRow{"Reply-To", FieldKind::addresses, true, "RFC 5322 section 3.6.2"},
    FieldRow{"To", FieldKind::addresses, true, "RFC 5322 section 3.6.3"},
    FieldRow{"Cc", FieldKind::addresses, true, "RFC 5322 section 3.6.3"},
    FieldRow{"Bcc", FieldKind::addresses, true, "RFC 5322 section 3.6.3"},
    FieldRow{"Date", FieldKind::date, true, "RFC 5322 section 3.6.1"},
    FieldRow{"Message-ID", FieldKind::ids, true, "RFC 5322 section 3.6.4"},
    FieldRow{"In-Reply-To", FieldKind::ids, true, "RFC 5322 section 3.6.4"},
    FieldRow{"References", FieldKind::ids, true, "RFC 5322 section 3.6.4"},
    FieldRow{"Subject", FieldKind::text, true, "RFC 5322 section 3.6.5"},
    FieldRow{"Comments", FieldKind::text, false, "RFC 5322 section 3.6.5"},
    FieldRow{"Keywords", FieldKind::phrases, false, "RFC 5322 section 3.6.5"},
    FieldRow{"Resent-Date", FieldKind::date, false, "RFC 5322 section 3.6.6"},
    FieldRow{"Resent-From", FieldKind::addresses, false, "RFC 5322 section 3.6.6"},
    FieldRow{"Resent-Sender", FieldKind::addresses, false, "RFC 5322 section 3.6.6"},
    FieldRow{"Resent-To", FieldKind::addresses, false, "RFC 5322 section 3.6.6"},
    FieldRow{"Resent-Cc", FieldKind::addresses, false, "RFC 5322 section 3.6.6"},
    FieldRow{"Resent-Bcc", FieldKind::addresses, false, "RFC 5322 section 3.6.6"},
    FieldRow{"Resent-Message-ID", FieldKind::ids, false, "RFC 5322 section 3.6.6"},
    FieldRow{"Return-Path", FieldKind::addresses, false, "RFC 5322 section 3.6.7"},
    FieldRow{"Received", FieldKind::received, false, "RFC 5322 section 3.6.7"},
    FieldRow{"MIME-Version", FieldKind::tokens, true, "RFC 2045 section 4"},
    FieldRow{"Content-Type", FieldKind::value, true, "RFC 2045 section 5"},
    FieldRow{"Content-Transfer-Encoding", FieldKind::tokens, true, "RFC 2045 section 6"},
    FieldRow{"Content-ID", FieldKind::ids, true, "RFC 2045 section 7"},
    FieldRow{"Content-Description", FieldKind::text, false, "RFC 2045 section 8"},
    FieldRow{"Content-Disposition", FieldKind::value, true, "RFC 2183"},
    FieldRow{"Content-Language", FieldKind::tokens, false, "RFC 3282"},
    FieldRow{"List-Id", FieldKind::list_id, true, "RFC 2919"},
    FieldRow{"List-Help", FieldKind::urls, true, "RFC 2369 section 3.1"},
    FieldRow{"List-Unsubscribe", FieldKind::urls, true, "RFC 2369 section 3.2"},
    FieldRow{"List-Subscribe", FieldKind::urls, true, "RFC 2369 section 3.3"},
    FieldRow{"List-Post", FieldKind::urls, true, "RFC 2369 section 3.4"},
    FieldRow{"List-Owner", FieldKind::urls, true, "RFC 2369 section 3.5"},
    FieldRow{"List-Archive", FieldKind::urls, true, "RFC 2369 section 3.6"},
    FieldRow{"List-Unsubscribe-Post", FieldKind::opaque, false, "RFC 8058 section 2"},
    FieldRow{"Auto-Submitted", FieldKind::value, false, "RFC 3834 section 5"},
    FieldRow{"Disposition-Notification-To", FieldKind::addresses, false, "RFC 8098 section 2.1"},
    FieldRow{"Authentication-Results", FieldKind::opaque, false, "RFC 8601 section 2.2"},
    FieldRow{"DKIM-Signature", FieldKind::opaque, false, "RFC 6376 section 3.5"},
};

/// The row of a name (ASCII case ignored), or null: such a field is text (RFC 5322 section 3.6.8).
[[nodiscard]] constexpr const FieldRow* field_row(View name) {
  for (const FieldRow& row : kFields) {
    if (same_word(row.name, name)) return &row;
  }
  return nullptr;
}

/// The fields of one name from the top: `for (const Field& f : fields.all("Received"))`. @lifetime views of the header
class NamedFields {
 public:
  class Iterator {
   public:
    Iterator(View header, View name) : reader_(header), name_(name) { ++*this; }
    const Field& operator*() const { return field_; }
    const Field* operator->() const { return &field_; }
    Iterator& operator++() {
      do ended_ = !reader_.next(field_);
      while (!ended_ && !same_word(field_.name, name_));
      return *this;
    }
    bool operator==(std::default_sentinel_t /*end*/) const { return ended_; }

   private:
    FieldReader reader_;
    View name_;
    Field field_;
    bool ended_ = false;
  };

  NamedFields(View header, View name) : header_(header), name_(name) {}
  [[nodiscard]] Iterator begin() const { return {header_, name_}; }
  [[nodiscard]] static std::default_sentinel_t end() { return {}; }

 private:
  View header_;
  View name_;
};

/// A header whose fields are asked for by name, ASCII case ignored. Any member reads any field, and any octets in it.
/// Where a field stands more than once the first counts, except for all() and received(). What is not there is nullopt
/// or an empty list. Each call walks the header once; raw(), first() and all() allocate nothing.
class Fields {
 public:
  /// @param header  of a message or part, as Message::header() gives it. @lifetime borrowed
  explicit Fields(View header) : header_(header) {}

  /// All fields of that name.
  [[nodiscard]] NamedFields all(View name) const { return {header_, name}; }
  [[nodiscard]] std::optional<Field> first(View name) const;
  /// The octets of a whole field as they stand, from its name to and with its last line end, which is missing only at
  /// the end of the header: what DKIM signs in its "simple" form (RFC 6376 section 3.4.1).
  /// @param field  of this header, as all() and first() give it
  [[nodiscard]] View octets(const Field& field) const;

  /// What follows the colon, folding kept, without the last line end.
  [[nodiscard]] std::optional<View> raw(View name) const { return find_field(header_, name); }
  /// Unfolded, encoded words decoded, without white space at its ends; UTF-8.
  [[nodiscard]] std::optional<std::string> text(View name) const;
  /// Display and group names are decoded to UTF-8; the rest is as it stands.
  [[nodiscard]] std::vector<mail::Address> addresses(View name) const;
  [[nodiscard]] std::optional<WallTime> date(View name) const;
  /// Without angle brackets, as message_ids() reads them.
  [[nodiscard]] std::vector<std::string> ids(View name) const;
  /// What stands between commas (RFC 5322 section 3.6.5), as text() reads it; UTF-8.
  [[nodiscard]] std::vector<std::string> phrases(View name) const;
  [[nodiscard]] std::optional<ContentType> content_type() const;
  /// The hops, last one first. @lifetime views of the header
  [[nodiscard]] std::vector<mail::Received> received() const;

 private:
  View header_;
};

}  // namespace posthorn::mime
