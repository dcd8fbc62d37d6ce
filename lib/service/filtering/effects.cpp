#include "service/filtering/effects.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/date.h"
#include "posthorn/grammar/mime/fields.h"
#include "posthorn/grammar/mime/report.h"

#include "protocol/imap/special_use.h"
#include "service/delivery/trace.h"
#include "service/filtering/answer.h"
#include "service/filtering/automatic.h"
#include "service/filtering/flags.h"
#include "service/filtering/host_environment.h"
#include "service/filtering/notice.h"
#include "service/mailbox/names.h"

namespace posthorn::filtering {

namespace {

constexpr queue::Notify kSilent{.never = true, .given = true};
/// Of a reply; RFC 5321 section 4.5.3.1.5 counts 512 octets with everything.
constexpr std::size_t kMaxRefusal = 400;

/// RFC 6009 section 4. Without wishes of the script those of the sender go along.
queue::Notify notify_of(View words, const queue::Notify& sender) {
  if (words.empty()) return sender;
  queue::Notify notify{.given = true};
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(','), words.size());
    const View word = words.substr(0, end);
    notify.never = notify.never || same_word(word, "NEVER");
    notify.success = notify.success || same_word(word, "SUCCESS");
    notify.failure = notify.failure || same_word(word, "FAILURE");
    notify.delay = notify.delay || same_word(word, "DELAY");
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return notify;
}

queue::Return content_of(View word, queue::Return sender) {
  if (word.empty()) return sender;
  return same_word(word, "FULL") ? queue::Return::full : queue::Return::headers;
}

std::string lower(View text) {
  std::string folded = own(text);
  std::ranges::transform(folded, folded.begin(), to_lower);
  return folded;
}

/// One line for a reply; ASCII.
std::string reply_text(View reason) {
  std::string text;
  for (const char c : one_line(reason)) {
    if (c != ' ' || !text.ends_with(' ')) text.push_back(c);
  }
  text.resize(std::min(text.size(), kMaxRefusal));
  return text.empty() ? "refused by the recipient" : text;
}

/// A message without the fields of `front`, each taken out once, wherever a script has put others.
std::string without(View front, View message) {
  if (message.starts_with(front)) return own(message.substr(front.size()));
  std::vector<View> ours;
  const mime::Fields front_fields(front);
  mime::FieldReader front_reader(front);
  for (mime::Field field; front_reader.next(field);) ours.push_back(front_fields.octets(field));

  const View header = mime::header_of(message);
  const mime::Fields fields(header);
  mime::FieldReader reader(header);
  std::string text;
  for (mime::Field field; reader.next(field);) {
    const View octets = fields.octets(field);
    const auto known = std::ranges::find(ours, octets);
    if (known == ours.end()) continue;
    ours.erase(known);
    text.append(message.begin(), octets.begin());
    message.remove_prefix(static_cast<std::size_t>(octets.end() - message.begin()));
  }
  return text + own(message);
}

}  // namespace

Effects::Effects(Home& home, const Options& options, WallTime now, Random& random)
    : home_(home),
      arrival_(home.arrival()),
      options_(options),
      now_(now),
      random_(random),
      header_(mime::header_of(arrival_.message)) {}

Result<delivery::Decision> Effects::carry_out(const sieve::Outcome& outcome, const Script* script) {
  decision_ = {};
  for (const sieve::Action& action : outcome.actions) {
    const Result<void> done = std::visit([this](const auto& wanted) { return on(wanted); }, action);
    if (!done) return fail(done.error());
  }
  for (const sieve::Remembered& remembered : outcome.remembered) {
    std::string memory = memory_of(remembered.id);
    const Result<bool> known = home_.remembers(memory);
    if (!known) return fail(known.error());
    decision_.remembered.push_back({.name = std::move(memory),
                                    .until = now_ + std::min(remembered.period, options_.remember_max),
                                    .news = !*known});
  }
  if (outcome.error && script != nullptr) {
    if (Result<void> told = complain(*outcome.error, *script); !told) return fail(std::move(told.error()));
  }
  if (Result<void> joined = join_copies(); !joined) return fail(std::move(joined.error()));
  for (delivery::Letter& letter : decision_.letters) letter.by_owner = arrival_.event != nullptr;
  if (decision_.refusal) return delivery::Decision{.refusal = std::move(decision_.refusal)};
  return std::move(decision_);
}

