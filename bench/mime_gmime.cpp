// GMime 3 doing the work of mime-load: mime-gmime CORPUS PASSES
#include <gmime/gmime.h>

#include "mime_frame.h"

namespace {
class Reader {
 public:
  Reader() {
    g_mime_init();
    null_ = g_mime_stream_null_new();
  }
  ~Reader() { g_object_unref(null_); }

  void structure(const std::string& octets, bench::Work& work) {
    GMimeMessage* message = parse(octets);
    if (message == nullptr) return;
    ++work.parts;
    g_object_unref(message);
  }

  void full(const std::string& octets, bench::Work& work) {
    GMimeMessage* message = parse(octets);
    if (message == nullptr) return;
    read(message, work);
    g_object_unref(message);
  }

 private:
  /// On the octets where they are, without the copy that g_mime_stream_mem_new_with_buffer makes.
  GMimeMessage* parse(const std::string& octets) {
    array_ = {reinterpret_cast<guint8*>(const_cast<char*>(octets.data())), static_cast<guint>(octets.size())};
    GMimeStream* stream = g_mime_stream_mem_new();
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
    g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(stream), &array_);
    GMimeParser* parser = g_mime_parser_new_with_stream(stream);
    g_object_unref(stream);
    GMimeMessage* message = g_mime_parser_construct_message(parser, nullptr);
    g_object_unref(parser);
    return message;
  }

  void read(GMimeMessage* message, bench::Work& work) {
    for (int i = 0; i < 6; ++i) {
      addresses(g_mime_message_get_addresses(message, static_cast<GMimeAddressType>(i)), work);
    }
    if (g_mime_message_get_date(message) != nullptr) work.header_octets += 8;
    fields(GMIME_OBJECT(message), work);
    if (GMimeObject* part = g_mime_message_get_mime_part(message)) object(part, work);
  }

  static void addresses(InternetAddressList* list, bench::Work& work) {
    for (int i = 0; list != nullptr && i < internet_address_list_length(list); ++i) {
      InternetAddress* address = internet_address_list_get_address(list, i);
      if (const char* name = internet_address_get_name(address)) work.header_octets += std::strlen(name);
      if (INTERNET_ADDRESS_IS_GROUP(address)) {
        addresses(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address)), work);
      } else if (const char* mailbox = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address))) {
        work.header_octets += std::strlen(mailbox);
      }
    }
  }

  /// Text of the fields that have no value of a type of their own. A message and its part have each a half of the
  /// header.
  static void fields(GMimeObject* object, bench::Work& work) {
    GMimeHeaderList* list = g_mime_object_get_header_list(object);
    for (int i = 0; i < g_mime_header_list_get_count(list); ++i) {
      GMimeHeader* header = g_mime_header_list_get_header_at(list, i);
      const char* name = g_mime_header_get_name(header);
      ++work.fields;
      bool typed = false;
      for (const char* other :
           {"From", "To", "Cc", "Sender", "Reply-To", "Bcc", "Date", "Content-Type", "Content-Disposition"}) {
        typed = typed || g_ascii_strcasecmp(name, other) == 0;
      }
      if (typed) continue;
      if (const char* value = g_mime_header_get_value(header)) work.header_octets += std::strlen(value);
    }
  }

  static void parameters(GMimeParamList* list, bench::Work& work) {
    for (int i = 0; list != nullptr && i < g_mime_param_list_length(list); ++i) {
      work.header_octets += std::strlen(g_mime_param_get_value(g_mime_param_list_get_parameter_at(list, i)));
    }
  }

  void object(GMimeObject* part, bench::Work& work) {
    ++work.parts;
    fields(part, work);
    parameters(g_mime_content_type_get_parameters(g_mime_object_get_content_type(part)), work);
    if (GMimeContentDisposition* disposition = g_mime_object_get_content_disposition(part)) {
      parameters(g_mime_content_disposition_get_parameters(disposition), work);
    }
    if (GMIME_IS_MULTIPART(part)) {
      for (int i = 0; i < g_mime_multipart_get_count(GMIME_MULTIPART(part)); ++i) {
        object(g_mime_multipart_get_part(GMIME_MULTIPART(part), i), work);
      }
    } else if (GMIME_IS_MESSAGE_PART(part)) {
      if (GMimeMessage* inside = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part))) read(inside, work);
    } else if (GMIME_IS_PART(part)) {
      body(GMIME_PART(part), work);
    }
  }

  void body(GMimePart* part, bench::Work& work) {
    GMimeDataWrapper* content = g_mime_part_get_content(part);
    if (content == nullptr) return;
    const gint64 before = g_mime_stream_tell(null_);
    const char* charset = GMIME_IS_TEXT_PART(part) ? g_mime_text_part_get_charset(GMIME_TEXT_PART(part)) : nullptr;
    GMimeFilter* filter =
        charset != nullptr && g_ascii_strcasecmp(charset, "utf-8") != 0 && g_ascii_strcasecmp(charset, "us-ascii") != 0
            ? g_mime_filter_charset_new(charset, "utf-8")
            : nullptr;
    if (filter == nullptr) {
      g_mime_data_wrapper_write_to_stream(content, null_);
    } else {
      GMimeStream* filtered = g_mime_stream_filter_new(null_);
      g_mime_stream_filter_add(GMIME_STREAM_FILTER(filtered), filter);
      g_mime_data_wrapper_write_to_stream(content, filtered);
      g_mime_stream_flush(filtered);
      g_object_unref(filter);
      g_object_unref(filtered);
    }
    work.body_octets += static_cast<std::uint64_t>(g_mime_stream_tell(null_) - before);
  }

  GMimeStream* null_;
  GByteArray array_{};  // of the present message: its parts read from it
};
}  // namespace

int main(int argc, char** argv) {
  Reader reader;
  return bench::run(argc, argv, reader);
}
