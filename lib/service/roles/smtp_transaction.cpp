#include <algorithm>

#include "posthorn/grammar/mail/domain.h"
#include "posthorn/service/submission/message_facts.h"

#include "service/roles/smtp_session.h"

namespace posthorn::roles {

using journal::Happening;
using smtp::Said;
using smtp::Topic;

namespace {

/// Content that is kept in memory before a worker takes it: one visit for a usual message, few for a big one.
constexpr std::size_t kBatch = 128U << 10U;

/// Whether a recipient failed in passing, so that the message comes again.
bool is_passing(const Result<void>& result) { return !result && result.error().lasting == Lasting::transient; }

/// What MAIL asked for, as the queue keeps it.
void take_wishes(const smtp::MailParams& params, delivery::Envelope& envelope, WallTime now) {
  queue::Message& wishes = envelope.wishes;
  wishes.envelope_id = params.envelope_id;
  wishes.content = params.ret;
  wishes.utf8 = params.utf8;
  wishes.binary = params.body == smtp::MailParams::Body::binary;
  wishes.priority = params.priority.value_or(0);
  if (params.deliver_by) {
    wishes.deliver_by = now + std::chrono::seconds(params.deliver_by->seconds);
    wishes.return_late = params.deliver_by->returns;
  }
  if (params.require_tls) envelope.wishes.tls = queue::TlsWish::required;
  if (params.hold) envelope.wishes.not_before = params.hold->until.value_or(now + params.hold->interval);
}

}  // namespace

// --- sender and recipients -------------------------------------------------------------------------------------------

SmtpRole::Next SmtpRole::on(smtp::Mail& event) {
  const bool own_address = event.from.is_null() || same_word(event.from.text(), account_);
  if (!account_.empty() && options_.check_sender && !own_address) {
    asked_.sender = std::move(event);
    return Wants::work;
  }
  begin_message(event);
  return std::nullopt;
}

void SmtpRole::begin_message(smtp::Mail& event) {
  const std::string sender = event.from.is_null() ? std::string() : event.from.text();
  if (account_.empty() && !checks_.begin(hello_, sender, services_.clock.now())) {
    session_.reply(std::move(event.ticket), say(Said::sending_limit));
    return;
  }
  message_ = {};
  delivery::Envelope& envelope = message_.envelope;
  envelope.sender = sender;
  message_.declared = event.params.size.value_or(0);
  take_wishes(event.params, envelope, services_.clock.wall());
  envelope.wishes.account = account_;
  if (account_.empty() && options_.authentication != nullptr) {
    auto judge = std::make_unique<MessageJudge>();
    if (judge->begin(*options_.authentication, connection_.remote, hello_, sender, services_.clock.wall()))
      message_.judge = std::move(judge);
  }
  session_.reply(std::move(event.ticket), say(Said::sender_accepted));
}

void SmtpRole::judge_sender(smtp::Mail event) {
  if (const auto allowed = may_send_as(event.from.text()); !allowed) {
    session_.reply(std::move(event.ticket), refusal(allowed.error(), Topic::sender));
    return;
  }
  begin_message(event);
}

Result<void> SmtpRole::may_send_as(const std::string& address) {
  const auto self = services_.directory.account(View(account_));
  if (!self) return fail(self.error());
  const auto resolved = services_.directory.resolve(address);
  if (!resolved) return fail(resolved.error());
  const bool leads_here = std::any_of(resolved->targets.begin(), resolved->targets.end(),
                                      [&](const auto& target) { return target.account.id == self->id; });
  if (!leads_here) return fail(peer_error(Code::denied));
  return {};
}

SmtpRole::Next SmtpRole::on(smtp::Rcpt& event) {
  asked_.recipients.push_back(std::move(event));  // those that are pipelined behind it come along
  return std::nullopt;
}

void SmtpRole::resolve(std::vector<smtp::Rcpt> recipients) {
  for (smtp::Rcpt& recipient : recipients) {
    std::string address = recipient.to.text();
    auto resolution = resolve_one(address);
    if (!resolution) {
      tell(Happening::recipient_refused, address, name_of(resolution.error().code));
      session_.reply(std::move(recipient.ticket), refused_recipient(resolution.error()));
      continue;
    }
    if (const auto refused = account_.empty() ? checks_.judge(address) : std::nullopt) {
      tell(Happening::recipient_refused, address, refused->text);
      session_.reply(std::move(recipient.ticket), {refused->code, refused->status, refused->text});
      continue;
    }
    if (const auto refused = ask_primaries(address, *resolution)) {
      tell(Happening::recipient_refused, address, refused->text);
      session_.reply(std::move(recipient.ticket), *refused);
      continue;
    }
    if (const auto refused = over_limit(address)) {
      tell(Happening::limit_reached, account_, address);
      session_.reply(std::move(recipient.ticket), *refused);
      continue;
    }
    // What only goes on to other hosts is not judged here (features F31).
    message_.follows.push_back(resolution->targets.empty() ? directory::Enforcement::none : resolution->enforcement);
    const auto& original = recipient.params.original;
    message_.envelope.recipients.push_back(
        {.address = std::move(address),
         .resolution = std::move(*resolution),
         .original = original ? original->type + ";" + original->text : std::string(),
         .notify = recipient.params.notify});
    session_.reply(std::move(recipient.ticket), say(Said::recipient_accepted));
  }
}

/// Where an address leads; a login may also write to other hosts, and a bounce comes back to whom we rewrote.
Result<directory::Resolution> SmtpRole::find(std::string& address) {
  if (services_.srs != nullptr) {
    auto parsed = mail::parse_mailbox(address, true);
    if (parsed && mail::is_srs(*parsed)) {
      const auto original =
          services_.srs->reverse(*parsed, std::chrono::floor<std::chrono::days>(services_.clock.wall()));
      if (original) {
        address = original->text();
      } else if (original.error().code != Code::not_found) {
        return fail(original.error());
      }
      if (original) {
        auto here = services_.directory.resolve(address);
        if (here || here.error().code != Code::unsupported) return here;
        directory::Resolution away;
        away.relayed = true;
        return away;
      }
    }
  }
  auto resolution = services_.directory.resolve(address);
  if (resolution || resolution.error().code != Code::unsupported || account_.empty() || !options_.outbound)
    return resolution;
  directory::Resolution away;
  away.relayed = true;
  return away;
}

/// Whom the primary of a backup domain does not know, we do not take: a report to who knows whom would be all that
/// comes of it. Of an alias the others stay.
std::optional<smtp::Reply> SmtpRole::ask_primaries(const std::string& address, directory::Resolution& found) {
  if (services_.recipients == nullptr) return std::nullopt;
  bool left_out = false;
  for (const auto& [target, when_unknown] : found.call_ahead) {
    const recipients::Verdict verdict = services_.recipients->check(target.empty() ? address : target, when_unknown);
    if (verdict == recipients::Verdict::defer) return say(Said::recipient_unverified);
    if (verdict == recipients::Verdict::accept) continue;
    std::erase(found.remote, target);
    left_out = true;
  }
  const bool nobody = found.targets.empty() && found.remote.empty();
  return left_out && nobody ? std::optional(say(Said::unknown_recipient)) : std::nullopt;
}

std::optional<smtp::Reply> SmtpRole::over_limit(const std::string& address) {
  if (services_.limiter == nullptr || account_.empty()) return std::nullopt;
  limits::Message& counted = message_.counted;
  if (counted.who.domain.empty()) {
    const auto self = services_.directory.account(View(account_));
    if (!self) return refusal(self.error(), Topic::recipient);
    counted.who.account = self->id;
    counted.who.domain = own(mail::domain_of(self->address));
    counted.who.sender = message_.envelope.sender;
  }
  return refusal_of(services_.limiter->check_recipient(counted, address), Topic::recipient);
}

/// What is said to who may not send so much; nullopt: he may.
std::optional<smtp::Reply> SmtpRole::refusal_of(const Result<limits::Answer>& answer, Topic topic) {
  if (!answer) return refusal(answer.error(), topic);
  if (answer->froze) {
    if (services_.freeze) services_.freeze(account_);
    tell(Happening::limit_reached, account_, "goes on although it is told to wait (frozen)");
  }
  switch (answer->verdict) {
    case limits::Verdict::allowed: return std::nullopt;
    case limits::Verdict::too_many_in_message: return smtp::say(Said::too_many_recipients);
    case limits::Verdict::later: return smtp::say(Said::sending_limit);
    case limits::Verdict::frozen: return smtp::say(Said::sending_frozen);
  }
  return std::nullopt;
}

Result<directory::Resolution> SmtpRole::resolve_one(std::string& address) {
  auto resolution = find(address);
  if (!resolution) return resolution;
  if (!services_.queued && (resolution->relayed || !resolution->remote.empty()))
    return fail(peer_error(Code::unsupported));
  std::vector<Limited> limited;
  for (const auto& target : resolution->targets) {
    const directory::Account& account = target.account;
    if (account.quota_octets == 0 && account.quota_messages == 0) continue;
    limited.push_back({account.id, {account.quota_octets, account.quota_messages}});
    if (auto room = has_room(limited.back(), std::max<std::uint64_t>(message_.declared, 1)); !room)
      return fail(room.error());
  }
  message_.limited.insert(message_.limited.end(), limited.begin(), limited.end());
  return resolution;
}

smtp::Reply SmtpRole::refused_recipient(const Error& error) const {
  if (error.code == Code::unsupported && !account_.empty()) return say(Said::no_outbound_route);
  return refusal(error, Topic::recipient);
}

Result<void> SmtpRole::has_room(const Limited& limited, std::uint64_t octets) {
  auto account = services_.accounts.open(limited.account, limited.quota);
  if (!account) return fail(account.error());
  return (*account)->room_for(octets);
}

// --- content ---------------------------------------------------------------------------------------------------------

SmtpRole::Next SmtpRole::on(smtp::Body& event) {
  if (message_.failure) return std::nullopt;
  message_.content.append(event.chunk);
  if (message_.content.size() < kBatch) return std::nullopt;
  asked_.content = true;
  return Wants::work;
}

SmtpRole::Next SmtpRole::on(smtp::BodyEnd& event) {
  asked_.end = std::move(event);
  return Wants::work;
}

/// What a login hands in says who wrote it, and says nobody else (features F4); what is missing is added (RFC 6409
/// section 8).
Result<delivery::Examined> SmtpRole::examine(View header) {
  const submission::Facts facts = submission::read_facts(header);
  if (auto fine = submission::check(facts); !fine) return fail(fine.error());
  if (options_.check_sender) {
    for (const std::string& author : facts.authors) {
      if (same_word(author, account_)) continue;
      const Result<void> allowed = may_send_as(author);
      if (allowed) continue;
      return fail(allowed.error().lasting == Lasting::transient ? allowed.error() : peer_error(Code::denied));
    }
  }
  delivery::Examined examined;
  examined.fields =
      submission::fix_ups(facts, services_.clock.wall(), delivery::new_id(services_.random), connection_.host_name);
  return examined;
}

/// Looks for signs that a machine sends (features F14): a score and no proof, so nothing is refused for it. What fails
/// here is a limit that holds a little later. @returns what was seen; empty: nothing
std::string SmtpRole::weigh(const SmtpMessage& message) {
  const Result<limits::Score> score = services_.limiter->score(message.counted, message.signs);
  if (!score || !score->suspicious) return {};
  std::string reasons = "looks like bulk mail:";
  for (const std::string& reason : score->reasons) reasons += " " + reason;
  return reasons;
}

void SmtpRole::react(SmtpMessage& message, std::string reasons) {
  switch (options_.automation) {
    case OnAutomation::tell: break;
    case OnAutomation::hold:
      message.held = message.transaction->hold(reasons);
      if (message.held) reasons += " (held)";
      break;
    case OnAutomation::freeze:
      static_cast<void>(services_.limiter->freeze(message.counted.who.account, limits::FreezeReason::automation));
      if (services_.freeze) services_.freeze(account_);
      reasons += " (frozen)";
  }
  tell(Happening::limit_reached, account_, reasons);
}

/// Takes room for the message as a whole: others may have sent since its recipients were accepted.
std::optional<smtp::Reply> SmtpRole::take_room(SmtpMessage& message) {
  message.counted.digest = message.digest.finish();
  const std::string seen = weigh(message);  // before it is counted itself
  auto refused = refusal_of(services_.limiter->admit(message.counted), Topic::message);
  if (refused) {
    tell(Happening::limit_reached, account_, "message");
  } else if (!seen.empty()) {
    react(message, seen);
  }
  return refused;
}

void SmtpRole::take_content() {
  if (!message_.failure && !message_.transaction) {
    message_.envelope.origin = origin();
    message_.envelope.each_answered = options_.lmtp;
    message_.signs = limits::read_signs(message_.content);
    prepare_examination();
    auto begun = services_.delivery.begin(std::move(message_.envelope));
    if (begun) {
      message_.transaction = std::move(*begun);
    } else {
      message_.failure = begun.error();
    }
  }
  if (services_.limiter != nullptr && !account_.empty()) message_.digest.feed(message_.content);
  if (!message_.failure) {
    if (auto appended = message_.transaction->append(message_.content); !appended) message_.failure = appended.error();
  }
  if (message_.judge && !message_.failure) message_.judge->append(message_.content);
  message_.content.clear();
}

/// A login is held to what it may say; of others a field that only this host may write is taken out, whether they are
/// judged or not (RFC 8601 section 5), where a mailbox here gets the message. What only goes on to other hosts stays as
/// it is (features F31). LMTP is no border: who hands in mail there speaks for this host.
void SmtpRole::prepare_examination() {
  delivery::Envelope& envelope = message_.envelope;
  envelope.judged = message_.judge != nullptr;
  if (!account_.empty()) {
    envelope.examine = [this](View header) { return examine(header); };
    return;
  }
  if (options_.lmtp) return;
  const bool stays = std::any_of(envelope.recipients.begin(), envelope.recipients.end(),
                                 [](const auto& recipient) { return !recipient.resolution.targets.empty(); });
  if (!stays) return;
  envelope.examine = [this](View header) -> Result<delivery::Examined> {
    return delivery::Examined{.fields = {}, .header = without_own_results(header, connection_.host_name)};
  };
}

void SmtpRole::judge(smtp::BodyEnd end) {
  if (!message_.judge || message_.failure) return finish(std::move(end));
  judged_ = std::move(end);
  message_.judge->finish(services_.clock.wall(), services_.clock.now(), wake_);
  waiting_ = true;
}

std::optional<Said> SmtpRole::refused(SmtpMessage& message) {
  auto [findings, refuse, later] = message.judge->conclude(message.follows);
  if (refuse) message.judge->tell();
  if (refuse) return Said::not_authentic;
  if (later) return Said::not_authentic_yet;
  message.transaction->judge(std::move(findings));
  return std::nullopt;
}

void SmtpRole::finish(smtp::BodyEnd end) {
  SmtpMessage message = std::exchange(message_, {});
  // The one failure that hits some recipients and not others for long: found before anything is stored.
  for (const Limited& limited : message.limited) {
    if (message.failure || options_.lmtp) break;
    if (auto room = has_room(limited, end.octets); !room) message.failure = room.error();
  }
  if (message.failure) {
    tell(message.failure->blame == Blame::environment ? Happening::store_failed : Happening::message_refused, account_,
         message.failure->note);
    session_.reply(std::move(end.ticket), refusal(*message.failure, Topic::message));
    return;
  }
  if (const auto refusal = message.judge ? refused(message) : std::nullopt) {
    tell(Happening::message_refused, account_, "DMARC");
    session_.reply(std::move(end.ticket), say(*refusal));
    return;
  }
  const bool counted = services_.limiter != nullptr && !account_.empty();
  if (const auto refused = counted ? take_room(message) : std::nullopt) {
    session_.reply(std::move(end.ticket), *refused);
    return;
  }
  const std::vector<Result<void>> results = message.transaction->finish();
  const bool taken = std::any_of(results.begin(), results.end(), [](const auto& r) { return r.has_value(); });
  if (!taken && counted) static_cast<void>(services_.limiter->give_back(message.counted));
  const bool comes_again = std::any_of(results.begin(), results.end(), is_passing);
  if (message.judge && taken && !comes_again) message.judge->tell();
  answer(std::move(end), results, message);
}

void SmtpRole::answer(smtp::BodyEnd end, const std::vector<Result<void>>& results, const SmtpMessage& message) {
  const View id = message.transaction->id();
  const auto word = [&](auto result) {
    if (*result) return say(message.held ? Said::message_held : Said::message_stored, "as " + own(id));
    const std::string why = message.transaction->refusal(static_cast<std::size_t>(result - results.begin()));
    return why.empty() ? refusal(result->error(), Topic::message) : smtp::Reply{550, "5.7.1", why};
  };
  const auto stored = std::count_if(results.begin(), results.end(), [](const auto& r) { return r.has_value(); });
  const auto failed = std::find_if(results.begin(), results.end(), [](const auto& r) { return !r; });
  if (failed == results.end()) {
    tell(Happening::message_accepted, account_, id);
  } else {
    const bool refused = failed->error().code == Code::denied;
    tell(refused ? Happening::message_refused : Happening::store_failed, account_, failed->error().note);
  }
  if (options_.lmtp) {
    std::vector<smtp::Reply> replies;
    for (auto result = results.begin(); result != results.end(); ++result) replies.push_back(word(result));
    session_.reply(std::move(end.ticket), replies);
    return;
  }
  const auto passing = std::find_if(results.begin(), results.end(), is_passing);
  const bool may_pass = passing != results.end();
  if (failed == results.end()) {
    session_.reply(std::move(end.ticket), word(results.begin()));
  } else if (may_pass && stored > 0) {
    session_.reply(std::move(end.ticket), say(Said::try_again));  // see the head of the header
  } else {
    session_.reply(std::move(end.ticket), word(may_pass ? passing : failed));
  }
}

delivery::Origin SmtpRole::origin() const {
  delivery::Origin origin;
  const bool hidden = options_.hide_submitter && !account_.empty();
  origin.helo = hidden ? "[submission]" : hello_;
  if (!hidden) origin.address = connection_.remote;
  // RFC 3848; RFC 6531 section 4.3.
  const View kind = options_.lmtp ? "LMTP" : session_.extended() ? "ESMTP" : "SMTP";
  origin.protocol = session_.utf8() ? (options_.lmtp ? "UTF8LMTP" : "UTF8SMTP") : own(kind);
  if (session_.extended()) {
    if (session_.state().tls) origin.protocol.push_back('S');
    if (session_.state().login) origin.protocol.push_back('A');
  }
  origin.tls = tls_;
  return origin;
}

}  // namespace posthorn::roles
