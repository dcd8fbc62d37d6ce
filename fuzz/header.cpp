// Headers: fields are where they say, one after the other, and every reader takes every field.
#include <cstddef>
#include <string>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/mail/mailing_list.h"
#include "posthorn/grammar/mime/fields.h"

#include "check.h"
#include "fuzz.h"

namespace {
using namespace posthorn;

void read_all(const mime::Fields& fields, View name) {
  const View raw = fields.raw(name).value();
  fuzzing::check(fields.first(name).value().raw == raw, "the first field of a name counts");
  fuzzing::check(codec::is_utf8(fields.text(name).value()), "text is UTF-8");
  for (const std::string& phrase : fields.phrases(name)) {
    fuzzing::check(!phrase.empty() && codec::is_utf8(phrase), "phrases are UTF-8");
  }
  for (const mail::Address& a : fields.addresses(name)) fuzzing::check(codec::is_utf8(a.name), "names are UTF-8");
  for (const std::string& id : fields.ids(name)) fuzzing::check(!id.empty(), "an id is not empty");
  (void)fields.date(name);
  (void)mail::parse_list_id(raw);
  (void)mail::is_auto_submitted(raw);
  for (const std::string& url : mail::list_urls(raw)) {
    fuzzing::check(url.find_first_of(" \t\r\n>") == std::string::npos, "a URL has no white space");
  }
  const auto url = mail::one_click_url(raw, "List-Unsubscribe=One-Click");
  fuzzing::check(!url || same_word(View(*url).substr(0, 6), "https:"), "one click goes to https");
}
}  // namespace

void posthorn_fuzz(std::string_view input) {
  constexpr std::size_t kReadInFull = 20;  // each reader walks the header anew
  const mime::Fields fields(input);
  mime::FieldReader reader(input);
  std::size_t end = 0;
  std::size_t count = 0;
  for (mime::Field field; reader.next(field); ++count) {
    const View whole = fields.octets(field);
    fuzzing::check(field.at >= end && (field.at == 0 || input[field.at - 1] == '\n'), "a field begins a line");
    fuzzing::check(whole.data() == input.data() + field.at, "its octets begin with its name");
    end = field.at + whole.size();
    fuzzing::check(end <= input.size() && (end == input.size() || input[end - 1] == '\n'), "and end with a line");
    fuzzing::check(whole.starts_with(field.name) && whole.find(field.raw, field.name.size()) != View::npos,
                   "they have its name and its value");
    if (count < kReadInFull) read_all(fields, field.name);
  }
  (void)fields.content_type();
  const auto received = fields.all("Received");
  std::size_t hops = 0;
  for ([[maybe_unused]] const mime::Field& field : received) ++hops;
  fuzzing::check(fields.received().size() == hops, "each Received is a hop");
}
