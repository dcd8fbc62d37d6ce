#include "posthorn/protocol/spf/evaluation.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/dns/name.h"
#include "posthorn/grammar/mail/domain.h"

#include "protocol/spf/macro.h"
#include "protocol/spf/steps.h"

namespace posthorn::spf {

namespace {

using dns::Answer;
using dns::Question;
using dns::Type;

constexpr View kTooManyQuestions = "it takes too many questions";
constexpr View kNoAnswer = "the DNS does not answer";

View without_final_dot(View name) { return name.ends_with('.') ? name.substr(0, name.size() - 1) : name; }

/// RFC 7208 section 4.3: a fully qualified name; one label is none.
std::string checked_domain(View text) {
  auto name = mail::ascii_domain(without_final_dot(text));
  return name && name->rfind('.') != std::string::npos ? std::move(*name) : std::string();
}

std::string checked_helo(const std::string& helo) {
  if (codec::is_ascii(helo)) return helo;
  auto name = mail::ascii_domain(helo);
  return name ? std::move(*name) : helo;
}

bool is_printable(View text) {
  return std::ranges::all_of(text, [](char c) { return chars::kVisible[c] || c == ' '; });
}

Type address_type(const IpAddress& client) { return client.is_v4() ? Type::a : Type::aaaa; }

}  // namespace

Evaluation::Evaluation(Request request, Options options) : request_(std::move(request)), options_(options) {
  const View sender = request_.mail_from;
  const std::size_t at = sender.rfind('@');
  local_part_ = at == View::npos || at == 0 ? "postmaster" : sender.substr(0, at);
  verdict_.domain = checked_domain(sender.empty() ? View(request_.helo) : sender.substr(at + 1));
  step([&] { return steps::begin(request_.client, local_part_, verdict_.domain, sender.empty()); });
  if (verdict_.domain.empty()) {
    finish(Status::none, "there is no name of a domain to check");
  } else {
    ask(Group::Purpose::record, own(verdict_.domain), Type::txt);
  }
}

void Evaluation::ask(Group::Purpose purpose, std::string&& name, Type type) {
  group_.wanted.clear();
  group_.purpose = purpose;
  ask_also(std::move(name), type);
}

void Evaluation::ask_also(std::string&& name, Type type) {
  if (finished_) return;
  if (++used_.questions > options_.limits.questions) return finish(Status::permerror, kTooManyQuestions);
  group_.wanted.emplace_back(std::move(name), type);
}

void Evaluation::drop_questions() {
  group_.wanted.clear();
  group_.hosts.clear();
  group_.host_of.clear();
  group_.taken = 0;
}

void Evaluation::answer(std::size_t index, const Answer& answer) {
  if (index >= wanted().size()) return;
  const auto asked = [&] { return steps::asked(wanted()[index], answer); };
  if (reverse_ && !reverse_->wanted().empty()) {
    const Type type = reverse_->wanted()[index].type;
    step(asked);
    reverse_->answer(index, answer);
    used_.questions += type == Type::ptr ? reverse_->wanted().size() : 0;
    if (used_.questions > options_.limits.questions) return finish(Status::permerror, kTooManyQuestions);
    if (reverse_->wanted().empty()) go_on();
    return;
  }
  if (group_.purpose == Group::Purpose::mx_address) {
    if (options_.steps) group_.hosts[group_.host_of[index]].step = asked();
    return take_host(index, answer);
  }
  step(asked);
  if (group_.purpose == Group::Purpose::record) top_->domain = std::move(group_.wanted.front().name);
  group_.wanted.clear();
  take(answer);
}

void Evaluation::take(const Answer& answer) {
  switch (group_.purpose) {
    case Group::Purpose::record: return take_record(answer);
    case Group::Purpose::mx: return take_mx(answer);
    case Group::Purpose::explanation: return take_explanation(answer);
    case Group::Purpose::exists:
    case Group::Purpose::address:
    case Group::Purpose::mx_address: return count(found_in(answer), true);
  }
}

void Evaluation::take_host(std::size_t index, const Answer& answer) {
  const auto at = static_cast<std::ptrdiff_t>(index);
  group_.hosts[group_.host_of[index]].found = found_in(answer);
  group_.wanted.erase(group_.wanted.begin() + at);
  group_.host_of.erase(group_.host_of.begin() + at);
  while (group_.taken < group_.hosts.size() && group_.hosts[group_.taken].found) {
    Group::Host& host = group_.hosts[group_.taken++];
    step([&] { return std::move(host.step); });
    count(*host.found, group_.taken == group_.hosts.size());
  }
}

/// @param last  no other host of the mx is left
void Evaluation::count(Found found, bool last) {
  if (found == Found::failure) return finish(Status::temperror, kNoAnswer);
  if (found == Found::nothing && !count_void()) return;
  if (found == Found::match) {
    drop_questions();
    return matched();
  }
  if (last) not_matched();
}

void Evaluation::take_record(const Answer& answer) {
  if (answer.failed()) return finish(Status::temperror, kNoAnswer);
  Frame& frame = *top_;
  const dns::Txt* only = nullptr;
  for (const dns::Record& record : answer.records) {
    const auto* text = std::get_if<dns::Txt>(&record);
    if (text == nullptr || !is_record(text->text)) continue;
    if (only != nullptr) return finish(Status::permerror, "there is more than one record");
    only = text;
  }
  if (only == nullptr) {
    const bool led = frame.redirected || frame.outer != nullptr;
    // RFC 7208 sections 5.2, 6.1: whoever is referred to must have a record.
    return finish(led ? Status::permerror : Status::none, "there is no record");
  }
  frame.text = only->text;
  if (const auto read = read_record(frame.text, options_.limits, frame.record); !read)
    return finish(Status::permerror, read.error().note);
  step([&] { return steps::record(frame.domain, frame.text); });
  run();
}

void Evaluation::take_mx(const Answer& answer) {
  if (answer.failed()) return finish(Status::temperror, kNoAnswer);
  if (answer.records.empty() && !count_void()) return;
  drop_questions();
  group_.purpose = Group::Purpose::mx_address;
  std::size_t names = 0;
  for (const dns::Record& record : answer.records) {
    const auto* mx = std::get_if<dns::Mx>(&record);
    if (mx == nullptr) continue;
    if (++names > options_.limits.mx_names) return finish(Status::permerror, "mx leads to too many hosts");
    auto name = dns::wire::normal_name(mx->exchange);
    if (!name || name->empty()) continue;  // RFC 7505: the root takes no mail
    ask_also(std::move(*name), address_type(request_.client));
    if (finished_) return;
    group_.host_of.push_back(group_.hosts.size());
    group_.hosts.emplace_back();
  }
  if (group_.hosts.empty()) not_matched();
}

Evaluation::Found Evaluation::found_in(const Answer& answer) const {
  if (answer.failed()) return Found::failure;
  if (answer.records.empty()) return Found::nothing;
  if (group_.purpose == Group::Purpose::exists) return Found::match;
  const Frame& frame = *top_;
  const Directive& directive = frame.record.directives[frame.next];
  const unsigned bits = request_.client.is_v4() ? directive.bits4 : directive.bits6;
  const IpNetwork network{request_.client.masked(bits), bits};
  const bool found = std::ranges::any_of(answer.records, [&](const dns::Record& record) {
    const auto* address = std::get_if<IpAddress>(&record);
    return address != nullptr && network.contains(*address);
  });
  return found ? Found::match : Found::other;
}

/// RFC 7208 section 4.6.4; false: that was one too many.
bool Evaluation::count_void() {
  if (++used_.void_lookups <= options_.limits.void_lookups) return true;
  finish(Status::permerror, "too many lookups lead to nothing");
  return false;
}

bool Evaluation::count_lookup() {
  Frame& frame = *top_;
  if (frame.counted) return true;
  frame.counted = true;
  if (++used_.lookups <= options_.limits.lookups) return true;
  finish(Status::permerror, "it takes too many lookups");
  return false;
}

/// After the names of the client are known.
void Evaluation::go_on() {
  step([&] { return steps::names(reverse_->verdict()); });
  if (explaining_) return explain();
  run();
}

void Evaluation::run() {
  while (!finished_) {
    Frame& frame = *top_;
    if (frame.next == frame.record.directives.size()) {
      if (!frame.record.redirect.empty()) return redirect();
      step([&] { return steps::nothing_matched(frame.domain); });
      return end_of_record(Status::neutral);
    }
    const Directive& directive = frame.record.directives[frame.next];
    const Match match = look_at(directive);
    if (match == Match::waits) return;
    if (match == Match::yes) return matched();
    step([&] { return steps::no_match(directive.text); });
    ++frame.next;
    frame.counted = false;
  }
}

inline Evaluation::Match Evaluation::look_at(const Directive& directive) {
  switch (directive.kind) {
    case Kind::all: return Match::yes;
    case Kind::ip4:
    case Kind::ip6:
      return !directive.matches_nothing && directive.network.contains(request_.client) ? Match::yes : Match::no;
    case Kind::include:
    case Kind::a:
    case Kind::mx:
    case Kind::ptr:
    case Kind::exists: break;
  }
  if (!count_lookup() || !has_names_for(directive.domain)) return Match::waits;
  return directive.kind == Kind::ptr ? look_at_names(directive) : look_up(directive);
}

Evaluation::Match Evaluation::look_up(const Directive& directive) {
  auto name = target(directive.domain);
  if (directive.kind == Kind::include) {
    if (name) {
      enter(std::move(*name), false);
    } else {
      finish(Status::permerror, "include leads to no name");
    }
    return Match::waits;
  }
  if (!name) return Match::no;
  if (directive.kind == Kind::mx) {
    ask(Group::Purpose::mx, std::move(*name), Type::mx);
  } else if (directive.kind == Kind::exists) {
    ask(Group::Purpose::exists, std::move(*name), Type::a);
  } else {
    ask(Group::Purpose::address, std::move(*name), address_type(request_.client));
  }
  return Match::waits;
}

Evaluation::Match Evaluation::look_at_names(const Directive& directive) {
  if (!has_names_for("%{p}")) return Match::waits;
  if (reverse_->verdict().status == iprev::Status::permerror && !count_void()) return Match::waits;
  const auto name = target(directive.domain);
  const auto& names = reverse_->verdict().names;
  const bool found =
      name && std::ranges::any_of(names, [&](const std::string& n) { return dns::wire::is_within(n, *name); });
  return found ? Match::yes : Match::no;
}

void Evaluation::matched() {
  const Directive& directive = top_->record.directives[top_->next];
  step([&] { return steps::match(directive.text, directive.status); });
  end_of_record(directive.status);
}

void Evaluation::not_matched() {
  Frame& frame = *top_;
  step([&] { return steps::no_match(frame.record.directives[frame.next].text); });
  ++frame.next;
  frame.counted = false;
  run();
}

void Evaluation::redirect() {
  Frame& frame = *top_;
  if (!count_lookup() || !has_names_for(frame.record.redirect)) return;
  auto name = target(frame.record.redirect);
  if (!name) return finish(Status::permerror, "redirect leads to no name");
  enter(std::move(*name), true);
}

void Evaluation::enter(std::string&& domain, bool redirected) {
  const std::size_t depth = top_->depth + 1;
  if (depth > options_.limits.depth) return finish(Status::permerror, "records lead to one another too deep");
  ask(Group::Purpose::record, std::move(domain), Type::txt);
  if (finished_) return;
  if (!redirected) {
    if (!top_->inner) top_->inner = std::make_unique<Frame>();
    top_->inner->outer = top_;
    top_ = top_->inner.get();
  }
  top_->record.directives.clear();
  top_->next = 0;
  top_->depth = depth;
  top_->counted = false;
  top_->redirected = redirected;
}

void Evaluation::end_of_record(Status status) {
  if (top_->outer == nullptr) {
    const Frame& frame = *top_;
    if (frame.next < frame.record.directives.size()) verdict_.mechanism = frame.record.directives[frame.next].text;
    explaining_ = status == Status::fail && !frame.record.exp.empty();
    if (!explaining_) return finish(status);
    return explain();
  }
  // RFC 7208 section 5.2: include matches when what it includes says pass.
  top_ = top_->outer;
  if (status == Status::pass) return matched();
  not_matched();
}

/// Asks for the text of exp; a fault on the way is as if there were no exp (RFC 7208 section 6.2).
void Evaluation::explain() {
  if (!explanation_.empty()) {
    if (!has_names_for(explanation_)) return;
    const auto text = expanded(explanation_);
    if (text && is_printable(*text)) verdict_.explanation = text->substr(0, options_.limits.explanation_octets);
    step([&] { return steps::explanation(verdict_.explanation); });
    return finish(Status::fail);
  }
  if (!has_names_for(top_->record.exp)) return;
  auto name = target(top_->record.exp);
  if (!name) return finish(Status::fail);
  ask(Group::Purpose::explanation, std::move(*name), Type::txt);
}

void Evaluation::take_explanation(const Answer& answer) {
  const auto* text = answer.records.size() == 1 ? std::get_if<dns::Txt>(&answer.records.front()) : nullptr;
  const bool good = text != nullptr && !text->text.empty() && text->text.size() <= options_.limits.record_octets &&
                    is_macro_string(text->text, Place::explanation);
  if (!good) return finish(Status::fail);
  explanation_ = text->text;
  explain();
}

void Evaluation::finish(Status status, View why) {
  if (finished_) return;
  finished_ = true;
  drop_questions();
  reverse_.reset();
  verdict_.status = status;
  verdict_.why = own(why);
  verdict_.record_domain = std::move(top_->domain);
  step([&] { return steps::end(status, why); });
}

/// Whether the names of the client are known, where the text needs them; if not they are asked for.
bool Evaluation::has_names_for(View text) {
  if (!uses_macro(text, "p")) return true;
  if (reverse_) return reverse_->wanted().empty();
  ++used_.questions;
  reverse_.emplace(request_.client, iprev::Limits{.names = options_.limits.ptr_names});
  return false;
}

/// RFC 7208 section 7.3: the domain itself, else a name below it, else any.
View Evaluation::validated_name() const {
  if (!reverse_ || reverse_->verdict().names.empty()) return "unknown";
  const auto& names = reverse_->verdict().names;
  const std::string& domain = top_->domain;
  if (std::ranges::find(names, domain) != names.end()) return domain;
  const auto below = std::ranges::find_if(names, [&](const auto& n) { return dns::wire::is_within(n, domain); });
  return below != names.end() ? *below : names.front();
}

/// nullopt: it has a local part in it that is no ASCII (RFC 8616 section 4).
std::optional<std::string> Evaluation::expanded(View text) {
  if (!codec::is_ascii(local_part_) && uses_macro(text, "sl")) return std::nullopt;
  const std::string helo = uses_macro(text, "h") ? checked_helo(request_.helo) : std::string();
  return expand(text, {.client = request_.client,
                       .local_part = local_part_,
                       .sender_domain = verdict_.domain,
                       .domain = top_->domain,
                       .validated_name = validated_name(),
                       .helo = helo,
                       .receiver = request_.receiver,
                       .now = request_.now});
}

/// The name that a domain-spec stands for; that of the record where there is none.
std::optional<std::string> Evaluation::target(View text) {
  if (text.empty()) return top_->domain;
  if (auto plain = dns::wire::plain_name(text)) return plain;
  auto name = expanded(text);
  return name ? target_name(std::move(*name)) : std::nullopt;
}

}  // namespace posthorn::spf
