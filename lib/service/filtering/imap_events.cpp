#include "posthorn/service/filtering/imap_events.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/fields.h"
#include "posthorn/grammar/mime/report.h"
#include "posthorn/service/delivery/filter.h"
#include "posthorn/service/delivery/local.h"

#include "service/delivery/filing.h"
#include "service/delivery/header_watch.h"
#include "service/delivery/letters.h"
#include "service/filtering/watched.h"

namespace posthorn::filtering {

namespace {

constexpr std::uint64_t kReadOctets = 1U << 20U;
constexpr std::uint8_t kSeen = static_cast<std::uint8_t>(imap::SystemFlag::seen);

/// What all sessions share.
struct Ground {
  directory::Directory& directory;
  const Clock& clock;
  const delivery::Options options;
  const queue::Router router;
  const EventOptions events;
};

/// Octets of the fields that the delivery put in front of a message, if it is one that was delivered.
std::size_t front_of(View message) {
  constexpr View kFront[] = {"Return-Path", "Delivered-To", "Authentication-Results"};
  const View header = mime::header_of(message);
  const mime::Fields fields(header);
  mime::FieldReader reader(header);
  std::size_t front = 0;
  for (mime::Field field; reader.next(field);) {
    if (std::ranges::none_of(kFront, [&](View name) { return same_word(name, field.name); })) break;
    front += fields.octets(field).size();
  }
  return front;
}

Result<std::string> read_whole(imap::SelectedMailbox& mailbox, imap::SeqNum number, std::uint64_t octets) {
  std::string message;
  while (message.size() < octets) {
    const Result<std::string> piece = mailbox.read(number, message.size(), kReadOctets);
    if (!piece) return piece;
    if (piece->empty()) return fail(environment_error(Code::corrupt, "shorter than it was told"));
    message += *piece;
  }
  return message;
}

/// Runs the script of one mailbox.
class ScriptListener final : public Listener {
 public:
  struct Place {
    sharing::Owned owned;
    directory::Account owner;
    std::unique_ptr<imap::Mailboxes> session;  // the owner's
    std::string script;
    std::unique_ptr<delivery::Wishes> wishes;  // the script's
    std::string user;
  };
  ScriptListener(const Ground& ground, Place place) : ground_(ground), place_(std::move(place)) {}

  bool shares_seen() const override { return !place_.owned.own_seen; }
  void happened(View cause, std::span<const Touched> messages) override {
    const auto view = place_.session->select(place_.owned.mailbox, false);
    if (!view) return complain(view.error());
    if (messages.size() > ground_.events.messages) {
      say("runs for the first " + std::to_string(ground_.events.messages) + " of " + std::to_string(messages.size()) +
          " messages of one command");
      messages = messages.first(ground_.events.messages);
    }
    for (const Touched& message : messages) {
      const Result<void> done = run(**view, cause, message);
      if (!done) complain(done.error());
    }
  }

 private:
  Result<void> run(imap::SelectedMailbox& view, View cause, const Touched& touched);
  Result<void> carry_out(delivery::Decision decision, View message, imap::SelectedMailbox& view, imap::SeqNum number);
  [[nodiscard]] Result<bool> send(delivery::Decision& decision, View message, const imap::MessageFacts& facts,
                                  View mailbox_id) const;
  void complain(const Error& error) const { say("could not do what it does: " + error.note); }
  void say(const std::string& what) const {
    if (!ground_.events.log) return;
    ground_.events.log(place_.owner.address,
                       "the script " + place_.script + " of the mailbox " + place_.owned.mailbox + " " + what);
  }

