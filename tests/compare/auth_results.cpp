// Writes fields Authentication-Results, each with what it is meant to say as a line of JSON, for
// auth_results_readers.py.
#include <algorithm>
#include <iostream>
#include <string>

#include "posthorn/protocol/auth_results/field.h"
#include "posthorn/protocol/auth_results/methods.h"

#include "compare/json_text.h"

using namespace posthorn;
using auth_results::Field;
using auth_results::MethodResult;
using testing::append_member;

namespace {

void print(const Field& field) {
  std::string out = "{";
  append_member(out, "text", auth_results::format(field));
  append_member(out, "id", field.authserv_id);
  append_member(out, "results");
  out += '[';
  for (const MethodResult& result : field.results) {
    out += out.ends_with('[') ? "{" : ",{";
    append_member(out, "method", result.method);
    append_member(out, "result", result.result);
    append_member(out, "reason", result.reason);
    append_member(out, "properties");
    out += '[';
    for (const auto& property : result.properties) {
      out += out.ends_with('[') ? "[" : ",[";
      for (const std::string& word : {property.type, property.name, property.value}) {
        if (!out.ends_with('[')) out += ',';
        testing::append_json(out, word);
      }
      out += ']';
    }
    out += "]}";
  }
  std::cout << out << "]}\n";
}

/// Every registered result of every registered method, with all of its properties.
void print_registered() {
  for (const auth_results::Method& method : auth_results::kMethods) {
    for (View results = method.results; !results.empty();) {
      const View word = results.substr(0, results.find(' '));
      results.remove_prefix(std::min(word.size() + 1, results.size()));
      MethodResult result{.method = own(method.name), .result = own(word)};
      for (View properties = method.properties; !properties.empty();) {
        const View property = properties.substr(0, properties.find(' '));
        properties.remove_prefix(std::min(property.size() + 1, properties.size()));
        const std::size_t dot = property.find('.');
        result.properties.push_back({own(property.substr(0, dot)), own(property.substr(dot + 1)), "value.example"});
      }
      print({.authserv_id = "mx.receiver.example", .results = {result}});
    }
  }
}

}  // namespace

int main() {
  print_registered();
  print({.authserv_id = "mx.receiver.example"});
  // python3-authres takes a quoted value at the end of a result only, and leaves the backslashes of quoted pairs.
  const std::string label(60, 'a');
  for (const std::string& value :
       {std::string("joe@example.org"), std::string("joe+tag@example.org"), std::string("@example.org"),
        label + "." + label + "." + label, std::string("d+/AbC="), std::string("192.0.2.1"), std::string("2001:db8::1"),
        std::string("two words"), std::string("a;b"), std::string("a(b)"), std::string("a=b")}) {
    MethodResult result{.method = "dkim", .result = "fail", .comment = "a comment (nested); x=y", .reason = value};
    result.properties = {{"header", "d", "example.org"}, {"header", "b", value}};
    print({.authserv_id = "mx.receiver.example", .results = {result, {.method = "spf", .result = "none"}}});
  }
}
