#include "importer.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "posthorn/grammar/char_set.h"

namespace posthorn::servers {

namespace {

using imap::Range;
using imap::Uid;
namespace response = imap::response;

// Messages asked for with one command; two commands are under way, so that the source never waits for us.
constexpr std::size_t kWindow = 100;
// The journal is made durable after so many messages; a crash before costs comparing them again.
constexpr std::uint64_t kSyncEvery = 500;
constexpr View kDigestKey = "posthorn import";

struct UseRow {
  View attribute;
  imap::SpecialUse use;
};
constexpr UseRow kUses[] = {{"\\Archive", imap::SpecialUse::archive},
                            {"\\Drafts", imap::SpecialUse::drafts},
                            {"\\Junk", imap::SpecialUse::junk},
                            {"\\Sent", imap::SpecialUse::sent},
                            {"\\Trash", imap::SpecialUse::trash}};

/// Whether an error is about one message: the import goes on behind it.
bool is_of_message(const Error& error) {
  return error.code == Code::syntax || error.code == Code::too_long || error.code == Code::too_many;
}

/// What a mailbox here can keep of the flags there.
imap::Flags kept_flags(const response::FlagList& list) {
  imap::Flags flags = list.flags;
  std::erase_if(flags.keywords, [](const std::string& k) {
    const bool atom = std::ranges::all_of(k, [](char c) { return imap::kAtomChar[c]; });
    return !atom || k.size() > imap::kMaxKeyword;
  });
  if (flags.keywords.size() > imap::kMaxKeywords) flags.keywords.resize(imap::kMaxKeywords);
  return flags;
}

Result<std::string> digest_of(mailbox::BodyReader& reader, const mailbox::Body& body) {
  constexpr std::uint64_t kPiece = 256U << 10U;
  crypto::HmacSha256 digest(kDigestKey);
  for (std::uint64_t at = 0; at < body.octets;) {
    const auto piece = reader.read(body, at, kPiece);
    if (!piece) return fail(piece.error());
    if (piece->empty()) break;
    digest.add(*piece);
    at += piece->size();
  }
  std::string out;
  digest.finish(out);
  return out;
}

/// A name that a mailbox here can have: what none can hold becomes "_".
std::string name_here(View name, std::optional<char> delimiter) {
  constexpr View kNever = "/%*\x7F";
  std::string target;
  for (const char c : name) {
    if (delimiter && c == *delimiter) {
      if (target.empty() || target.back() == imap::kDelimiter) target += '_';
      target += imap::kDelimiter;
    } else {
      target += static_cast<unsigned char>(c) < 0x20 || kNever.find(c) != View::npos ? '_' : c;
    }
  }
  if (target.starts_with('#')) target.front() = '_';
  return target;
}

bool names(const std::vector<std::string>& list, const SourceBox& box, bool below) {
  return std::ranges::any_of(list, [&](const std::string& name) {
    if (name == box.name || name == box.wire_name) return true;
    return below && box.delimiter && box.name.starts_with(name + *box.delimiter);
  });
}

}  // namespace

ImportTarget import_target(const SourceBox& box, const std::vector<imap::MailboxInfo>& local) {
  if (box.has("\\Noselect") || box.has("\\NonExistent")) return {std::nullopt, "holds no messages"};
  if (same_word(box.name, "INBOX")) return {"INBOX", {}};
  for (const UseRow& row : kUses) {
    if (!box.has(row.attribute)) continue;
    for (const imap::MailboxInfo& info : local) {
      if (info.use == row.use && info.exists) return {info.name, {}};
    }
  }
  std::string name = box.name;
  // Servers with a personal name space below INBOX (Courier, Cyrus): their "INBOX.Work" is a neighbour of INBOX.
  if (box.delimiter && name.size() > 6 && same_word(View(name).substr(0, 5), "INBOX") && name[5] == *box.delimiter)
    name.erase(0, 6);
  return {name_here(name, box.delimiter), {}};
}

bool Importer::is_chosen(const SourceBox& box) const {
  if (names(choice_.excluded, box, true)) return false;
  if (!choice_.folders.empty()) return names(choice_.folders, box, false);
  // Views over the other mailboxes: every message of them is copied from where it lies.
  return !box.has("\\All") && !box.has("\\Flagged");
}

Result<ImportCount> Importer::run() {
  auto boxes = source_.list();
  if (!boxes) return fail(boxes.error());
  const auto local = account_.list();
  if (!local) return fail(local.error());
  for (const std::string& folder : choice_.folders) {
    const bool there = std::ranges::any_of(*boxes, [&](const SourceBox& box) { return names({folder}, box, false); });
    if (!there) return fail(caller_error(Code::not_found, fmt::format("the source has no mailbox '{}'", folder)));
  }
  for (const SourceBox& box : *boxes) {
    if (!is_chosen(box)) continue;
    const ImportTarget target = import_target(box, *local);
    if (!target.name) continue;
    folder_ = box.name;
    auto copied = copy_folder(box, *target.name);
    if (copied) continue;
    // What the source or the name of one folder cannot do leaves the others alone.
    const Code code = copied.error().code;
    if (code != Code::not_found && code != Code::syntax && code != Code::conflict) return fail(copied.error());
    if (copied.error().note == "the server ended the session") return fail(copied.error());
    if (auto told = skip(copied.error().note.empty() ? name_of(code) : View(copied.error().note)); !told)
      return fail(told.error());
  }
  return count_;
}

Result<void> Importer::skip(View problem) {
  ++count_.skipped;
  ear_.skipped(folder_, problem);
  return {};
}

Result<std::vector<Uid>> Importer::pending(const SourceBox& box, imap::UidValidity& uid_validity) {
  std::uint32_t exists = 0;
  std::set<Uid> found;
  const auto hear = [&](imap::ClientEvent& event) -> Result<void> {
    auto* received = std::get_if<imap::Received>(&event);
    if (received == nullptr) return {};
    if (const auto* count = std::get_if<response::Exists>(&received->data)) exists = count->messages;
    if (const auto* state = std::get_if<response::State>(&received->data)) {
      if (const auto* code = std::get_if<response::UidValidityCode>(&state->code)) uid_validity = code->value;
    }
    if (const auto* numbers = std::get_if<response::Found>(&received->data)) {
      for (const std::uint32_t n : numbers->numbers) found.insert(Uid(n));
    }
    return {};
  };
  // The name goes back as the server wrote it, whatever it means.
  imap::ClientCommand examine("EXAMINE");
  examine.wire_mailbox(box.wire_name);
  if (auto selected = source_.ask({std::move(examine)}, hear); !selected) return fail(selected.error());
  if (exists == 0) return std::vector<Uid>();
  if (auto searched = source_.ask({imap::ask::search("ALL", {.uid = true, .results = {}, .charset = {}})}, hear);
      !searched)
    return fail(searched.error());
  return std::vector<Uid>(found.begin(), found.end());
}

Result<void> Importer::prepare_target(const SourceBox& box, const std::string& target, imap::UidValidity uid_validity) {
  const auto session = account_.session();
  if (auto made = session->create(target, imap::SpecialUse::none); !made && made.error().code != Code::exists) {
    made.error().code = Code::syntax;
    return made;
  }
  if (box.subscribed) {
    if (auto subscribed = session->subscribe(target); !subscribed) return subscribed;
  }
  auto messages = account_.messages(target);
  if (!messages) return fail(messages.error());
  const Uid last = messages->empty() ? Uid() : messages->back().uid;
  if (auto begun = journal_->begin(box.wire_name, uid_validity, last); !begun) return begun;
  const Uid known = journal_->find(box.wire_name)->last;
  candidates_.clear();
  for (auto& message : *messages) {
    if (message.uid > known) candidates_.push_back({std::move(message), false});
  }
  first_ = true;
  return {};
}

Result<void> Importer::copy_folder(const SourceBox& box, const std::string& target) {
  imap::UidValidity uid_validity;
  auto there = pending(box, uid_validity);
  if (!there) return fail(there.error());
  const ImportedBox* known = journal_ == nullptr ? nullptr : journal_->find(box.wire_name);
  if (known != nullptr && known->uid_validity != uid_validity && !known->done.empty())
    return fail(
        peer_error(Code::conflict,
                   "the source has numbered its messages anew since the last import: nobody can say which are here"));
  std::vector<Uid> wanted;
  for (const Uid uid : *there) {
    if (known == nullptr || !known->done.has(uid)) wanted.push_back(uid);
  }
  count_.known += there->size() - wanted.size();
  count_.to_do = wanted.size();
  ear_.progress(folder_, count_);
  if (!choice_.dry_run) {
    if (auto ready = prepare_target(box, target, uid_validity); !ready) return ready;
    if (auto copied = fetch(wanted, target); !copied) return copied;
    if (auto synced = journal_->sync(); !synced) return synced;
    const ImportedBox* after = journal_->find(box.wire_name);
    for (const Uid uid : wanted) {
      if (after->done.has(uid)) continue;
      if (auto told = skip(fmt::format("message with UID {}: not copied", uid.value())); !told) return told;
    }
  }
  ear_.folder_done(folder_, target, count_);
  return {};
}

Result<void> Importer::fetch(const std::vector<Uid>& uids, const std::string& target) {
  constexpr View kItems = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])";
  for (std::size_t at = 0; at < uids.size();) {
    // A handful of commands at a time: while one is stored, the source sends the next.
    std::vector<imap::ClientCommand> commands;
    for (int i = 0; i < 8 && at < uids.size(); ++i) {
      const std::size_t count = std::min(kWindow, uids.size() - at);
      const std::vector<Range> set = imap::ranges_of(std::span(uids).subspan(at, count));
      commands.push_back(imap::ask::fetch(set, kItems, {.uid = true, .changed_since = {}, .vanished = false}));
      at += count;
    }
    auto asked = source_.ask(std::move(commands), [&](imap::ClientEvent& event) { return on_event(event, target); });
    incoming_.reset();
    // NO to a FETCH: some messages could not be read there; copy_folder() tells which.
    if (!asked && asked.error().code != Code::not_found) return asked;
  }
  return {};
}