void Effects::log(View what) const {
  if (options_.log) options_.log(arrival_.account.address, what);
}

// --- mailboxes -------------------------------------------------------------------------------------------------------

/// Two actions for the same mailbox leave one copy there (RFC 5228 section 2.10.3), with the flags of both.
void Effects::add(delivery::Copy copy) {
  const auto same = std::ranges::find_if(decision_.copies, [&](const delivery::Copy& known) {
    return known.usual == copy.usual && known.mailbox == copy.mailbox && known.message == copy.message;
  });
  if (same == decision_.copies.end()) {
    decision_.copies.push_back(std::move(copy));
    return;
  }
  same->create = same->create || copy.create;
  if (same->use == imap::SpecialUse::none) same->use = copy.use;
  same->flags.system |= copy.flags.system;
  for (std::string& word : copy.flags.keywords) {
    if (std::ranges::find(same->flags.keywords, word) == same->flags.keywords.end())
      same->flags.keywords.push_back(std::move(word));
  }
}

/// Several names may mean INBOX: that of a mailbox that is missing does, and none where mail goes there anyway.
Result<void> Effects::join_copies() {
  if (decision_.copies.size() < 2) return {};
  for (delivery::Copy& copy : std::exchange(decision_.copies, {})) {
    bool is_inbox = !copy.usual && copy.mailbox == mailbox::kInbox;
    if (!copy.usual && !is_inbox && !copy.create) {
      const Result<bool> is_there = home_.has_mailbox(copy.mailbox);
      if (!is_there) return fail(is_there.error());
      is_inbox = !*is_there;
    }
    if (is_inbox) {
      copy.usual = !arrival_.junk && arrival_.event == nullptr;
      copy.mailbox = copy.usual ? std::string() : own(mailbox::kInbox);
    }
    add(std::move(copy));
  }
  return {};
}

/// What could not be done must not lose the message.
void Effects::keep() { add({.usual = true, .flags = wanted_flags({})}); }

/// A message that lies in a mailbox has its flags until a script says otherwise.
imap::Flags Effects::wanted_flags(const sieve::Filing& filing) const {
  if (filing.flags) return flags_of(*filing.flags);
  return arrival_.event == nullptr ? imap::Flags() : arrival_.event->flags;
}

Result<void> Effects::on(const sieve::Keep& keep) {
  const bool usual = keep.implicit || !arrival_.junk;
  add({.usual = usual,
       .mailbox = usual ? std::string() : own(mailbox::kInbox),
       .flags = wanted_flags(keep.filing),
       .message = keep.filing.message});
  return {};
}

Result<delivery::Copy> Effects::copy_for(const sieve::FileInto& file) {
  delivery::Copy copy{.mailbox = mailbox::canonical_name(file.mailbox),
                      .create = file.create,
                      .flags = wanted_flags(file.filing),
                      .message = file.filing.message};
  std::optional<std::string> found;
  if (!file.mailbox_id.empty()) {
    auto named = home_.mailbox_with_id(file.mailbox_id);
    if (!named) return fail(std::move(named.error()));
    found = std::move(*named);
  }
  if (!found && !file.special_use.empty()) {
    auto used = home_.mailbox_with_use(file.special_use);
    if (!used) return fail(std::move(used.error()));
    found = std::move(*used);
    if (!found) copy.use = imap::special_use(View(file.special_use).substr(file.special_use.starts_with('\\') ? 1 : 0));
  }
  if (found) copy.mailbox = std::move(*found);
  return copy;
}

Result<void> Effects::on(const sieve::FileInto& file) {
  Result<delivery::Copy> copy = copy_for(file);
  if (!copy) return fail(std::move(copy.error()));
  add(std::move(*copy));
  return {};
}

