// The fields of reports: a row for each says how its value is read, written and where it is kept.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/grammar/mail/typed_text.h"
#include "posthorn/grammar/mime/builder.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/grammar/mime/report.h"

#include "grammar/cfws.h"
#include "grammar/lower_case.h"

namespace posthorn::mime {

/// Words of a field, octets; and of a value that was read, which may grow to three times its size when it is escaped.
inline constexpr std::size_t kFieldWord = 900;
inline constexpr std::size_t kValueWord = 300;
/// Of a field: what a folded line holds with the colon.
inline constexpr std::size_t kReportFieldName = 77;

/// The text as a field can have it: UTF-8, no controls, words of at most so many octets with at most 20 spaces between
/// them. Done twice it is the same.
[[nodiscard]] std::string field_text(View text, std::size_t longest_word);

[[nodiscard]] inline std::string value_text(View text) { return field_text(text, kValueWord); }

/// Writes a field: field_text(), escaped where the form wants it, folded. Nothing for a name that is none.
void put_report_field(std::string& out, View name, View text, HeaderForm form);

/// Kinds of values. `read` gets what field_text() gives, never empty.
struct TextKind {
  static std::optional<std::string> read(View text) { return value_text(text); }
  static std::string write(const std::string& value, HeaderForm) { return value; }
};
struct WordKind {  ///< a keyword
  static std::optional<std::string> read(View text) { return lower_case(value_text(text)); }
  static std::string write(const std::string& value, HeaderForm) { return value; }
};
struct BracketKind {  ///< a path or a message id, kept without its brackets
  static std::optional<std::string> read(View text);
  static std::string write(const std::string& value, HeaderForm) { return "<" + value + ">"; }
};
struct Base64Kind {
  static std::optional<std::string> read(View text);
  static std::string write(const std::string& value, HeaderForm);
};
struct AddressKind {
  static std::optional<mail::TypedText> read(View text);
  static std::string write(const mail::TypedText& value, HeaderForm form);
};
struct MtaKind {
  static std::optional<mail::TypedText> read(View text);
  static std::string write(const mail::TypedText& value, HeaderForm);
};
struct DiagnosticKind {
  static std::optional<mail::TypedText> read(View text);
  static std::string write(const mail::TypedText& value, HeaderForm);
};
struct LocalizedKind {  ///< type is a language tag
  static std::optional<mail::TypedText> read(View text);
  static std::string write(const mail::TypedText& value, HeaderForm);
};
struct DateKind {
  static std::optional<DateTime> read(View text);
  static std::string write(const DateTime& value, HeaderForm);
};
template <std::unsigned_integral N>
struct NumberKind {
  static std::optional<N> read(View text) {
    Cursor c(text.substr(skip_cfws(text, 0)));
    N out = 0;
    const bool whole = c.number(out) && skip_cfws(c.rest(), 0) == c.rest().size();
    return whole ? std::optional(out) : std::nullopt;
  }
  static std::string write(const N& value, HeaderForm) { return std::to_string(value); }
};

/// Puts a value where it belongs; false where one is already, or where it would look as if there were none.
inline bool keep(std::string& place, std::string value) {
  if (!place.empty() || value.empty()) return false;
  place = std::move(value);
  return true;
}
template <class V>
bool keep(std::optional<V>& place, V value) {
  if (place) return false;
  place = std::move(value);
  return true;
}
template <class V>
bool keep(std::vector<V>& place, V value) {
  place.push_back(std::move(value));
  return true;
}

inline void for_each_value(const std::string& place, auto f) {
  if (!place.empty()) f(place);
}
template <class V>
void for_each_value(const std::optional<V>& place, auto f) {
  if (place) f(*place);
}
template <class V>
void for_each_value(const std::vector<V>& place, auto f) {
  for (const V& value : place) f(value);
}

/// A field of the group of fields that T is.
template <class T>
struct FieldRow {
  View name;
  bool (*read)(T&, View text);  ///< whether the value could be read and kept
  void (*write)(const T&, View name, HeaderForm form, std::string& out);
};

template <class Kind, auto kMember>
struct FieldRowOf;
template <class Kind, class T, class Place, Place T::* kMember>
struct FieldRowOf<Kind, kMember> {
  static bool read(T& group, View text) {
    auto value = Kind::read(text);
    return value && keep(group.*kMember, std::move(*value));
  }
  static void write(const T& group, View name, HeaderForm form, std::string& out) {
    for_each_value(group.*kMember, [&](const auto& value) {
      const std::string text = Kind::write(value, form);
      if (!text.empty()) put_report_field(out, name, text, form);
    });
  }
  static constexpr FieldRow<T> named(View name) { return {.name = name, .read = read, .write = write}; }
};

/// The row of a field: field_row<DateKind, &DeliveryStatus::arrival_date>("Arrival-Date").
template <class Kind, auto kMember>
constexpr auto field_row(View name) {
  return FieldRowOf<Kind, kMember>::named(name);
}

template <class T>
[[nodiscard]] const FieldRow<T>* find_row(std::span<const FieldRow<T>> rows, View name) {
  for (const FieldRow<T>& row : rows) {
    if (same_word(row.name, name)) return &row;
  }
  return nullptr;
}

template <class T>
void write_fields(std::span<const FieldRow<T>> rows, const T& group, HeaderForm form, std::string& out) {
  for (const FieldRow<T>& row : rows) row.write(group, row.name, form, out);
}

void write_fields(std::span<const ReportField> fields, HeaderForm form, std::string& out);

/// Walks the fields of a body over its empty lines.
class ReportReader {
 public:
  /// @lifetime borrowed
  explicit ReportReader(View body) : rest_(body), group_({}) {}
  struct Item {
    View name;
    std::string text;  ///< field_text(), of kFieldWord
    bool first;        ///< of its group
  };
  bool next(Item& out);

 private:
  [[nodiscard]] View take_group();

  View rest_;
  FieldReader group_;
};

/// Whether a row took the field.
template <class T>
bool read_field(std::span<const FieldRow<T>> rows, View name, View text, T& group) {
  const FieldRow<T>* row = find_row(rows, name);
  return row != nullptr && !text.empty() && row->read(group, text);
}

/// A report that has one group of fields.
template <class T>
[[nodiscard]] T read_fields(std::span<const FieldRow<T>> rows, View body) {
  T out;
  ReportReader reader(body);
  for (ReportReader::Item field; reader.next(field);) {
    if (!read_field(rows, field.name, field.text, out)) out.more.push_back({own(field.name), value_text(field.text)});
  }
  return out;
}

/// What the assembly of a report needs to know.
struct ReportKind {
  View report_type;   ///< "delivery-status"
  View machine_type;  ///< "message/delivery-status"
  View global_type;   ///< "message/global-delivery-status", or empty for a type without UTF-8
};
[[nodiscard]] Entity assemble_report(const ReportKind& kind, std::string fields, std::string text, View original,
                                     const ReportOptions& options);

}  // namespace posthorn::mime
