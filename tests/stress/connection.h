// One connection of a client to the server: what was sent and is not answered, and what each answer must be.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/client_session.h"
#include "posthorn/protocol/session.h"

#include "stress/dice.h"
#include "stress/keyword.h"
#include "stress/operations.h"
#include "stress/pending.h"
#include "stress/site.h"
#include "stress/view_model.h"

namespace posthorn::stress {

/// What a client enables.
struct Style {
  View enable;  ///< words of ENABLE; empty: none
  Manner manner;
};

/// What outlives the connections of a client.
struct Member {
  Site& site;
  const Style& style;
  OwnKeyword keyword;
  Dice dice;
  Complain complain;
  std::map<std::size_t, Saved> saved{};  ///< by mailbox
  std::uint64_t answered = 0;            ///< commands
};

/// The last lines of a dialogue, for a report.
class Dialogue {
 public:
  void add(View side, View octets);
  [[nodiscard]] std::string text() const;

 private:
  static constexpr std::size_t kLines = 80;
  static constexpr std::size_t kWidth = 240;
  std::deque<std::string> lines_;
};

class Connection {
 public:
  Connection(Member& member, std::unique_ptr<Conversation> server, TimePoint now);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  /// Nobody knows any more what came of the commands that are under way.
  ~Connection();

  [[nodiscard]] Conversation& server() { return *server_; }
  void send(Asked asked);
  void log_in();
  void select(std::size_t box);
  void leave();  ///< CLOSE or UNSELECT
  void idle();
  void end_idle() { session_.done(); }
  /// Takes in what the server said. @returns whether it said anything
  bool hear(TimePoint now);
  /// Hands octets to the other side, at times only some of those that wait. @returns whether there were any
  bool carry();

  [[nodiscard]] bool ready() const { return pending_.empty() && facts_.logged_in && !facts_.over; }
  [[nodiscard]] bool idles() const { return facts_.idles; }
  [[nodiscard]] bool over() const { return facts_.over; }
  /// A message that others remove while it is sent in pieces can only end with the connection; so may any with faults.
  [[nodiscard]] bool may_be_cut() const;
  [[nodiscard]] bool read_only() const { return facts_.read_only; }
  [[nodiscard]] const ViewModel* view() const { return view_.get(); }
  [[nodiscard]] std::string text() const;

 private:
  struct Facts {
    bool logged_in = false;
    bool idles = false;
    bool over = false;
    bool read_only = false;
  };
  void take(imap::ClientEvent event);
  void received(const imap::response::Data& data);
  void found(std::vector<std::uint32_t> numbers, bool uids);
  void told_status(const imap::response::MailboxState& state);
  void copied(Pending& pending, const imap::response::CopyUid& code);
  void completed(const imap::response::State& state);
  void selected(const Pending& pending, const imap::response::State& state);
  void appended(const Pending& pending, const imap::response::State& state);
  void stored(const Pending& pending, const imap::response::State& state);
  void transferred(Pending& pending, const imap::response::State& state);
  [[nodiscard]] bool is_excused(const Pending& pending, const imap::response::State& state) const;
  void begin_next();
  void forget_view();
  void push(imap::ClientCommand command, Pending pending);
  void complain(const std::string& what) const { member_.complain(what); }

  Member& member_;
  std::unique_ptr<Conversation> server_;
  imap::ClientSession session_;
  std::deque<Pending> pending_;
  std::unique_ptr<ViewModel> view_;
  std::unique_ptr<ViewModel> next_view_;  // SELECT was sent, and the old mailbox is not closed yet
  Facts facts_;
  Dialogue dialogue_;
};

}  // namespace posthorn::stress
