#include "posthorn/protocol/auth_results/filter.h"

#include <algorithm>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/domain.h"

#include "protocol/auth_results/reader.h"

namespace posthorn::auth_results {

namespace {

constexpr View kName = "Authentication-Results";
constexpr std::size_t kNameOctets = 64;  // with white space before the colon

View without_final_dot(View name) { return name.ends_with('.') ? name.substr(0, name.size() - 1) : name; }

bool is_results_name(View name) {
  while (!name.empty() && chars::kSpace[name.back()]) name.remove_suffix(1);
  return same_word(name, kName);
}

}  // namespace

bool is_same_id(View a, View b) {
  a = without_final_dot(a);
  b = without_final_dot(b);
  if (same_word(a, b)) return true;
  const auto first = mail::ascii_domain(a);
  const auto second = mail::ascii_domain(b);
  return first && second && *first == *second;
}

bool claims_id(View body, View own_id) {
  Cursor c(body);
  std::string id;
  take_cfws(c);
  if (!take_value(c, id) || id.empty()) return true;
  return is_same_id(id, own_id);
}

void Filter::receive(View octets, std::string& out) {
  while (!octets.empty() && state_ != State::body) {
    take(octets.front(), out);
    octets.remove_prefix(1);
  }
  out += octets;
}

void Filter::finish(std::string& out) {
  settle(out);
  state_ = State::body;
}

void Filter::take(char c, std::string& out) {
  switch (state_) {
    case State::line_begins: return begin_line(c, out);
    case State::name: return take_name(c, out);
    case State::within: return take_within(c, out);
    case State::body: return;
  }
}

void Filter::begin_line(char c, std::string& out) {
  if (chars::kSpace[c] && field_ != Field::none) {
    state_ = State::within;
    return take_within(c, out);
  }
  settle(out);
  if (c == '\r' || c == '\n') {
    out.push_back(c);
    state_ = State::body;
    return;
  }
  state_ = State::name;
  take_name(c, out);
}

void Filter::take_name(char c, std::string& out) {
  held_.push_back(c);
  const bool over = c == ':' || c == '\n' || held_.size() > kNameOctets;
  if (!over) return;
  if (c == ':' && is_results_name(View(held_).substr(0, held_.size() - 1))) {
    field_ = Field::held;
    body_at_ = held_.size();
  } else {
    field_ = Field::passes;
    out += held_;
    held_.clear();
  }
  state_ = c == '\n' ? State::line_begins : State::within;
}

void Filter::take_within(char c, std::string& out) {
  if (field_ == Field::held) {
    held_.push_back(c);
    if (held_.size() > kFieldOctets) {
      const std::size_t before = removed_;
      settle(out);
      field_ = removed_ > before ? Field::dropped : Field::passes;
    }
  } else if (field_ == Field::passes) {
    out.push_back(c);
  }
  state_ = c == '\n' ? State::line_begins : State::within;
}

/// The field is over: what is held back of it goes on or not.
void Filter::settle(std::string& out) {
  if (field_ == Field::held && claims_id(View(held_).substr(body_at_), own_id_)) {
    ++removed_;
  } else {
    out += held_;
  }
  held_.clear();
  field_ = Field::none;
}

}  // namespace posthorn::auth_results
