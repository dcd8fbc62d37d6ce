// The messages of RFCs that mail-parser publishes with its reading: structure, offsets, header fields and decoded
// bodies.
#include <algorithm>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mail/date.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/encoded_word.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/grammar/mime/message.h"

#include "grammar/mime/published_received.h"
#include "json.h"
#include "shared_data.h"

using namespace posthorn;
using testing::Json;

namespace {
/// Why something is read otherwise; docs/mime-differences.md tells at length.
enum class Reason : std::uint8_t {
  no_base64,        // text that only says that it is base64: we decode what letters there are, they leave it
  no_domain,        // a lone word is a local part for us, a display name for them
  name_alone,       // a comment or words without an address: nothing for us, a display name for them
  comment_in_name,  // they add a comment to the display name
  letter_in_date,   // "l8:14:23" is no time; they also leave an LF in an id
  encoded_message,  // they open base64 message/rfc822
};

/// The message, the part as IMAP counts, and what of it; the same with LF and with CRLF.
const std::map<std::string, Reason> kOthers = {
    {"000/3.1 text", Reason::no_base64},
    {"000/3.2 text", Reason::no_base64},
    {"000/5.1 from", Reason::name_alone},
    {"000/5.1 to", Reason::name_alone},
    {"001/ from", Reason::no_domain},
    {"001/ to", Reason::no_domain},
    {"002/2.1 received", Reason::letter_in_date},
    {"002/2.1 to", Reason::comment_in_name},
    {"004/ from", Reason::no_domain},
    {"004/ to", Reason::no_domain},
    {"004/2.1.1 from", Reason::no_domain},
    {"004/2.2.1 from", Reason::no_domain},
    {"008/2 parts", Reason::encoded_message},
    {"009/2.1 from", Reason::name_alone},
};

/// "content_type" for Content-Type; fields that mail-parser has no name for stand as {"other": name}.
std::string their_name(View name) {
  std::string out;
  for (char c : name) out += c == '-' ? '_' : to_lower(c);
  return out;
}

/// What differs between our reading and theirs, a line each: "2 header 544, not 540".
class Comparison {
 public:
  explicit Comparison(const mime::Message& message) : message_(message) {}

  void message(const Json& theirs, mime::PartId id, const std::string& place) { part(theirs, 0, id, place); }
  [[nodiscard]] const std::set<std::string>& found() const { return found_; }
  [[nodiscard]] const std::string& told(const std::string& place) const { return told_.at(place); }

 private:
  void part(const Json& tree, std::size_t index, mime::PartId id, const std::string& place) {
    const Json& theirs = tree["parts"].items[index];
    const mime::Part& ours = message_.part(id);
    equal(place + " header", ours.header, theirs["offset_header"].number);
    equal(place + " body", ours.body, theirs["offset_body"].number);
    equal(place + " end", ours.end, theirs["offset_end"].number);
    fields(theirs["headers"], id, place);
    const Json& body = theirs["body"];
    const auto children = message_.children(id);
    if (!body["Multipart"].is_null()) {
      const auto& parts = body["Multipart"].items;
      equal(place + " parts", children.size(), static_cast<double>(parts.size()));
      for (std::size_t i = 0; i < std::min(parts.size(), children.size()); ++i) {
        part(tree, static_cast<std::size_t>(parts[i].number), children[i], below(place, i + 1));
      }
    } else if (!body["Message"].is_null()) {
      equal(place + " parts", children.size(), 1);
      if (children.size() == 1) message(body["Message"], children[0], below(place, 1));
    } else {
      leaf(body, id, place);
    }
  }

  static std::string below(const std::string& place, std::size_t number) {
    return place + (place.ends_with('/') ? "" : ".") + std::to_string(number);
  }

  void leaf(const Json& body, mime::PartId id, const std::string& place) {
    for (const std::string kind : {"Text", "Html"}) {
      if (!body[kind].is_null()) equal(place + " text", mime::decode_text(message_, id), body[kind].text);
    }
    for (const std::string kind : {"Binary", "InlineBinary"}) {
      if (body[kind].is_null()) continue;
      std::string octets;
      for (const Json& octet : body[kind].items) octets += static_cast<char>(octet.number);
      equal(place + " octets", mime::decode_body(message_, id), octets);
    }
  }

  void fields(const Json& theirs, mime::PartId id, const std::string& place) {
    mime::FieldReader reader(message_.header(id));
    std::size_t count = 0;
    for (mime::Field field; reader.next(field); ++count) {
      if (count >= theirs.items.size()) break;
      const Json& other = theirs.items[count];
      const std::string name = their_name(field.name);
      equal(place + " name", name, other["name"].text);
      equal(place + " " + name + " at", message_.part(id).header + field.at, other["offset_field"].number);
      value(other["value"], field.raw, place + " " + name);
    }
    equal(place + " fields", count, static_cast<double>(theirs.items.size()));
  }

