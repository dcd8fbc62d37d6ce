// Responses and events of an IMAP client as one line of text each, for comparisons.
#pragma once

#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "posthorn/grammar/mail/date.h"
#include "posthorn/protocol/imap/client_command.h"
#include "posthorn/protocol/imap/client_session.h"
#include "posthorn/protocol/imap/responder.h"
#include "posthorn/protocol/imap/response.h"

namespace posthorn::testing {

namespace told {

using namespace imap::response;  // NOLINT(google-build-using-namespace): every type of it is told here

inline std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& w : words) out += (out.empty() ? "" : ",") + w;
  return out;
}
inline std::string maybe(const std::optional<std::string>& text) { return text ? "'" + *text + "'" : "-"; }
template <class T>
std::string maybe_number(const char* name, const std::optional<T>& value) {
  if (!value) return {};
  if constexpr (requires { value->value(); }) {
    return std::string(" ") + name + "=" + std::to_string(value->value());
  } else {
    return std::string(" ") + name + "=" + std::to_string(*value);
  }
}
inline std::string others(const std::vector<Other>& list) {
  std::string out;
  for (const auto& o : list) out += " ?" + o.name + "=" + o.text;
  return out;
}
inline std::string flags(const FlagList& f) {
  return imap::flag_words(f.flags) + (f.recent ? " (recent)" : "") + (f.new_keywords ? " (new)" : "");
}
inline std::string delimiter(const std::optional<char>& c) { return c ? std::string(1, *c) : "-"; }

struct OfCode {
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(Word w) const { return "word" + std::to_string(static_cast<int>(w)); }
  std::string operator()(const BadCharset& c) const { return "badcharset " + join(c.supported); }
  std::string operator()(const Capability& c) const { return "capability " + join(c.words); }
  std::string operator()(const PermanentFlags& c) const { return "permanentflags " + flags(c.flags); }
  std::string operator()(const UidNextCode& c) const { return "uidnext " + std::to_string(c.uid.value()); }
  std::string operator()(const UidValidityCode& c) const { return "uidvalidity " + std::to_string(c.value.value()); }
  std::string operator()(const UnseenCode& c) const { return "unseen " + std::to_string(c.number.value()); }
  std::string operator()(const HighestModSeq& c) const { return "highestmodseq " + std::to_string(c.value.value()); }
  std::string operator()(const AppendUid& c) const {
    return "appenduid " + std::to_string(c.uid_validity.value()) + " " + imap::format_set(c.uids);
  }
  std::string operator()(const CopyUid& c) const {
    return "copyuid " + std::to_string(c.uid_validity.value()) + " " + imap::format_set(c.source) + " " +
           imap::format_set(c.target);
  }
  std::string operator()(const Modified& c) const { return "modified " + imap::format_set(c.messages); }
  std::string operator()(const MailboxId& c) const { return "mailboxid " + c.id; }
  std::string operator()(const Referral& c) const { return "referral " + join(c.urls); }
  std::string operator()(const MetadataCode& c) const {
    return "metadata " + std::to_string(static_cast<int>(c.what)) + " " + std::to_string(c.octets);
  }
  std::string operator()(const OtherCode& c) const { return "?" + c.name + "=" + c.arguments; }
};

inline std::string state(const State& s) {
  static constexpr const char* kWords[] = {"ok", "no", "bad", "bye", "preauth"};
  const std::string code = std::visit(OfCode{}, s.code);
  return std::string(kWords[static_cast<int>(s.condition)]) + (code.empty() ? "" : " [" + code + "]") + " " + s.text;
}

inline std::string addresses(const std::vector<Address>& list) {
  std::string out;
  for (const auto& a : list) out += "<" + maybe(a.name) + maybe(a.route) + maybe(a.mailbox) + maybe(a.host) + ">";
  return out.empty() ? "-" : out;
}
inline std::string envelope(const Envelope& e) {
  std::string out = maybe(e.date) + " " + maybe(e.subject);
  for (const auto* field : {&e.from, &e.sender, &e.reply_to, &e.to, &e.cc, &e.bcc}) out += " " + addresses(*field);
  return out + " " + maybe(e.in_reply_to) + " " + maybe(e.message_id);
}
inline std::string parameters(const Parameters& list) {
  std::string out;
  for (const auto& [name, value] : list) out += ";" + name + "=" + value;
  return out;
}
inline std::string body(const Body& b) {
  std::string out = "{" + b.type + "/" + b.subtype + parameters(b.parameters);
  if (b.id) out += " id" + maybe(b.id);
  if (b.description) out += " d" + maybe(b.description);
  if (b.parts.empty() || b.envelope) out += " " + b.encoding + " " + std::to_string(b.octets);
  if (b.lines) out += " lines " + std::to_string(*b.lines);
  if (b.envelope) out += " (" + envelope(*b.envelope) + ")";
  for (const auto& part : b.parts) out += " " + body(part);
  if (b.md5) out += " md5" + maybe(b.md5);
  if (b.disposition) out += " " + b.disposition->type + parameters(b.disposition->parameters);
  if (!b.languages.empty()) out += " in " + join(b.languages);
  if (b.location) out += " at" + maybe(b.location);
  return out + "}";
}

