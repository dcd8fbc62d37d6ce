// A selected mailbox that is a list in memory and counts what is asked of it.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/buffer.h"
#include "posthorn/protocol/imap/search_digest.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::testing {

class ListedMailbox final : public imap::SelectedMailbox {
 public:
  struct Message {
    imap::MessageFacts facts;
    std::string octets;
  };
  std::vector<Message> messages;
  bool writable = true;
  std::size_t reads = 0;
  std::size_t octets_read = 0;
  std::size_t largest_read = 0;
  std::map<std::uint32_t, Code> refused;                // numbers that cannot be read, and why
  std::map<std::uint32_t, std::uint64_t> damaged_from;  // from these octets on they cannot be read
  std::set<std::uint32_t> gone;                         // numbers whose octets were removed elsewhere
  std::size_t stores = 0;
  std::map<std::uint32_t, std::string> digests;  // of the numbers that have one
  std::size_t digests_asked = 0;
  std::map<std::uint32_t, std::string> summaries;  // of the numbers that have one
  std::vector<imap::Range> vanished;               // what vanished_since() tells
  imap::Uid uid_next;

  void add(std::string octets, std::uint32_t uid, std::uint8_t flags = 0, WallTime date = {}) {
    Message m;
    m.facts.uid = imap::Uid(uid);
    m.facts.flags.system = flags;
    m.facts.internal_date = date;
    m.facts.octets = octets.size();
    m.facts.modseq = imap::ModSeq(uid * 10);
    m.octets = std::move(octets);
    messages.push_back(std::move(m));
  }

  bool read_only() const override { return !writable; }
  std::uint32_t exists() const override { return static_cast<std::uint32_t>(messages.size()); }
  imap::MailboxStatus status() const override {
    imap::MailboxStatus status;
    status.uid_next = uid_next;
    return status;
  }
  std::vector<std::string> keywords() const override { return {}; }
  imap::Uid uid_at(imap::SeqNum n) const override { return messages.at(n.value() - 1).facts.uid; }
  std::optional<imap::SeqNum> number_of(imap::Uid uid) const override {
    const auto n = lower_bound(uid);
    if (n.value() > exists() || uid_at(n) != uid) return std::nullopt;
    return n;
  }
  imap::SeqNum lower_bound(imap::Uid uid) const override {
    std::uint32_t n = 1;
    while (n <= exists() && uid_at(imap::SeqNum(n)) < uid) ++n;
    return imap::SeqNum(n);
  }
  const imap::MessageFacts& facts(imap::SeqNum n) const override { return messages.at(n.value() - 1).facts; }
  Result<std::string> read(imap::SeqNum n, std::uint64_t offset, std::uint64_t count) override {
    ++reads;
    if (gone.contains(n.value())) return fail(environment_error(Code::not_found));
    if (const auto why = refused.find(n.value()); why != refused.end()) return fail(environment_error(why->second));
    std::string out = messages.at(n.value() - 1).octets.substr(offset, count);
    const auto damage = damaged_from.find(n.value());
    if (damage != damaged_from.end() && offset + out.size() > damage->second) {
      return fail(environment_error(Code::corrupt));
    }
    octets_read += out.size();
    largest_read = std::max(largest_read, out.size());
    return out;
  }
  bool may_hold(imap::SeqNum n, View folded) override {
    ++digests_asked;
    const auto digest = digests.find(n.value());
    return digest == digests.end() || imap::may_hold(digest->second, folded);
  }
  Result<std::string> summary(imap::SeqNum n) override {
    const auto found = summaries.find(n.value());
    return found == summaries.end() ? std::string() : found->second;
  }
  Result<std::vector<imap::Range>> vanished_since(imap::ModSeq) override { return vanished; }
  Result<std::vector<imap::Change>> poll(bool) override { return std::vector<imap::Change>(); }
  bool changed() const override { return false; }
  Result<std::vector<imap::Uid>> store_flags(std::span<const imap::SeqNum> numbers, imap::FlagChange,
                                             const imap::Flags& flags, std::optional<imap::ModSeq>) override {
    ++stores;
    for (const auto n : numbers) {
      auto& system = messages.at(n.value() - 1).facts.flags.system;
      system = static_cast<std::uint8_t>(system | flags.system);
      messages.at(n.value() - 1).facts.modseq = imap::ModSeq(1000 + stores);
    }
    return std::vector<imap::Uid>();
  }
  Result<std::vector<imap::Change>> expunge(const std::vector<imap::Uid>*) override {
    return std::vector<imap::Change>();
  }
  Result<imap::CopyOutcome> copy(std::span<const imap::SeqNum>, View) override { return imap::CopyOutcome(); }
  Result<std::pair<imap::CopyOutcome, std::vector<imap::Change>>> move(std::span<const imap::SeqNum>, View) override {
    return std::pair<imap::CopyOutcome, std::vector<imap::Change>>();
  }
};

/// Runs one command to its end and returns what the client reads, with the tag "A".
inline std::string dialogue(const imap::CommandSpec& spec, View arguments, imap::State& state,
                            std::size_t mark = 65'536, std::size_t* largest = nullptr, bool utf8 = false) {
  Cursor c(arguments);
  c.set_utf8(utf8);
  auto execution = spec.begin(c, state);
  if (!execution) return "refused: " + std::string(name_of(execution.error().code));
  Buffer buffer;
  std::string out;
  imap::Responder responder(buffer, mark);
  responder.set_enabled({.utf8 = utf8});
  imap::Progress progress = imap::Progress::more;
  while (progress == imap::Progress::more) {
    progress = (*execution)->step(responder);
    if (largest != nullptr) *largest = std::max(*largest, buffer.size());
    out += buffer.view();
    buffer.clear();
  }
  responder.write_completion("A");
  out += buffer.view();
  return out;
}

}  // namespace posthorn::testing
