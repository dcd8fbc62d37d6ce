// JSON (RFC 8259) as tokens and key sets use it. Only json.cpp knows the library that reads it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "posthorn/bytes/view.h"

struct json_t;

namespace posthorn::oauth {

/// An object of JSON. @lifetime its views live as long as it or a copy of it
class Json {
 public:
  /// Reads a text that is one object. Nullopt for anything else: malformed, not UTF-8, a name twice in one object
  /// (RFC 7515 section 4, RFC 7519 section 4), U+0000, a number out of range, more than 2,048 levels.
  [[nodiscard]] static std::optional<Json> parse_object(View text);

  [[nodiscard]] bool has(View name) const;
  // Members of one type; nullopt: absent or of another type.
  [[nodiscard]] std::optional<View> text(View name) const;
  [[nodiscard]] std::optional<double> number(View name) const;
  [[nodiscard]] std::optional<bool> truth(View name) const;
  /// A list whose items are all texts.
  [[nodiscard]] std::optional<std::vector<View>> texts(View name) const;
  /// A list whose items are all objects.
  [[nodiscard]] std::optional<std::vector<Json>> objects(View name) const;

 private:
  explicit Json(std::shared_ptr<json_t> value) : value_(std::move(value)) {}
  [[nodiscard]] json_t* member(View name) const;

  std::shared_ptr<json_t> value_;
};

}  // namespace posthorn::oauth
