#include "service/oauth/json.h"

#include <string>

#include <doctest/doctest.h>

using namespace posthorn;
using oauth::Json;

TEST_CASE("JSON: members by type") {
  const auto json = Json::parse_object(
      R"({"t":"a\u00e4","n":1.5,"i":-7,"y":true,"l":["a","b"],"m":["a",1],"o":[{"k":"v"}],"z":null,"e":[]})");
  REQUIRE(json);
  CHECK(json->text("t") == "a\xC3\xA4");
  CHECK(json->number("n") == 1.5);
  CHECK(json->number("i") == -7);
  CHECK(json->truth("y") == true);
  CHECK(json->texts("l") == std::vector<View>{"a", "b"});
  CHECK(json->texts("e")->empty());
  CHECK(json->objects("e")->empty());
  REQUIRE(json->objects("o"));
  CHECK(json->objects("o")->front().text("k") == "v");
  CHECK(json->has("z"));
  CHECK_FALSE(json->has("absent"));
  CHECK_FALSE(json->text("n"));
  CHECK_FALSE(json->text("z"));
  CHECK_FALSE(json->number("t"));
  CHECK_FALSE(json->truth("i"));
  CHECK_FALSE(json->texts("m"));
  CHECK_FALSE(json->texts("t"));
  CHECK_FALSE(json->objects("l"));
  CHECK_FALSE(json->text("absent"));
}

TEST_CASE("JSON: an object outlives the document that it stood in") {
  auto json = Json::parse_object(R"({"o":[{"k":"v"}]})");
  const Json inner = json->objects("o")->front();
  json.reset();
  CHECK(inner.text("k") == "v");
}

TEST_CASE("JSON: what is no object, or not one object") {
  const std::string deep = "{\"a\":" + std::string(3000, '[') + std::string(3000, ']') + "}";
  for (const View bad : {View(""),
                         View("[]"),
                         View("\"a\""),
                         View("1"),
                         View("{"),
                         View("{}{}"),
                         View("{} x"),
                         View("{\"a\":1,\"a\":1}"),          // RFC 7519 section 4
                         View("{\"b\":{\"a\":1,\"a\":2}}"),  // anywhere
                         View("{\"a\":\"\xFF\"}"),
                         View("{\"a\":\"\\u0000\"}"),
                         View("{\"a\":\"\\ud800\"}"),
                         View("{\"a\":01}"),
                         View("{\"a\":1e999}"),
                         View("{\"a\":99999999999999999999}"),
                         View("{'a':1}"),
                         View("{\"a\":NaN}"),
                         View("{\"a\":1,}"),
                         View("\xEF\xBB\xBF{}"),
                         View("{}\0", 3),
                         View("{\"a\":\"\0\"}", 9),
                         View(deep)}) {
    CAPTURE(bad.substr(0, 40));
    CHECK_FALSE(Json::parse_object(bad));
  }
}