Result<void> Importer::on_event(imap::ClientEvent& event, const std::string& target) {
  if (std::holds_alternative<imap::ContentBegins>(event)) return begin_body();
  if (const auto* chunk = std::get_if<imap::ContentChunk>(&event)) return append(chunk->octets);
  if (const auto* unreadable = std::get_if<imap::Unreadable>(&event))
    return skip(fmt::format("the server says what cannot be read: {}", unreadable->text.substr(0, 80)));
  const auto* received = std::get_if<imap::Received>(&event);
  const auto* fetch = received == nullptr ? nullptr : std::get_if<response::Fetch>(&received->data);
  if (fetch == nullptr || !fetch->uid) return {};
  const response::Content* content = fetch->content("");
  if (content == nullptr || (!content->octets && !content->streamed)) return {};  // flags that changed
  if (!content->streamed) {
    if (auto begun = begin_body(); !begun) return begun;
    if (auto put = append(*content->octets); !put) return put;
  }
  auto stored = store(*fetch, target);
  incoming_.reset();
  if (stored || !is_of_message(stored.error())) return stored;
  return skip(fmt::format("message with UID {}: {}", fetch->uid->value(),
                          stored.error().note.empty() ? name_of(stored.error().code) : View(stored.error().note)));
}

Result<void> Importer::begin_body() {
  auto writer = account_.write_body();
  if (!writer) return fail(writer.error());
  incoming_ = Incoming{.writer = std::move(*writer), .digest = nullptr};
  if (!candidates_.empty()) incoming_->digest = std::make_unique<crypto::HmacSha256>(kDigestKey);
  return {};
}

