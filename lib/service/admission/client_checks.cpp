#include "posthorn/service/admission/client_checks.h"

#include <algorithm>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/domain.h"
#include "posthorn/protocol/iprev/iprev.h"

namespace posthorn::admission {

namespace {

using dns::Answer;
using dns::Question;
using dns::Type;

template <class T>
bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::optional<IpAddress> literal_address(View text) {
  if (!text.starts_with('[') || !text.ends_with(']')) return std::nullopt;
  View inside = text.substr(1, text.size() - 2);
  const bool v6 = same_word(inside.substr(0, 5), "IPv6:");
  if (v6) inside.remove_prefix(5);
  auto address = IpAddress::parse(inside);
  // An IPv4-mapped address has the tag and is IPv4.
  if (address && !v6 && !address->is_v4()) return std::nullopt;
  return address;
}

// Two labels at least, and the last one no number: that would be an address without its brackets.
std::optional<std::string> full_name(View text) {
  auto name = mail::ascii_domain(text);
  if (!name) return std::nullopt;
  const std::size_t dot = name->rfind('.');
  if (dot == std::string::npos) return std::nullopt;
  const View last = View(*name).substr(dot + 1);
  if (std::all_of(last.begin(), last.end(), [](char c) { return chars::kDigit[c]; })) return std::nullopt;
  return std::move(*name);
}

View without_final_dot(View name) { return name.ends_with('.') ? name.substr(0, name.size() - 1) : name; }

bool is_us(const Client& client) {
  return client.address.is_loopback() || contains(client.own_addresses, client.address);
}

class ClientEvaluation : public dns::Evaluation<ClientVerdict> {
 public:
  ClientEvaluation(Client client, ClientWeights weights) : client_(std::move(client)), weights_(weights) {
    facts_.helo = classify_helo(client_);
    facts_.null_sender = client_.sender_domain.empty();
    if (facts_.helo != Helo::malformed && facts_.helo != Helo::ours) ask_all();
    judge();
  }

  std::span<const Question> wanted() const override { return questions_; }
  void answer(std::size_t index, const Answer& answer) override;
  const ClientVerdict& verdict() const override { return verdict_; }

 private:
  enum class Purpose : std::uint8_t { reverse, helo, sender_mx, sender_address };
  void ask(Purpose purpose, std::string name, Type type) {
    questions_.push_back({std::move(name), type});
    purposes_.push_back(purpose);
  }
  [[nodiscard]] bool is_pending(Purpose purpose) const { return contains(purposes_, purpose); }
  void ask_all();
  void ask_reverse();
  void take_reverse(const Question& question, const Answer& answer);
  void take_helo(const Answer& answer);
  void take_sender_mx(const Answer& answer, const std::string& name);
  void take_sender_address(const Answer& answer);
  void judge() { verdict_ = judge_client(facts_, weights_); }

