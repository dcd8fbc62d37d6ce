#include "posthorn/protocol/authentication/message_check.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/protocol/arc/validator.h"
#include "posthorn/protocol/dkim/verifier.h"
#include "posthorn/protocol/spf/evaluation.h"

namespace posthorn::authentication {

namespace {

/// The domain of each address in each From field.
std::vector<std::string> author_domains(View header) {
  std::vector<std::string> domains;
  mime::FieldReader reader(header);
  for (mime::Field field; reader.next(field);) {
    if (!same_word(field.name, "From")) continue;
    for (mail::Address& address : mail::address_list(field.raw)) {
      if (address.kind == mail::Address::Kind::mailbox) domains.push_back(std::move(address.domain));
    }
  }
  return domains;
}

}  // namespace

struct MessageCheck::Parts {
  Parts(const Client& client, WallTime now, const Options& given);

  /// Begins DMARC when what it stands on is known, takes over verdicts, and gathers what is wanted.
  void advance();
  void begin_policy();
  void give_up();
  void gather(const dns::Asking& asking);

  /// Calls `each` with all evaluations that have begun.
  template <class Each>
  void each_asking(Each each) {
    if (name) each(*name);
    if (sender) each(*sender);
    if (!finished) return;
    each(signatures);
    if (chain) each(*chain);
    if (policy) each(*policy);
  }

  const Options options;
  dkim::HeaderBuffer header;
  std::optional<iprev::Evaluation> name;
  std::optional<spf::Evaluation> sender;
  dkim::Verifier signatures;
  std::optional<arc::Validator> chain;
  std::optional<dmarc::Evaluation> policy;
  bool finished = false;
  std::vector<dns::Question> wanted;
  Results results;
};

MessageCheck::Parts::Parts(const Client& client, WallTime now, const Options& given)
    : options(given), header(given.header), signatures({.trace = given.explain}) {
  if (options.arc) chain.emplace(arc::ValidatorOptions{.limits = {}, .trace = options.explain});
  if (client.address) {
    if (options.names) name.emplace(*client.address);
    sender.emplace(spf::Request{.client = *client.address,
                                .helo = client.hello,
                                .mail_from = client.sender,
                                .receiver = client.host_name,
                                .now = now},
                   spf::Options{.limits = {}, .steps = options.explain});
  }
  advance();
}

void MessageCheck::Parts::begin_policy() {
  dmarc::Message message;
  message.from = author_domains(header.header());
  for (const dkim::SignatureVerdict& signature : signatures.verdict().signatures) {
    // A key that is being tested counts for nothing (RFC 6376 section 3.6.1); nor does the domain speak for text that
    // anybody may have put behind what it signed (section 8.2).
    if (signature.unsigned_octets != 0) continue;
    if (signature.passed() && !signature.testing) message.dkim.push_back(signature.domain);
    if (signature.reason == dkim::Reason::no_answer) message.dkim_unknown.push_back(signature.domain);
  }
  if (sender && sender->verdict().status == spf::Status::pass) message.spf = sender->verdict().domain;
  if (sender && sender->verdict().status == spf::Status::temperror) message.spf_unknown = sender->verdict().domain;
  policy.emplace(message, dmarc::Options{.suffixes = options.suffixes, .explain = options.explain});
}

/// Each evaluation ends after few answers that are none.
void MessageCheck::Parts::give_up() {
  const dns::Answer none{.outcome = dns::Outcome::timed_out};
  const auto end = [&](dns::Asking& asking) {
    while (!asking.wanted().empty()) asking.answer(0, none);
  };
  if (name) end(*name);
  if (sender) end(*sender);
  end(signatures);
  if (chain) end(*chain);
}

void MessageCheck::Parts::gather(const dns::Asking& asking) {
  for (const dns::Question& question : asking.wanted()) {
    if (std::find(wanted.begin(), wanted.end(), question) == wanted.end()) wanted.push_back(question);
  }
}

void MessageCheck::Parts::advance() {
  const bool sender_known = !sender || sender->wanted().empty();
  if (finished && !policy && sender_known && signatures.wanted().empty()) begin_policy();
  wanted.clear();
  each_asking([this](const dns::Asking& asking) { gather(asking); });
  if (name) results.iprev = name->verdict();
  if (sender) results.spf = sender->verdict();
  if (finished) results.dkim = signatures.verdict();
  if (finished && chain) results.arc = chain->verdict();
  if (policy) results.dmarc = policy->verdict();
}

MessageCheck::MessageCheck(const Client& client, WallTime now, const Options& options)
    : parts_(std::make_unique<Parts>(client, now, options)) {}
MessageCheck::~MessageCheck() = default;

void MessageCheck::append(View octets) {
  parts_->signatures.append(octets);
  if (parts_->chain) parts_->chain->append(octets);
  if (!parts_->header.complete()) parts_->header.take(octets);
}

void MessageCheck::finish(WallTime now) {
  parts_->signatures.finish(now);
  if (parts_->chain) parts_->chain->finish(now);
  parts_->finished = true;
  parts_->advance();
}

void MessageCheck::give_up() {
  parts_->give_up();
  parts_->advance();
}

View MessageCheck::header() const { return parts_->header.header(); }

std::span<const dns::Question> MessageCheck::wanted() const { return parts_->wanted; }

void MessageCheck::answer(std::size_t index, const dns::Answer& answer) {
  const dns::Question question = parts_->wanted[index];
  parts_->each_asking([&](dns::Asking& asking) {
    const auto asked = asking.wanted();
    const auto place = std::find(asked.begin(), asked.end(), question);
    if (place != asked.end()) asking.answer(static_cast<std::size_t>(place - asked.begin()), answer);
  });
  parts_->advance();
}

const Results& MessageCheck::verdict() const { return parts_->results; }

}  // namespace posthorn::authentication
