// GMime's reading of messages as JSON, for tools/mime-compare: reads names of files, one a line, writes a tree for
// each.
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

#include <gmime/gmime.h>

#include "compare/json_text.h"

using posthorn::testing::append_json;
using posthorn::testing::append_member;

namespace {
struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;
struct Free {
  void operator()(gpointer memory) const { g_free(memory); }
};
using Text = std::unique_ptr<char, Free>;

std::string_view view(const char* text) { return text != nullptr ? text : std::string_view(); }

void mailboxes(std::string& out, InternetAddressList* list) {
  for (int i = 0; list != nullptr && i < internet_address_list_length(list); ++i) {
    InternetAddress* address = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_GROUP(address)) {
      mailboxes(out, internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address)));
      continue;
    }
    if (!out.ends_with('[')) out += ',';
    out += '[';
    append_json(out, view(internet_address_get_name(address)));
    out += ',';
    append_json(out, view(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address))));
    out += ']';
  }
}

void message_fields(std::string& out, GMimeMessage* message) {
  if (const char* subject = g_mime_message_get_subject(message)) append_member(out, "subject", subject);
  append_member(out, "from");
  out += '[';
  mailboxes(out, g_mime_message_get_from(message));
  out += ']';
  append_member(out, "to");
  out += '[';
  mailboxes(out, g_mime_message_get_to(message));
  out += ']';
  if (GDateTime* date = g_mime_message_get_date(message)) append_member(out, "date", g_date_time_to_unix(date));
}

std::string digest(std::string_view octets) {
  const Text hex(
      g_compute_checksum_for_data(G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(octets.data()), octets.size()));
  return hex.get();
}

void leaf(std::string& out, GMimePart* part) {
  const Owned<GMimeStream> stream(g_mime_stream_mem_new());
  GMimeDataWrapper* content = g_mime_part_get_content(part);
  if (content != nullptr) g_mime_data_wrapper_write_to_stream(content, stream.get());
  const GByteArray* octets = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  append_member(out, "size", static_cast<std::int64_t>(octets->len));
  append_member(out, "octets", digest({reinterpret_cast<const char*>(octets->data), octets->len}));
  if (!GMIME_IS_TEXT_PART(part)) return;
  const Text text(content != nullptr ? g_mime_text_part_get_text(GMIME_TEXT_PART(part)) : nullptr);
  append_member(out, "text", digest(view(text.get())));
}

/// GMime asks parts only; messages inside have names too.
const char* file_name(GMimeObject* object) {
  if (GMIME_IS_PART(object)) return g_mime_part_get_filename(GMIME_PART(object));
  const char* name = g_mime_object_get_content_disposition_parameter(object, "filename");
  return name != nullptr ? name : g_mime_object_get_content_type_parameter(object, "name");
}

void node(std::string& out, GMimeObject* object, GMimeMessage* root_of);

void message_node(std::string& out, GMimeMessage* message) {
  GMimeObject* object = message != nullptr ? g_mime_message_get_mime_part(message) : nullptr;
  if (object != nullptr) {
    node(out, object, message);
  } else {
    out += R"({"type":"none"})";
  }
}

/// As deep as GMime's own limit on nesting.
void node(std::string& out, GMimeObject* object, GMimeMessage* root_of) {
  GMimeContentType* type = g_mime_object_get_content_type(object);
  const Text lower(g_ascii_strdown((std::string(view(g_mime_content_type_get_media_type(type))) + "/" +
                                    std::string(view(g_mime_content_type_get_media_subtype(type))))
                                       .c_str(),
                                   -1));
  out += '{';
  append_member(out, "type", lower.get());
  if (const char* name = file_name(object)) append_member(out, "name", name);
  if (root_of != nullptr) message_fields(out, root_of);
  if (GMIME_IS_MULTIPART(object)) {
    append_member(out, "parts");
    out += '[';
    for (int i = 0; i < g_mime_multipart_get_count(GMIME_MULTIPART(object)); ++i) {
      if (i > 0) out += ',';
      node(out, g_mime_multipart_get_part(GMIME_MULTIPART(object), i), nullptr);
    }
    out += ']';
  } else if (GMIME_IS_MESSAGE_PART(object)) {
    append_member(out, "parts");
    out += '[';
    message_node(out, g_mime_message_part_get_message(GMIME_MESSAGE_PART(object)));
    out += ']';
  } else if (GMIME_IS_PART(object)) {
    leaf(out, GMIME_PART(object));
  }
  out += '}';
}
}  // namespace

int main() {
  g_mime_init();
  for (std::string path; std::getline(std::cin, path);) {
    std::ifstream file(path, std::ios::binary);
    const std::string octets{std::istreambuf_iterator<char>(file), {}};
    const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(octets.data(), octets.size()));
    const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
    GMimeMessage* parsed = g_mime_parser_construct_message(parser.get(), nullptr);
    std::string out;
    message_node(out, parsed);
    if (parsed != nullptr) g_object_unref(parsed);
    std::cout << out << std::endl;
  }
}