inline std::string content(const Content& c) {
  std::string out = c.item + "[" + c.section + "]";
  if (c.origin) out += "<" + std::to_string(*c.origin) + ">";
  return out + (c.streamed ? "~" + std::to_string(c.size) : maybe(c.octets));
}

struct OfData {
  std::string operator()(const State& d) const { return state(d); }
  std::string operator()(const Capability& d) const { return "capability " + join(d.words); }
  std::string operator()(const Enabled& d) const { return "enabled " + join(d.words); }
  std::string operator()(const List& d) const {
    static constexpr const char* kKinds[] = {"list", "lsub", "xlist"};
    std::string out = std::string(kKinds[static_cast<int>(d.kind)]) + " (" + join(d.attributes) + ") " +
                      delimiter(d.delimiter) + " " + d.name;
    if (d.wire_name != d.name) out += " wire " + d.wire_name;
    if (!d.child_info.empty()) out += " children " + join(d.child_info);
    if (d.old_name) out += " was " + *d.old_name;
    return out + others(d.others);
  }
  std::string operator()(const MailboxState& d) const {
    return "status " + d.mailbox + maybe_number("messages", d.messages) + maybe_number("recent", d.recent) +
           maybe_number("unseen", d.unseen) + maybe_number("deleted", d.deleted) + maybe_number("uidnext", d.uid_next) +
           maybe_number("uidvalidity", d.uid_validity) + maybe_number("modseq", d.highest_modseq) +
           maybe_number("size", d.size) + maybe_number("deleted-storage", d.deleted_storage) +
           maybe_number("appendlimit", d.append_limit) + (d.mailbox_id ? " id=" + *d.mailbox_id : "") +
           others(d.others);
  }
  std::string operator()(const MailboxFlags& d) const { return "flags " + flags(d.flags); }
  std::string operator()(const Exists& d) const { return "exists " + std::to_string(d.messages); }
  std::string operator()(const Recent& d) const { return "recent " + std::to_string(d.messages); }
  std::string operator()(const Expunge& d) const { return "expunge " + std::to_string(d.number.value()); }
  std::string operator()(const Vanished& d) const {
    return std::string("vanished ") + (d.earlier ? "earlier " : "") + imap::format_set(d.uids);
  }
  std::string operator()(const Found& d) const {
    std::string out = d.sorted ? "sort" : "search";
    for (auto n : d.numbers) out += " " + std::to_string(n);
    return out + maybe_number("modseq", d.modseq);
  }
  std::string operator()(const ESearch& d) const {
    std::string out = "esearch " + d.tag + (d.uids ? " uid" : "") + maybe_number("min", d.min) +
                      maybe_number("max", d.max) + maybe_number("count", d.count);
    if (!d.all.empty()) out += " all=" + imap::format_set(d.all);
    if (d.partial) out += " " + d.partial->first + "=" + imap::format_set(d.partial->second);
    return out + maybe_number("modseq", d.modseq) + others(d.others);
  }
  std::string operator()(const Thread& d) const {
    std::string out = "thread";
    for (const auto& n : d.nodes)
      out += " " + std::to_string(n.number) +
             (n.parent == Thread::kNone ? "" : "<" + std::to_string(d.nodes[n.parent].number));
    return out;
  }
  std::string operator()(const Fetch& d) const {
    std::string out = "fetch " + std::to_string(d.number.value()) + maybe_number("uid", d.uid);
    if (d.flags) out += " (" + flags(*d.flags) + ")";
    if (d.internal_date) out += " " + mail::format_internal_date(*d.internal_date);
    if (d.save_date) out += " saved " + mail::format_internal_date(*d.save_date);
    out += maybe_number("size", d.size) + maybe_number("modseq", d.modseq);
    if (d.envelope) out += " envelope " + envelope(*d.envelope);
    if (d.body) out += std::string(d.extensible ? " structure " : " body ") + body(*d.body);
    for (const auto& c : d.contents) out += " " + content(c);
    for (const auto& [part, octets] : d.binary_sizes) out += " size[" + part + "]" + std::to_string(octets);
    if (d.email_id) out += " emailid=" + *d.email_id;
    if (d.thread_id) out += " threadid=" + *d.thread_id;
    if (d.preview) out += " preview" + maybe(d.preview);
    return out + others(d.others);
  }
  static std::string entries(const std::vector<Namespace::Entry>& list) {
    std::string out = " (";
    for (const auto& e : list) out += "'" + e.prefix + "'" + delimiter(e.delimiter);
    return out + ")";
  }
  std::string operator()(const Namespace& d) const {
    return "namespace" + entries(d.personal) + entries(d.others) + entries(d.shared);
  }
  std::string operator()(const Id& d) const {
    std::string out = "id";
    for (const auto& [name, value] : d.fields) out += " " + name + "=" + maybe(value);
    return out;
  }
  std::string operator()(const Acl& d) const {
    std::string out = "acl " + d.mailbox;
    for (const auto& [who, rights] : d.rights) out += " " + who + "=" + rights;
    return out;
  }
  std::string operator()(const MyRights& d) const { return "myrights " + d.mailbox + " " + d.rights; }
  std::string operator()(const ListRights& d) const {
    return "listrights " + d.mailbox + " " + d.identifier + " '" + d.required + "' " + join(d.optional);
  }
  std::string operator()(const Quota& d) const {
    std::string out = "quota '" + d.root + "'";
    for (const auto& r : d.resources)
      out += " " + r.name + " " + std::to_string(r.usage) + "/" + std::to_string(r.limit);
    return out;
  }
  std::string operator()(const QuotaRoot& d) const {
    std::string out = "quotaroot " + d.mailbox;
    for (const auto& r : d.roots) out += " '" + r + "'";
    return out;
  }
  std::string operator()(const Metadata& d) const {
    std::string out = "metadata '" + d.mailbox + "'";
    for (const auto& [name, value] : d.entries) out += " " + name + (d.has_values ? "=" + maybe(value) : "");
    return out;
  }
  std::string operator()(const Other& d) const { return "other " + d.name + ": " + d.text; }
};

}  // namespace told