  const Client client_;
  const ClientWeights weights_;
  ClientFacts facts_;
  std::vector<Question> questions_;
  std::vector<Purpose> purposes_;  // of each question
  std::optional<iprev::Evaluation> reverse_;
  bool helo_failed_ = false;
  ClientVerdict verdict_;
};

void ClientEvaluation::ask_all() {
  if (!is_us(client_)) {
    reverse_.emplace(client_.address, iprev::Limits{.names = kMaxReverseNames});
    ask_reverse();
  }
  if (const auto name = full_name(without_final_dot(client_.helo)); name && facts_.helo == Helo::name) {
    ask(Purpose::helo, *name, Type::a);
    ask(Purpose::helo, *name, Type::aaaa);
  }
  if (facts_.null_sender || client_.sender_domain.starts_with('[')) return;
  const auto domain = mail::ascii_domain(client_.sender_domain);
  if (domain) {
    ask(Purpose::sender_mx, *domain, Type::mx);
  } else {
    facts_.sender = SenderDomain::absent;
  }
}

void ClientEvaluation::answer(std::size_t index, const Answer& answer) {
  if (index >= questions_.size()) return;
  const auto at = static_cast<std::ptrdiff_t>(index);
  const Purpose purpose = purposes_[index];
  const Question question = std::move(questions_[index]);
  questions_.erase(questions_.begin() + at);
  purposes_.erase(purposes_.begin() + at);
  switch (purpose) {
    case Purpose::reverse: take_reverse(question, answer); break;
    case Purpose::helo: take_helo(answer); break;
    case Purpose::sender_mx: take_sender_mx(answer, question.name); break;
    case Purpose::sender_address: take_sender_address(answer); break;
  }
  judge();
}

void ClientEvaluation::ask_reverse() {
  for (const Question& question : reverse_->wanted()) ask(Purpose::reverse, question.name, question.type);
}

void ClientEvaluation::take_reverse(const Question& question, const Answer& answer) {
  const auto wanted = reverse_->wanted();
  const auto at = std::ranges::find(wanted, question);
  reverse_->answer(static_cast<std::size_t>(at - wanted.begin()), answer);
  if (is_pending(Purpose::reverse)) return;
  ask_reverse();
  if (!reverse_->wanted().empty()) return;
  switch (reverse_->verdict().status) {
    case iprev::Status::pass: facts_.reverse = Reverse::confirmed; break;
    case iprev::Status::fail: facts_.reverse = Reverse::unconfirmed; break;
    case iprev::Status::permerror: facts_.reverse = Reverse::none; break;
    case iprev::Status::temperror: break;
  }
}

void ClientEvaluation::take_helo(const Answer& answer) {
  if (answer.failed()) helo_failed_ = true;
  if (!answer.records.empty()) facts_.helo_name = Existence::exists;
  if (facts_.helo_name == Existence::exists || is_pending(Purpose::helo)) return;
  facts_.helo_name = helo_failed_ ? Existence::unknown : Existence::absent;
}

void ClientEvaluation::take_sender_mx(const Answer& answer, const std::string& name) {
  if (answer.failed()) {
    facts_.sender_failed = true;
    return;
  }
  const auto is_null = [](const dns::Record& record) {
    const auto* mx = std::get_if<dns::Mx>(&record);
    return mx != nullptr && mx->exchange.empty();
  };
  if (answer.records.size() == 1 && is_null(answer.records.front())) {
    facts_.sender = SenderDomain::null_mx;
  } else if (!answer.records.empty()) {
    facts_.sender = SenderDomain::exists;
  } else if (answer.outcome == dns::Outcome::no_name) {
    facts_.sender = SenderDomain::absent;
  } else {  // the implicit MX
    ask(Purpose::sender_address, name, Type::a);
    ask(Purpose::sender_address, name, Type::aaaa);
  }
}

void ClientEvaluation::take_sender_address(const Answer& answer) {
  if (answer.failed()) facts_.sender_failed = true;
  if (!answer.records.empty()) facts_.sender = SenderDomain::exists;
  if (facts_.sender == SenderDomain::exists || is_pending(Purpose::sender_address)) return;
  if (!facts_.sender_failed) facts_.sender = SenderDomain::absent;
}

std::optional<Refusal> refusal_of(const ClientFacts& facts) {
  if (facts.helo == Helo::malformed)
    return Refusal{501, "5.5.2", "a fully qualified domain name or an address literal, please"};
  if (facts.helo == Helo::ours) return Refusal{550, "5.7.1", "that is the name of this server, not yours"};
  if (facts.null_sender || facts.sender == SenderDomain::exists) return std::nullopt;
  if (facts.sender == SenderDomain::null_mx) return Refusal{550, "5.7.27", "the domain of the sender takes no mail"};
  if (facts.sender == SenderDomain::absent) return Refusal{550, "5.1.8", "the domain of the sender does not exist"};
  if (facts.sender_failed) return Refusal{451, "4.4.3", "the domain of the sender cannot be looked up now"};
  return std::nullopt;
}

}  // namespace

Helo classify_helo(const Client& client) {
  if (const auto address = literal_address(client.helo)) {
    if (*address == client.address) return Helo::literal;
    return contains(client.own_addresses, *address) && !is_us(client) ? Helo::ours : Helo::other_literal;
  }
  const auto name = full_name(without_final_dot(client.helo));
  if (!name) return Helo::malformed;
  return contains(client.own_names, *name) && !is_us(client) ? Helo::ours : Helo::name;
}

ClientVerdict judge_client(const ClientFacts& facts, const ClientWeights& weights) {
  ClientVerdict verdict;
  verdict.facts = facts;
  verdict.refusal = refusal_of(facts);
  const auto count = [&](bool holds, int points, View reason) {
    if (!holds) return;
    verdict.score += points;
    verdict.reasons.push_back(own(reason));
  };
  count(facts.helo == Helo::literal, weights.literal, "helo-literal");
  count(facts.helo == Helo::other_literal, weights.other_literal, "helo-other-literal");
  count(facts.helo == Helo::name && facts.helo_name == Existence::absent, weights.helo_absent, "helo-absent");
  count(facts.reverse == Reverse::none, weights.no_reverse, "no-ptr");
  count(facts.reverse == Reverse::unconfirmed, weights.unconfirmed_reverse, "ptr-unconfirmed");
  return verdict;
}

std::unique_ptr<dns::Evaluation<ClientVerdict>> evaluate_client(Client client, ClientWeights weights) {
  return std::make_unique<ClientEvaluation>(std::move(client), weights);
}

}  // namespace posthorn::admission