Result<void> Importer::append(View octets) {
  if (!incoming_) return {};
  incoming_->octets += octets.size();
  if (incoming_->digest) incoming_->digest->add(octets);
  return incoming_->writer->append(octets);
}

Result<std::optional<Uid>> Importer::adopt(WallTime date) {
  const bool first = std::exchange(first_, false);
  if (!incoming_->digest) return std::nullopt;
  std::string digest;
  incoming_->digest->finish(digest);
  const auto reader = account_.reader();
  for (Candidate& candidate : candidates_) {
    const mailbox::StoredMessage& message = candidate.message;
    if (candidate.used || message.internal_date != date) continue;
    if (message.body.capsule.empty()) {
      if (message.body.octets != incoming_->octets) continue;
      const auto same = digest_of(*reader, message.body);
      if (!same) return fail(same.error());
      if (*same != digest) continue;
    } else if (!first) {
      continue;
    }
    candidate.used = true;
    return message.uid;
  }
  return std::nullopt;
}

Result<void> Importer::store(const response::Fetch& fetch, const std::string& target) {
  if (!incoming_) return fail(peer_error(Code::syntax, "a content without octets"));
  const Uid uid = *fetch.uid;
  const WallTime date = fetch.internal_date.value_or(WallTime());
  auto here = adopt(date);
  if (!here) return fail(here.error());
  if (!*here) {
    auto body = incoming_->writer->finish();
    if (!body) return fail(body.error());
    const imap::Flags flags = fetch.flags ? kept_flags(*fetch.flags) : imap::Flags{};
    auto added = account_.add({target, std::move(*body), flags, date, true});
    if (!added) return fail(added.error());
    *here = added->uid;
    ++count_.messages;
    count_.octets += incoming_->octets;
  } else {
    ++count_.known;
  }
  if (auto written = journal_->add(uid, **here); !written) return written;
  if (count_.messages % kSyncEvery == 0) {
    if (auto synced = journal_->sync(); !synced) return synced;
  }
  ear_.progress(folder_, count_);
  return {};
}

}  // namespace posthorn::servers