inline std::string tell(const imap::response::Response& response) {
  if (const auto* untagged = std::get_if<imap::response::Untagged>(&response))
    return std::visit(told::OfData{}, untagged->data);
  if (const auto* tagged = std::get_if<imap::response::Tagged>(&response))
    return tagged->tag + " " + told::state(tagged->state);
  return "+" + std::get<imap::response::Continuation>(response).text;
}

/// An event as a line; chunks of content as their octets alone, so that their cuts do not show.
struct EventTeller {
  std::string operator()(const NeedInput&) const { return ""; }
  std::string operator()(const imap::Greeting& e) const { return "greeting " + told::state(e.state) + "\n"; }
  std::string operator()(const imap::Received& e) const { return std::visit(told::OfData{}, e.data) + "\n"; }
  std::string operator()(const imap::ContentBegins& e) const {
    return "begins " + told::OfData{}(e.begun.fetch) + " " + told::content(e.begun.item) + " " +
           std::to_string(e.octets) + ":";
  }
  std::string operator()(const imap::ContentChunk& e) const { return own(e.octets) + (e.last ? "|\n" : ""); }
  std::string operator()(const imap::Unreadable& e) const { return "unreadable " + e.text + "\n"; }
  std::string operator()(const imap::Completed& e) const {
    return "#" + std::to_string(e.command.value()) + " " + told::state(e.state) + "\n";
  }
  std::string operator()(const imap::WantContent& e) const {
    return "want " + std::to_string(e.command.value()) + " " + std::to_string(e.octets) + "\n";
  }
  std::string operator()(const imap::Idling& e) const { return "idling " + std::to_string(e.command.value()) + "\n"; }
  std::string operator()(const imap::StartTls&) const { return "tls\n"; }
  std::string operator()(const Violation& e) const { return "violation: " + e.note + "\n"; }
  std::string operator()(const Closed&) const { return "closed\n"; }
};

inline std::string tell(const imap::ClientEvent& event) { return std::visit(EventTeller{}, event); }

}  // namespace posthorn::testing
