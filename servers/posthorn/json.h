// JSON that commands print for programs.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <jansson.h>

#include "posthorn/bytes/view.h"

namespace posthorn::servers::json {

struct Release {
  void operator()(json_t* value) const { json_decref(value); }
};
using Json = std::unique_ptr<json_t, Release>;

/// What a peer or the DNS said need not be UTF-8.
inline Json value_of(View octets) {
  Json value(json_stringn(octets.data(), octets.size()));
  return value ? std::move(value) : Json(json_string("?"));
}
inline Json value_of(const std::string& octets) { return value_of(View(octets)); }
inline Json value_of(std::uint64_t value) { return Json(json_integer(static_cast<json_int_t>(value))); }
inline Json value_of(bool value) { return Json(json_boolean(value)); }
inline Json value_of(Json value) { return value; }

/// @param make  gives the value of an item
template <class List, class Make>
Json list_of(const List& items, Make make) {
  Json list(json_array());
  for (const auto& item : items) json_array_append_new(list.get(), make(item).release());
  return list;
}
inline Json value_of(const std::vector<std::string>& texts) {
  return list_of(texts, [](const std::string& text) { return value_of(text); });
}

/// An object of names and values, in their order.
template <class... Rest>
void put(const Json& object, const char* name, auto&& value, Rest&&... rest) {
  json_object_set_new(object.get(), name, value_of(std::forward<decltype(value)>(value)).release());
  if constexpr (sizeof...(rest) > 0) put(object, std::forward<Rest>(rest)...);
}
template <class... All>
Json object(All&&... all) {
  Json made(json_object());
  if constexpr (sizeof...(all) > 0) put(made, std::forward<All>(all)...);
  return made;
}

inline void print(const Json& value) {
  struct Free {
    void operator()(char* octets) const { std::free(octets); }
  };
  const std::unique_ptr<char, Free> out(json_dumps(value.get(), JSON_INDENT(2) | JSON_PRESERVE_ORDER));
  fmt::print("{}\n", out.get());
}

}  // namespace posthorn::servers::json
