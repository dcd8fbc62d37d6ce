#include "service/oauth/json.h"

#include <jansson.h>

namespace posthorn::oauth {

namespace {

/// The text of a value; nullopt: it is none.
std::optional<View> text_of(const json_t* value) {
  if (!json_is_string(value)) return std::nullopt;
  return View(json_string_value(value), json_string_length(value));
}

}  // namespace

std::optional<Json> Json::parse_object(View text) {
  std::shared_ptr<json_t> value(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, nullptr), json_decref);
  if (!json_is_object(value.get())) return std::nullopt;
  return Json(std::move(value));
}

json_t* Json::member(View name) const { return json_object_getn(value_.get(), name.data(), name.size()); }

bool Json::has(View name) const { return member(name) != nullptr; }

std::optional<View> Json::text(View name) const { return text_of(member(name)); }

std::optional<double> Json::number(View name) const {
  const json_t* value = member(name);
  if (!json_is_number(value)) return std::nullopt;
  return json_number_value(value);
}

std::optional<bool> Json::truth(View name) const {
  const json_t* value = member(name);
  if (!json_is_boolean(value)) return std::nullopt;
  return json_is_true(value);
}

std::optional<std::vector<View>> Json::texts(View name) const {
  const json_t* list = member(name);
  if (!json_is_array(list)) return std::nullopt;
  std::vector<View> items;
  for (std::size_t i = 0; i < json_array_size(list); ++i) {
    const auto item = text_of(json_array_get(list, i));
    if (!item) return std::nullopt;
    items.push_back(*item);
  }
  return items;
}

std::optional<std::vector<Json>> Json::objects(View name) const {
  const json_t* list = member(name);
  if (!json_is_array(list)) return std::nullopt;
  std::vector<Json> items;
  for (std::size_t i = 0; i < json_array_size(list); ++i) {
    json_t* item = json_array_get(list, i);
    if (!json_is_object(item)) return std::nullopt;
    items.push_back(Json(std::shared_ptr<json_t>(json_incref(item), json_decref)));
  }
  return items;
}

}  // namespace posthorn::oauth
