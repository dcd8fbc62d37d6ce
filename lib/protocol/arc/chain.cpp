#include "protocol/arc/chain.h"

#include <algorithm>
#include <array>
#include <optional>

#include "grammar/cfws.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/grammar/mail/tag_list.h"

namespace posthorn::arc {

namespace {

using dkim::Reason;
using dkim::SignedHeader;

std::optional<unsigned> instance_of(View text) {
  if (text.empty() || text.size() > 2) return std::nullopt;
  const auto number = mail::number_of(text);
  if (!number || *number == 0 || *number > kMaxSets) return std::nullopt;
  return static_cast<unsigned>(*number);
}

/// "i=" digits ";" with white space between them; what follows is the rest of the cursor.
std::optional<unsigned> take_instance(Cursor& c) {
  const auto space = [&] { (void)c.try_run(kFoldingWhite); };
  View digits;
  space();
  if (!c.octet('i')) return std::nullopt;
  space();
  if (!c.octet('=')) return std::nullopt;
  space();
  if (!c.run(chars::kDigit, digits)) return std::nullopt;
  space();
  return c.octet(';') ? instance_of(digits) : std::nullopt;
}

/// The instance of any field of ARC.
std::optional<unsigned> read_instance(const mime::Field& field) {
  if (same_word(field.name, kResultsName)) {
    Cursor c(field.raw);
    return take_instance(c);
  }
  const auto tags = mail::TagList::parse(field.raw);
  return tags ? instance_of(tags->value("i").value_or(View())) : std::nullopt;
}

bool has_name(const std::vector<std::string>& names, View name) {
  return std::ranges::any_of(names, [&](const std::string& one) { return same_word(one, name); });
}

std::string trouble(View field, View what) { return own(field) + ": " + own(what); }

/// What is wrong with the fields of a set; empty: nothing. Signatures are not verified here.
std::string read_message(Set& set, View value) {
  const auto tags = mail::TagList::parse(value);
  if (!tags) return trouble(kMessageName, "it is no list of tags");
  for (const Reason reason : {dkim::read_signer(*tags, set.message), dkim::read_content(*tags, set.message)}) {
    if (reason != Reason::good) return trouble(kMessageName, dkim::row_of(reason).words);
  }
  if (!has_name(set.message.fields, "From")) return trouble(kMessageName, "it does not sign From");
  // RFC 8617 section 4.1.2 forbids the other two as well, but honest chains of its drafts have them.
  if (has_name(set.message.fields, kSealName)) return trouble(kMessageName, "it signs a seal");
  return {};
}

std::string read_seal(Set& set, View value) {
  const auto tags = mail::TagList::parse(value);
  if (!tags) return trouble(kSealName, "it is no list of tags");
  const Reason reason = dkim::read_signer(*tags, set.seal);
  if (reason != Reason::good) return trouble(kSealName, dkim::row_of(reason).words);
  // RFC 8617 section 5.1.1: what it signs is fixed.
  if (tags->find("h") != nullptr) return trouble(kSealName, "it has h=");
  const View cv = tags->value("cv").value_or(View());
  constexpr std::array kAll = {Status::none, Status::pass, Status::fail};
  const auto row = std::ranges::find_if(kAll, [&](Status status) { return same_word(word_of(status), cv); });
  if (row == kAll.end()) return trouble(kSealName, "cv= is none of none, pass and fail");
  set.cv = *row;
  return {};
}

/// What stands behind the colon of a whole field.
View value_of(View field) { return field.substr(field.find(':') + 1); }

/// Sorts the fields into sets; what is wrong.
std::string collect(const SignedHeader& header, Chain& chain) {
  std::string why;
  for (const SignedHeader::Entry& entry : header.entries()) {
    View Set::*place = nullptr;
    if (same_word(entry.field.name, kResultsName)) place = &Set::results_field;
    if (same_word(entry.field.name, kMessageName)) place = &Set::message_field;
    if (same_word(entry.field.name, kSealName)) place = &Set::seal_field;
    if (place == nullptr) continue;
    const auto instance = read_instance(entry.field);
    chain.highest = std::max(chain.highest, instance.value_or(1));
    chain.sets.resize(std::max<std::size_t>(chain.sets.size(), chain.highest));
    if (!instance) {
      why = trouble(entry.field.name, "it has no instance from 1 to 50");
      continue;
    }
    View& known = chain.sets[*instance - 1].*place;
    if (!known.empty()) why = trouble(entry.field.name, "it is there twice with i=" + std::to_string(*instance));
    known = entry.octets;
  }
  return why;
}

std::string read_set(Set& set, unsigned instance) {
  if (set.results_field.empty() || set.message_field.empty() || set.seal_field.empty()) return "a field is missing";
  std::string why = read_seal(set, value_of(set.seal_field));
  if (why.empty()) why = read_message(set, value_of(set.message_field));
  Cursor c(value_of(set.results_field));
  (void)take_instance(c);
  set.results = trimmed(c.rest());
  const Status expected = instance == 1 ? Status::none : Status::pass;
  if (why.empty() && set.cv != expected && set.cv != Status::fail) why = "cv= must be " + own(word_of(expected));
  return why;
}

}  // namespace

View word_of(Status status) {
  static constexpr std::array<View, 3> kWords = {"none", "pass", "fail"};
  return kWords.at(static_cast<std::size_t>(status));
}

Chain read_chain(const SignedHeader& header) {
  Chain chain;
  chain.why = collect(header, chain);
  for (unsigned i = 0; i < chain.sets.size(); ++i) {
    const std::string why = read_set(chain.sets[i], i + 1);
    if (!why.empty() && chain.why.empty()) chain.why = "set " + std::to_string(i + 1) + ": " + why;
  }
  chain.failed = !chain.sets.empty() && chain.sets.back().cv == Status::fail;
  const bool any = std::ranges::any_of(chain.sets, [](const Set& set) { return set.cv == Status::fail; });
  if (any && chain.why.empty()) chain.why = "a seal says that the chain has failed";
  return chain;
}

std::string SealedText::add(View results_field, View message_field, View seal_field, View raw) {
  constexpr auto kRelaxed = dkim::Canonicalization::relaxed;
  std::string text;
  dkim::append_field(kRelaxed, results_field, text);
  dkim::append_field(kRelaxed, message_field, text);
  hash_.add(text);
  crypto::Sha256 own_hash = hash_;
  text.clear();
  dkim::append_signature_field(kRelaxed, seal_field, raw, text);
  own_hash.add(text);
  text.clear();
  dkim::append_field(kRelaxed, seal_field, text);
  hash_.add(text);
  return own_hash.finish();
}

}  // namespace posthorn::arc
