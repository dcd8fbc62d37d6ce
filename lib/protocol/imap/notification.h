// What NOTIFY asks for (RFC 5465), and the watcher that tells it: the account is compared with what it was when the
// client last heard of it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/imap/spec.h"
#include "posthorn/protocol/imap/state.h"

namespace posthorn::imap::notification {

/// Most names in one NOTIFY, and most event groups.
inline constexpr std::size_t kMaxNames = 1000;
inline constexpr std::size_t kMaxGroups = 100;

/// Events that this server tells (section 5); a bit each.
enum class Kind : std::uint8_t {
  message_new = 1,
  message_expunge = 2,
  flag_change = 4,
  mailbox_name = 8,
  subscription_change = 16,
};

/// Which mailboxes an event group is about (section 6).
enum class Filter : std::uint8_t { selected, selected_delayed, inboxes, personal, subscribed, subtree, mailboxes };

struct Group {
  Filter filter = Filter::personal;
  std::vector<std::string> names;  ///< of subtree and mailboxes
  std::uint8_t events = 0;         ///< Kind bits; 0: NONE
  std::string attributes;          ///< what FETCH shall tell of new messages, with parentheses; empty: nothing
  [[nodiscard]] bool has(Kind one) const { return (events & static_cast<std::uint8_t>(one)) != 0; }
  [[nodiscard]] bool is_selected() const { return filter == Filter::selected || filter == Filter::selected_delayed; }
};

struct Request {
  bool status = false;          ///< tell the STATUS of each watched mailbox at once
  std::vector<Group> groups;    ///< empty: NONE, tell nothing at all
  bool unknown_events = false;  ///< some event is of a kind that is not told here
};

/// notify = SP "NONE" / SP "SET" [SP "STATUS"] 1*(SP "(" filter SP events ")")
bool request(Cursor& c, Request& out);

/// What is remembered of a mailbox.
struct Remembered {
  bool exists = false;
  bool selectable = false;
  bool subscribed = false;
  MailboxStatus status;  ///< only of what is watched
};

class Notifications final : public Watcher {
 public:
  explicit Notifications(Request request) : request_(std::move(request)) {}

  /// Remembers how everything is; STATUS of what is watched is told next where that was asked for.
  Result<void> begin(State& state);
  [[nodiscard]] bool due(const State& state) const override;
  bool tell(State& state, Responder& responder) override;
  [[nodiscard]] bool reports_selected() const override { return selected_group() != nullptr; }

 private:
  using Names = std::map<std::string, Remembered, std::less<>>;
  /// One untagged response.
  struct Line {
    std::string name;
    std::string old_name;  ///< not empty: it was renamed
    Remembered box;
    bool is_status = false;  ///< else LIST
  };

  [[nodiscard]] const Group* selected_group() const;
  [[nodiscard]] const Group* group_of(View name, const Remembered& box, const State& state) const;
  [[nodiscard]] Result<Names> look(State& state) const;
  void compare(const Names& now, const State& state);
  void compare_name(View name, const Remembered& box, const Names& now, const State& state);
  void compare_status(View name, const Remembered& box, const State& state);
  void write(const Line& line, const State& state, Responder& responder) const;
  bool tell_selected(State& state, Responder& responder);
  void fetch_new(State& state, std::uint32_t before);
  bool fetch(State& state, Responder& responder);

  Request request_;
  Names known_;
  std::uint64_t generation_ = 0;  // of the account, when known_ was read
  std::vector<Line> lines_;       // to be told
  std::size_t told_ = 0;          // of lines_
  News news_;                     // of the selected mailbox
  std::string fetch_text_;        // the command that fetch_ runs
  std::unique_ptr<Execution> fetch_;
};

}  // namespace posthorn::imap::notification