Result<void> Effects::add_copy_of(const std::optional<sieve::FileInto>& file, const std::string& message) {
  if (!file) return {};
  Result<delivery::Copy> copy = copy_for(*file);
  if (!copy) return fail(std::move(copy.error()));
  copy->message = std::make_shared<const std::string>(message);
  add(std::move(*copy));
  return {};
}

// --- to others -------------------------------------------------------------------------------------------------------

/// Mail that this account has sent on before, or that goes round among others.
bool Effects::runs_in_circle() const {
  const mime::Fields fields(mime::header_of(arrival_.message.substr(arrival_.front)));
  if (fields.received().size() > options_.max_received) return true;
  for (const mime::Field& field : fields.all("Delivered-To")) {
    if (same_word(mime::unfold(field.raw), arrival_.account.address)) return true;
  }
  return false;
}

/// The message without what is for this mailbox alone, and with fields that end loops. Others get what came, not what
/// was found out about it here (features F31).
std::string Effects::passed_on(const sieve::Octets& changed) const {
  const View text = changed ? View(*changed) : arrival_.message;
  return delivery::delivered_to(arrival_.account.address) + "Received: by " +
         delivery::safe_domain(options_.host_name) + ";\r\n\t" + mail::format_date(now_) + "\r\n" +
         without(arrival_.message.substr(0, arrival_.front), text);
}

Result<void> Effects::on(const sieve::Redirect& redirect) {
  const auto to = mail::parse_mailbox(redirect.address, true);
  if (redirect.list || !to || runs_in_circle()) {  // no list here is one to send to
    keep();
    return {};
  }
  const Result<bool> own_address = home_.is_own(to->text(), true);
  if (!own_address) return fail(own_address.error());
  if (*own_address) {
    add({.usual = true, .flags = wanted_flags({}), .message = redirect.message});
    return {};
  }
  const bool again = std::ranges::any_of(decision_.letters, [&](const delivery::Letter& letter) {
    return letter.passed_on && same_word(letter.to, to->text());
  });
  if (again) return {};
  delivery::Letter letter{.purpose = "redirect",
                          .sender = own(arrival_.sender),
                          .passed_on = true,
                          .to = to->text(),
                          .message = passed_on(redirect.message),
                          .original = "rfc822;" + own(arrival_.recipient),
                          .notify = notify_of(redirect.dsn.notify, arrival_.notify),
                          .content = content_of(redirect.dsn.ret, arrival_.content),
                          .utf8 = arrival_.utf8 || !codec::is_ascii(to->text())};
  if (redirect.deliver_by) {
    letter.deliver_by = now_ + std::chrono::seconds(redirect.deliver_by->seconds);
    letter.return_late = redirect.deliver_by->return_late;
  }
  decision_.letters.push_back(std::move(letter));
  return {};
}

/// A reply cannot have every text; what `reject` says goes by mail then (RFC 5429 section 2.2).
Result<void> Effects::on(const sieve::Reject& reject) {
  if (codec::is_ascii(reject.reason)) {
    decision_.refusal = reply_text(reject.reason);
    return {};
  }
  decision_.refusal = reply_text({});
  if (reject.explicit_ || arrival_.sender.empty()) return {};
  const auto text = compose_refusal(
      reject.reason, arrival_.account.address, arrival_.message.substr(arrival_.front),
      {.from = address_of(arrival_.account.address), .to = arrival_.sender, .header = header_, .now = now_}, random_);
  if (!text) return {};
  decision_.refusal.reset();
  decision_.letters.push_back({.purpose = "refusal",
                               .to = own(arrival_.sender),
                               .message = *text,
                               .notify = kSilent,
                               .utf8 = !codec::is_ascii(arrival_.sender)});
  return {};
}

/// Only an address of the owner; what a script wants to be otherwise is not believed.
Result<mail::Address> Effects::sender_of(View wanted) {
  for (const mail::Address& address : mail::address_list(wanted)) {
    if (address.kind != mail::Address::Kind::mailbox) continue;
    const Result<bool> is_own = home_.is_own(mail::Mailbox{address.local_part, address.domain}.text());
    if (!is_own) return fail(is_own.error());
    if (*is_own) return address;
    break;
  }
  return address_of(arrival_.account.address);
}