  const Ground& ground_;
  const Place place_;
};

Result<void> ScriptListener::run(imap::SelectedMailbox& view, View cause, const Touched& touched) {
  const std::optional<imap::SeqNum> number = view.number_of(touched.uid);
  if (!number) return {};  // it is gone already
  const imap::MessageFacts facts = view.facts(*number);
  const Result<std::string> message = read_whole(view, *number, facts.octets);
  if (!message) return fail(message.error());
  imap::Flags were = touched.flags_were ? *touched.flags_were : facts.flags;
  if (!shares_seen()) {
    were.system &= static_cast<std::uint8_t>(~kSeen);
    were.system |= static_cast<std::uint8_t>(facts.flags.system & kSeen);
  }
  const delivery::ImapEvent event{
      .cause = cause, .mailbox = place_.owned.mailbox, .user = place_.user, .flags = facts.flags, .flags_were = were};
  Result<delivery::Decision> decision = place_.wishes->decide({.account = place_.owner,
                                                               .mailboxes = *place_.owned.mail,
                                                               .message = *message,
                                                               .front = front_of(*message),
                                                               .sender = place_.owner.address,
                                                               .recipient = place_.owner.address,
                                                               .login = {},
                                                               .notify = {},
                                                               .when = ground_.clock.wall(),
                                                               .event = &event});
  if (!decision) return fail(std::move(decision.error()));
  return carry_out(std::move(*decision), *message, view, *number);
}

/// As at a delivery, what is sent goes before what is stored.
Result<void> ScriptListener::carry_out(delivery::Decision decision, View message, imap::SelectedMailbox& view,
                                       imap::SeqNum number) {
  const imap::MessageFacts facts = view.facts(number);
  const Result<bool> sent = send(decision, message, facts, view.status().mailbox_id);
  if (!sent) return fail(sent.error());
  const auto usual = std::ranges::find(decision.copies, true, &delivery::Copy::usual);
  const bool kept = usual != decision.copies.end();
  const imap::Flags wanted = kept ? usual->flags : facts.flags;
  // What was changed of a message is not changed where it lies (RFC 6785 section 3.1).
  std::erase_if(decision.copies, [](const delivery::Copy& copy) { return copy.usual; });
  if (!decision.copies.empty() || !decision.remembered.empty()) {
    Result<void> filed =
        delivery::file(*place_.owned.mail, message, decision, {.now = ground_.clock.wall(), .receipt = {}});
    if (!filed) return filed;
  }
  const imap::SeqNum numbers[] = {number};
  if (!kept && *sent) {
    const imap::Flags deleted{.system = static_cast<std::uint8_t>(imap::SystemFlag::deleted), .keywords = {}};
    const auto stored = view.store_flags(numbers, imap::FlagChange::add, deleted, std::nullopt);
    return stored ? Result<void>() : fail(stored.error());
  }
  if (wanted == facts.flags) return {};
  const auto stored = view.store_flags(numbers, imap::FlagChange::replace, wanted, std::nullopt);
  return stored ? Result<void>() : fail(stored.error());
}

queue::TlsWish wish_of(View message) {
  delivery::HeaderWatch header;
  header.feed(mime::header_of(message));
  return header.tls_optional() ? queue::TlsWish::optional : queue::TlsWish::policy;
}

/// @returns false: what shall be passed on cannot be
Result<bool> ScriptListener::send(delivery::Decision& decision, View message, const imap::MessageFacts& facts,
                                  View mailbox_id) const {
  if (decision.letters.empty()) return true;
  if (ground_.options.queue == nullptr) return false;
  const std::string name = "event " + std::to_string(place_.owner.id.value()) + "." + own(mailbox_id) + "." +
                           std::to_string(facts.uid.value()) + "." + std::to_string(facts.modseq.value());
  const WallTime now = ground_.clock.wall();
  const std::optional<queue::Seal> unsealed;  // nobody judged it just now
  return delivery::send(decision, {.account = place_.owner,
                                   .queue = *ground_.options.queue,
                                   .router = ground_.router,
                                   .options = ground_.options,
                                   .seal = unsealed,
                                   .tls = wish_of(message),
                                   .delivery = name,
                                   .since = now,
                                   .now = now});
}

/// Looks for the scripts of the mailboxes that one session reaches.
class ScriptWatcher final : public Watcher {
 public:
  /// @param owners  null: everything is the user's
  ScriptWatcher(const Ground& ground, sharing::Owners* owners, sharing::User user)
      : ground_(ground), owners_(owners), user_(std::move(user)) {}

  std::unique_ptr<Listener> listener(View mailbox) override {
    auto found = find(mailbox);
    if (found) return std::move(*found);
    if (found.error().lasting == Lasting::transient && ground_.events.log)
      ground_.events.log(user_.account.address,
                         "the script of the mailbox " + own(mailbox) + ": " + found.error().note);
    return nullptr;
  }

 private:
  [[nodiscard]] Result<std::unique_ptr<Listener>> find(View mailbox);

  const Ground& ground_;
  sharing::Owners* const owners_;
  const sharing::User user_;
};

Result<std::unique_ptr<Listener>> ScriptWatcher::find(View mailbox) {
  ScriptListener::Place place{.owned = {user_.account.address, own(mailbox), user_.mail},
                              .owner = {},
                              .session = {},
                              .script = {},
                              .wishes = {},
                              .user = {}};
  if (owners_ != nullptr) {
    auto owned = owners_->owned(mailbox);
    if (!owned) return fail(std::move(owned.error()));
    place.owned = std::move(*owned);
  }
  if (place.owned.owner.empty()) return std::unique_ptr<Listener>();
  const bool is_own = place.owned.owner == user_.account.address;
  // This is asked for every command that changes something: most mailboxes have no script.
  Result<std::string> script = place.owned.mail->event_script(place.owned.mailbox);
  if (!script) return fail(std::move(script.error()));
  if (script->empty()) return std::unique_ptr<Listener>();
  place.script = std::move(*script);
  Result<directory::Account> owner =
      is_own ? Result<directory::Account>(user_.account) : ground_.directory.account(View(place.owned.owner));
  if (!owner) return fail(std::move(owner.error()));
  place.owner = std::move(*owner);
  auto wishes = ground_.options.filter->wishes_at_event(place.owner, place.script);
  if (!wishes) return fail(std::move(wishes.error()));
  if (*wishes == nullptr) return std::unique_ptr<Listener>();
  place.wishes = std::move(*wishes);
  place.session = place.owned.mail->session(is_own ? user_.keys : nullptr);
  place.user = user_.account.address;
  return std::make_unique<ScriptListener>(ground_, std::move(place));
}

class SieveEvents final : public ImapEvents {
 public:
  explicit SieveEvents(Ground ground) : ground_(std::move(ground)) {}

  std::unique_ptr<imap::Mailboxes> watch(sharing::Tree tree, const sharing::User& user) override {
    return watched(std::move(tree.mailboxes), std::make_unique<ScriptWatcher>(ground_, tree.owners, user));
  }

 private:
  const Ground ground_;
};

}  // namespace

std::unique_ptr<ImapEvents> make_imap_events(directory::Directory& directory, const Clock& clock,
                                             delivery::Options options, EventOptions events) {
  queue::Router router = delivery::make_router(directory, options);
  return std::make_unique<SieveEvents>(Ground{.directory = directory,
                                              .clock = clock,
                                              .options = std::move(options),
                                              .router = std::move(router),
                                              .events = std::move(events)});
}

}  // namespace posthorn::filtering
