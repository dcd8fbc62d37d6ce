#include "protocol/imap/listing.h"

#include <array>
#include <utility>

#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mail/date.h"
#include "posthorn/grammar/mime/encoded_word.h"
#include "posthorn/grammar/mime/header.h"

#include "protocol/imap/kept_summary.h"
#include "protocol/imap/placeholder.h"
#include "protocol/imap/search_texts.h"

namespace posthorn::imap {

namespace {

constexpr std::uint64_t kFirstPiece = 8U << 10U;  // most headers fit into it
constexpr std::uint64_t kPiece = 64U << 10U;

/// The fields that a wish is answered from.
struct Source {
  Listed wish;
  View field;
};
constexpr std::array<Source, 11> kSources{{{Listed::from, "From"},
                                           {Listed::to, "To"},
                                           {Listed::cc, "Cc"},
                                           {Listed::display_from, "From"},
                                           {Listed::display_to, "To"},
                                           {Listed::date, "Date"},
                                           {Listed::subject, "Subject"},
                                           {Listed::links, "Subject"},
                                           {Listed::links, "Message-ID"},
                                           {Listed::links, "In-Reply-To"},
                                           {Listed::links, "References"}}};

/// The fields of a summary, if those that are wanted are among them.
std::optional<View> known_fields(const KeptSummary& summary, Bits<Listed> wanted) {
  std::optional<View> fields;
  for (const Source& source : kSources) {
    if (!wanted.has(source.wish)) continue;
    fields = summary.fields_with(source.field);
    if (!fields) break;
  }
  return fields;
}

Result<std::string> header_of(SelectedMailbox& view, SeqNum number, std::uint64_t& octets_read) {
  search::HeaderCollector header;
  std::uint64_t piece = kFirstPiece;
  for (std::uint64_t at = 0;;) {
    const auto got = view.read(number, at, piece);
    if (!got) {
      if (is_unopened(got.error().code) || got.error().code == Code::not_found) return std::string();
      return fail(got.error());
    }
    octets_read += got->size();
    at += got->size();
    if (!header.feed(*got) || got->size() < piece) return header.take_text();
    piece = kPiece;
  }
}

/// The first of the addresses as ENVELOPE shows them (RFC 9051 section 7.5.2).
std::optional<mail::Address> first_address(View header, View name) {
  const auto raw = mime::find_field(header, name);
  if (!raw) return std::nullopt;
  auto all = mail::address_list(*raw);
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

std::string mailbox_of(View header, View name) {
  auto address = first_address(header, name);
  if (!address) return {};
  return address->kind == mail::Address::Kind::mailbox ? std::move(address->local_part) : std::move(address->name);
}

std::string display_of(View header, View name) {
  const auto address = first_address(header, name);
  if (!address) return {};
  std::string shown = mime::decode_words(address->name);
  if (shown.find_first_not_of(' ') != std::string::npos) return shown;
  return address->local_part + '@' + address->domain;
}

void fill(Listing& out, View header, Bits<Listed> wanted) {
  if (wanted.has(Listed::from)) out.from = mailbox_of(header, "From");
  if (wanted.has(Listed::to)) out.to = mailbox_of(header, "To");
  if (wanted.has(Listed::cc)) out.cc = mailbox_of(header, "Cc");
  if (wanted.has(Listed::display_from)) out.display_from = display_of(header, "From");
  if (wanted.has(Listed::display_to)) out.display_to = display_of(header, "To");
  if (wanted.has(Listed::date)) {
    if (const auto field = mime::find_field(header, "Date")) {
      out.sent = mail::parse_date(mime::unfold(*field)).value_or(out.sent);
    }
  }
  if (wanted.has(Listed::links)) {
    out.links = mime::thread_links(header);
  } else if (wanted.has(Listed::subject)) {
    out.links.subject = mime::base_subject(mime::find_field(header, "Subject").value_or(""));
  }
}

}  // namespace

Result<Listing> listing_of(SelectedMailbox& view, SeqNum number, Bits<Listed> wanted, std::uint64_t& octets_read) {
  Listing out;
  out.sent = view.facts(number).internal_date;
  if (!wanted.has(kAnyListed)) return out;
  KeptSummary summary;
  summary.look_up(view, number, view.facts(number).octets);
  std::string octets;
  std::optional<View> header = known_fields(summary, wanted);
  if (!header) {
    auto read = header_of(view, number, octets_read);
    if (!read) return fail(std::move(read.error()));
    octets = std::move(*read);
    header = octets;
  }
  fill(out, *header, wanted);
  return out;
}

}  // namespace posthorn::imap
