#include "protocol/sieve/extensions/editheader.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/fields.h"
#include "posthorn/grammar/mime/header_writer.h"

#include "protocol/sieve/check.h"
#include "protocol/sieve/edit.h"
#include "protocol/sieve/field_name.h"
#include "protocol/sieve/match.h"

namespace posthorn::sieve::extensions {

namespace {

void check_index(Check& check, const TagRow& tag) {
  if (check.number(tag) == 0) check.error("':index' counts from 1");
}

constexpr TagRow kAtEnd{.name = "last"};
constexpr TagRow kIndex{.name = "index", .value = Value::number, .check = check_index};
constexpr TagRow kLast{.name = "last", .beside = &kIndex};
constexpr std::array kAddTags{&kAtEnd};
constexpr std::array kDeleteTags{&kIndex, &kLast};

bool must_be_name(Run& run, View name) {
  if (is_field_name(name)) return true;
  run.fail("\"" + own(name) + "\" is no name of a header field");
  return false;
}

/// The message's own line ends.
std::string with_line_ends_of(const Mail& mail, std::string fields) {
  const View header = mail.header();
  const std::size_t end = header.find('\n');
  if (end != View::npos && (end == 0 || header[end - 1] != '\r')) std::erase(fields, '\r');
  return fields;
}

/// Behind the last field.
std::size_t end_of_fields(View header) {
  if (header.ends_with("\n\r\n") || header == "\r\n") return header.size() - 2;
  if (header.ends_with("\n\n") || header == "\n") return header.size() - 1;
  return header.size();
}

// RFC 5293 section 4.
Flow add(Call& call) {
  Run& run = call.run();
  Mail& mail = run.mail();
  const View name = call.text(0);
  if (!must_be_name(run, name)) return Flow::stop;
  mime::HeaderWriter writer;
  auto field = writer.text(name, mime::unfold(call.text(1))).finish();
  if (!field || field->size() > run.options().limits.header) {
    run.fail("this is no value of a header field" + (field ? ": it is too long" : ": " + field.error().note));
    return Flow::stop;
  }
  std::string added = with_line_ends_of(mail, std::move(*field));
  const View all = mail.octets();
  std::size_t at = call.has(kAtEnd) ? end_of_fields(mail.header()) : 0;
  std::string out(all.substr(0, at));
  if (at != 0 && !out.ends_with('\n')) out += added.ends_with("\r\n") ? "\r\n" : "\n";
  // A message without a header gets one (RFC 5322 section 2.1).
  if (mail.fields().empty() && end_of_fields(mail.header()) == mail.header().size())
    added += added.ends_with("\r\n") ? "\r\n" : "\n";
  return change_message(run, out + added + own(all.substr(at))) ? Flow::next : Flow::stop;
}

// RFC 5293 section 5: fields that tell of the way of a message stay.
bool stays(View name) { return same_word(name, "Received") || same_word(name, "Auto-Submitted"); }

bool fits(Call& call, std::uint32_t field) {
  if (!call.has(1)) return true;
  Match match(call);
  static_cast<void>(match.value(call.run().mail().decoded(field)));
  return match.finish();
}

Flow remove(Call& call) {
  Run& run = call.run();
  Mail& mail = run.mail();
  const View name = call.text(0);
  if (!must_be_name(run, name)) return Flow::stop;
  if (stays(name)) return Flow::next;
  const Selection selection{.index = call.number(kIndex).value_or(0), .from_end = call.has(kLast)};
  std::vector<std::uint32_t> found;
  if (!run.spend_octets(mail.fields().size() * kOctetsOfName)) return Flow::stop;
  mail.find(name, selection, found);
  std::erase_if(found, [&](std::uint32_t each) { return !fits(call, each); });
  if (found.empty()) return Flow::next;
  const View all = mail.octets();
  const mime::Fields fields(mail.header());
  std::string out;
  std::size_t kept = 0;
  for (const std::uint32_t each : found) {
    const View octets = fields.octets(mail.fields()[each]);
    const auto at = static_cast<std::size_t>(octets.data() - all.data());
    out += all.substr(kept, at - kept);
    kept = at + octets.size();
  }
  out += all.substr(kept);
  return change_message(run, std::move(out)) ? Flow::next : Flow::stop;
}

void check_names(Check& check) {
  for (const Check::Constant& name : check.constants(0)) {
    if (!is_field_name(name.text)) check.error(name.at, "\"" + own(name.text) + "\" is no name of a header field");
  }
}

void check_delete(Check& check) {
  check_names(check);
  for (const Check::Constant& name : check.constants(0)) {
    if (stays(name.text)) check.warn(name.at, "\"" + own(name.text) + "\" is never deleted");
  }
}

constexpr std::array kField{Parameter{Value::string}, Parameter{Value::string}};
constexpr std::array kFields{Parameter{Value::string}, Parameter{Value::strings, true}};
constexpr Row kAddheader{.name = "addheader",
                         .source = "RFC 5293 section 4",
                         .example = "addheader \"X-Sieve-Filtered\" \"<kim@job.example.com>\";",
                         .parameters = kField,
                         .tags = kAddTags,
                         .check = check_names,
                         .run = add};
constexpr Row kDeleteheader{.name = "deleteheader",
                            .source = "RFC 5293 section 5",
                            .example = "deleteheader :index 1 :contains \"Delivered-To\" \"bob@example.com\";",
                            .parameters = kFields,
                            .tags = kDeleteTags,
                            .takes = takes::match,
                            .keys = 2,
                            .check = check_delete,
                            .run = remove};
constexpr std::array kCommands{&kAddheader, &kDeleteheader};

}  // namespace

constexpr Extension editheader{.name = "editheader", .source = "RFC 5293", .commands = kCommands};

}  // namespace posthorn::sieve::extensions