Result<bool> Effects::answers(const sieve::Vacation& vacation) {
  if (arrival_.junk || !may_be_answered(header_, arrival_.sender)) return false;
  std::vector<std::string> addresses = vacation.addresses;
  addresses.push_back(arrival_.account.address);
  addresses.push_back(own(arrival_.recipient));
  if (!is_written_to(header_, addresses)) return false;
  return map(home_.is_own(arrival_.sender), [](bool is_own) { return !is_own; });
}

Result<void> Effects::on(const sieve::Vacation& vacation) {
  const Result<bool> answered = answers(vacation);
  if (!answered) return fail(answered.error());
  if (!*answered) return {};
  const std::string memory = "vacation " + vacation.handle + " " + lower(arrival_.sender);
  const Result<bool> known = home_.remembers(memory);
  if (!known) return fail(known.error());
  if (*known) return {};
  const Result<mail::Address> from = sender_of(vacation.from);
  if (!from) return fail(from.error());
  const auto text =
      compose_answer(vacation, {.from = *from, .to = arrival_.sender, .header = header_, .now = now_}, random_);
  if (!text) {
    log("an answer that cannot be written: " + text.error().note);
    return {};
  }
  const auto period =
      std::clamp(vacation.period, options_.vacation_min, std::max(options_.vacation_min, options_.vacation_max));
  delivery::Letter letter{.purpose = "answer " + vacation.handle,
                          .to = own(arrival_.sender),
                          .message = *text,
                          .notify = kSilent,
                          .utf8 = !codec::is_ascii(arrival_.sender)};
  if (period.count() > 0) letter.memory = mailbox::Remembrance{.name = memory, .until = now_ + period, .news = true};
  decision_.letters.push_back(std::move(letter));
  return add_copy_of(vacation.copy, *text);
}

Result<void> Effects::on(const sieve::Notify& notify) {
  auto method = parse_method(notify.method);
  if (!method || !may_be_notified(header_)) return {};
  if (method->to.size() > options_.notified) method->to.resize(options_.notified);
  const Result<mail::Address> from = sender_of(notify.from);
  if (!from) return fail(from.error());
  const std::string from_address = mail::Mailbox{from->local_part, from->domain}.text();
  const auto text = compose({.wishes = notify,
                             .method = *method,
                             .from = from_address,
                             .owner = arrival_.account.address,
                             .header = header_,
                             .now = now_},
                            random_);
  if (!text) {
    log("a notification that cannot be written: " + text.error().note);
    return {};
  }
  for (const std::string& to : method->to) {
    decision_.letters.push_back({.purpose = "notification " + notify.method + " " + notify.message,
                                 .to = to,
                                 .message = *text,
                                 .notify = kSilent});
  }
  return add_copy_of(notify.copy, *text);
}

// --- errors ----------------------------------------------------------------------------------------------------------

Result<void> Effects::complain(const sieve::Diagnostic& what, const Script& script) {
  log("the script " + script.name + " stopped in line " + std::to_string(what.at.line) + ": " + what.text);
  if (!script.personal) return {};
  const std::string memory = "error " + script.key;
  const Result<bool> known = home_.remembers(memory);
  if (!known) return fail(known.error());
  if (*known) return {};
  const std::string from = options_.from.empty() ? "MAILER-DAEMON@" + options_.host_name : options_.from;
  const auto text = compose_complaint(
      script.name, what, {.from = address_of(from), .to = arrival_.account.address, .header = header_, .now = now_},
      random_);
  if (!text) return {};
  decision_.remembered.push_back({.name = memory, .until = now_ + options_.tell_errors_every, .news = true});
  add({.mailbox = own(mailbox::kInbox), .message = std::make_shared<const std::string>(*text)});
  return {};
}

}  // namespace posthorn::filtering
