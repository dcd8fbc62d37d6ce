#include "protocol/imap/envelope.h"

#include <array>
#include <string>

#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mime/header.h"

namespace posthorn::imap {

namespace {
/// In the order of the response.
enum Slot : std::size_t { date, subject, from, sender, reply_to, to, cc, bcc, in_reply_to, message_id, kSlots };
constexpr std::array<View, kSlots> kNames{"Date", "Subject", "From", "Sender",      "Reply-To",
                                          "To",   "Cc",      "Bcc",  "In-Reply-To", "Message-ID"};
using Slots = std::array<std::optional<View>, kSlots>;

Slots read_slots(View header) {
  Slots slots;
  mime::FieldReader reader(header);
  mime::Field field;
  while (reader.next(field)) {
    for (std::size_t i = 0; i < kSlots; ++i) {
      if (slots[i] || !same_word(field.name, kNames[i])) continue;
      slots[i] = field.raw;
      break;
    }
  }
  return slots;
}

void nstring(Responder& out, View text) {
  if (text.empty()) {
    out.raw("NIL");
  } else {
    write_text(out, text);
  }
}

void address(Responder& out, const mail::Address& a) {
  switch (a.kind) {
    case mail::Address::Kind::group_begin:
      out.raw("(NIL NIL ");
      write_text(out, a.name);
      out.raw(" NIL)");
      return;
    case mail::Address::Kind::group_end: out.raw("(NIL NIL NIL NIL)"); return;
    case mail::Address::Kind::mailbox: break;
  }
  out.raw("(");
  nstring(out, a.name);
  out.raw(" ");
  nstring(out, a.route);
  out.raw(" ");
  write_text(out, a.local_part);  // NIL here or for the host would mean a group
  out.raw(" ");
  write_text(out, a.domain);
  out.raw(")");
}

bool addresses(Responder& out, std::optional<View> raw) {
  const auto list = raw ? mail::address_list(*raw) : std::vector<mail::Address>();
  if (list.empty()) return false;
  out.raw("(");
  for (const mail::Address& a : list) address(out, a);
  out.raw(")");
  return true;
}
}  // namespace

void write_text(Responder& out, View text) {
  if (text.find('\0') == View::npos) {
    out.string(text);
    return;
  }
  std::string clean(text);
  std::erase(clean, '\0');
  out.string(clean);
}

void write_field(Responder& out, std::optional<View> raw) {
  if (!raw) {
    out.raw("NIL");
    return;
  }
  write_text(out, mime::unfold(*raw));
}

void write_envelope(Responder& out, View header) {
  const Slots slots = read_slots(header);
  out.raw("(");
  write_field(out, slots[date]);
  out.raw(" ");
  write_field(out, slots[subject]);
  for (std::size_t i = from; i <= bcc; ++i) {
    out.raw(" ");
    if (addresses(out, slots[i])) continue;
    // Section 7.5.2: the server fills in what is absent or empty.
    const bool stands_for_from = i == sender || i == reply_to;
    if (!stands_for_from || !addresses(out, slots[from])) out.raw("NIL");
  }
  out.raw(" ");
  write_field(out, slots[in_reply_to]);
  out.raw(" ");
  write_field(out, slots[message_id]);
  out.raw(")");
}

}  // namespace posthorn::imap