  void value(const Json& theirs, View raw, const std::string& place) {
    if (!theirs["Text"].is_null()) {
      std::string ours = mime::decode_words(mime::unfold(raw));
      const bool id = ours.starts_with('<') && ours.ends_with('>');  // they take the brackets off ids
      equal(place, id ? ours.substr(1, ours.size() - 2) : ours, theirs["Text"].text);
    } else if (!theirs["Address"].is_null()) {
      addresses(theirs["Address"], raw, place);
    } else if (!theirs["DateTime"].is_null()) {
      date(theirs["DateTime"], raw, place);
    } else if (!theirs["ContentType"].is_null()) {
      type(theirs["ContentType"], raw, place);
    } else if (theirs.text == "Empty") {
      CHECK_FALSE(mail::parse_date(raw));  // the only field without a value: "Date: Whenever"
    } else {
      equal(place, testing::our_hop(raw), testing::their_hop(theirs["Received"]));
    }
  }

  void addresses(const Json& theirs, View raw, const std::string& place) {
    std::string ours;
    for (const mail::Address& a : mail::address_list(raw)) {
      ours +=
          mime::decode_words(a.name) + "|" + (a.domain.empty() ? a.local_part : a.local_part + "@" + a.domain) + "\n";
    }
    std::string other;
    for (const Json& a : theirs["List"].items) other += a["name"].text + "|" + a["address"].text + "\n";
    equal(place, ours, other);
  }

  void date(const Json& theirs, View raw, const std::string& place) {
    equal(place, testing::shown_date(mail::parse_date(raw)), testing::their_date(theirs));
  }

  void type(const Json& theirs, View raw, const std::string& place) {
    std::string ours;
    if (const auto type = mime::parse_content_type(raw)) {
      ours = type->type + "/" + type->subtype + parameters(type->parameters);
    } else if (const auto disposition = mime::parse_disposition(raw)) {
      ours = disposition->kind + parameters(disposition->parameters);
    }
    std::string other = theirs["c_type"].text;
    if (!theirs["c_subtype"].is_null()) other += "/" + theirs["c_subtype"].text;
    for (const Json& a : theirs["attributes"].items) other += "|" + lower(a["name"].text) + "=" + a["value"].text;
    // Types have no case; they write them in lower case.
    const auto head = [](std::string text) {
      return lower(text.substr(0, text.find('|'))) + text.substr(std::min(text.find('|'), text.size()));
    };
    equal(place, head(ours), head(other));
  }

  static std::string parameters(const std::vector<mime::Parameter>& list) {
    std::string out;
    for (const mime::Parameter& p : list) out += "|" + lower(p.name) + "=" + p.value;
    return out;
  }

  static std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), to_lower);
    return text;
  }

  void equal(const std::string& place, std::uint64_t ours, double theirs) {
    equal(place, std::to_string(ours), std::to_string(static_cast<std::uint64_t>(theirs)));
  }
  void equal(const std::string& place, const std::string& ours, const std::string& theirs) {
    if (ours == theirs) return;
    found_.insert(place);
    told_[place] = place + "\nours: " + ours + "\ntheirs: " + theirs;
  }

  const mime::Message& message_;
  std::set<std::string> found_;
  std::map<std::string, std::string> told_;
};

std::string with_crlf(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}
}  // namespace

TEST_CASE("published messages: mail-parser") {
  const auto root = testing::shared_data("mime/mail-parser/rfc");
  if (!root) return;
  for (int number = 0; number < 10; ++number) {
    const std::string name = "00" + std::to_string(number);
    std::set<std::string> others;
    for (const auto& [place, reason] : kOthers) {
      if (place.starts_with(name)) others.insert(place);
    }
    for (const bool crlf : {false, true}) {
      std::string octets = testing::read_whole_file(*root / (name + ".eml"));
      if (crlf) octets = with_crlf(octets);
      const std::string json = testing::read_whole_file(*root / (name + (crlf ? ".crlf.json" : ".json")));
      const mime::Message message = mime::Message::index(octets);
      Comparison comparison(message);
      comparison.message(testing::JsonReader(json).value(), mime::PartId(0), name + "/");
      CAPTURE(crlf);
      for (const std::string& place : comparison.found()) {
        INFO(comparison.told(place));
        CHECK(others.contains(place));
      }
      for (const std::string& place : others) {
        INFO(place << " is equal now: take it from the list");
        CHECK(comparison.found().contains(place));
      }
    }
  }
}
