#include "service/delivery/header_watch.h"

#include <algorithm>

#include "grammar/lower_case.h"

namespace posthorn::delivery {
namespace {

View trimmed(View text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == View::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

void HeaderWatch::take(View line) {
  const bool folded = line.front() == ' ' || line.front() == '\t';
  if (folded && in_tls_required_ && lower_case(trimmed(line)) == "no") tls_optional_ = true;
  const std::size_t colon = line.find(':');
  if (colon == View::npos || folded) return;
  const std::string name = lower_case(trimmed(line.substr(0, colon)));
  const std::string value = lower_case(trimmed(line.substr(colon + 1)));
  in_tls_required_ = name == "tls-required" && value.empty();
  if (name == "tls-required" && value == "no") tls_optional_ = true;
  if (name == "received") ++received_;
  if (name == "delivered-to" && delivered_.size() < kMaxDelivered) delivered_.push_back(value);
}

void HeaderWatch::feed(View octets) {
  if (finished_) return;
  pending_.append(octets);
  while (!finished_) {
    const frame::Line line = framer_.next(pending_);
    if (line.status == frame::LineStatus::need_input) return;
    if (line.status == frame::LineStatus::line) {
      finished_ = line.text.empty();
      if (!finished_) take(line.text);
    }
    pending_.consume(line.octets);
  }
  pending_.clear();
}

bool HeaderWatch::was_delivered_to(View address) const {
  return std::find(delivered_.begin(), delivered_.end(), lower_case(address)) != delivered_.end();
}

}  // namespace posthorn::delivery
