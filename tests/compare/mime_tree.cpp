// Our reading of messages as JSON, for tools/mime-compare: reads names of files, one a line, writes a tree for each.
#include <fstream>
#include <iostream>
#include <iterator>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mail/date.h"
#include "posthorn/grammar/mime/bodies.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/encoded_word.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/grammar/mime/message.h"

#include "compare/json_text.h"

using namespace posthorn;
using testing::append_json;
using testing::append_member;

namespace {
void addresses(std::string& out, View header, View name) {
  append_member(out, name);
  out += '[';
  for (const mail::Address& a : mail::address_list(mime::find_field(header, name).value_or(View()))) {
    if (a.kind != mail::Address::Kind::mailbox) continue;
    if (!out.ends_with('[')) out += ',';
    out += '[';
    append_json(out, mime::decode_words(a.name));
    out += ',';
    append_json(out, a.domain.empty() ? a.local_part : mail::Mailbox{a.local_part, a.domain}.text());
    out += ']';
  }
  out += ']';
}

void message_fields(std::string& out, View header) {
  if (const auto subject = mime::find_field(header, "Subject")) {
    append_member(out, "subject", mime::decode_words(mime::unfold(*subject)));
  }
  addresses(out, header, "from");
  addresses(out, header, "to");
  const auto date = mime::find_field(header, "Date");
  const auto when = date ? mail::parse_date(*date) : std::nullopt;
  if (when)
    append_member(out, "date", std::chrono::duration_cast<std::chrono::seconds>(when->time_since_epoch()).count());
}

void leaf(std::string& out, const mime::Message& message, const mime::Part& part) {
  std::string room;
  const View octets = mime::decode_body(message, part.id, room);
  append_member(out, "size", static_cast<std::int64_t>(octets.size()));
  append_member(out, "octets", codec::hex_encode(crypto::sha256(octets)));
  if (part.type == "text") {
    append_member(out, "text", codec::hex_encode(crypto::sha256(mime::decode_text(message, part.id))));
  }
}

/// As deep as mime::Limits::max_depth.
void node(std::string& out, const mime::Message& message, mime::PartId id) {
  const mime::Part& part = message.part(id);
  const View header = message.header(id);
  out += '{';
  append_member(out, "type", part.type + "/" + part.subtype);
  if (const auto name = mime::given_name(message, id)) append_member(out, "name", *name);
  if (id == part.parent || message.part(part.parent).is_message()) message_fields(out, header);
  if (message.children(id).empty() && !part.is_multipart()) {
    leaf(out, message, part);
  } else {
    append_member(out, "parts");
    out += '[';
    for (const mime::PartId child : message.children(id)) {
      if (!out.ends_with('[')) out += ',';
      node(out, message, child);
    }
    out += ']';
  }
  out += '}';
}
}  // namespace

int main() {
  for (std::string path; std::getline(std::cin, path);) {
    std::ifstream file(path, std::ios::binary);
    const std::string octets{std::istreambuf_iterator<char>(file), {}};
    std::string out;
    node(out, mime::Message::index(octets), mime::PartId(0));
    std::cout << out << std::endl;
  }
}
