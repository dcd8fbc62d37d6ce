#include "posthorn/service/admission/judge.h"

#include <utility>

namespace posthorn::admission {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

Decision decide(const ClientVerdict& client, const Listing& listing, const Thresholds& thresholds) {
  Decision decision;
  decision.score = client.score + listing.score;
  decision.reasons = client.reasons;
  decision.reasons.insert(decision.reasons.end(), listing.lists.begin(), listing.lists.end());
  if (client.refusal) {
    decision.what = client.refusal->code < 500 ? Class::defer : Class::reject;
    decision.refusal = client.refusal;
  } else if (decision.score >= thresholds.reject) {
    decision.what = Class::reject;
    const std::string lists = joined(listing.lists);
    decision.refusal = Refusal{550, "5.7.1", lists.empty() ? "refused by policy" : "refused, listed by " + lists};
  } else if (decision.score >= thresholds.defer) {
    decision.what = Class::greylist;
  }
  return decision;
}

Decision with_greylist(Decision decision, const GreylistAnswer& answer) {
  if (decision.what != Class::greylist) return decision;
  decision.what = Class::accept;
  if (answer.pass) return decision;
  decision.what = Class::defer;
  decision.refusal =
      Refusal{451, "4.7.1", "greylisted, please try again in " + std::to_string(answer.remaining.count()) + " seconds"};
  return decision;
}

Decision Judge::judge(const Client& client, const ClientVerdict& verdict, const Listing& listing, View sender,
                      View recipient) const {
  Decision decision = decide(verdict, listing, thresholds_);
  if (decision.what != Class::greylist) return decision;
  GreylistAnswer answer{.pass = true};
  if (greylist_ != nullptr) {
    const auto asked = greylist_->check(client.address, sender, recipient);
    if (asked) answer = *asked;
    if (!asked) decision.reasons.emplace_back("greylist-failed");
  }
  return with_greylist(std::move(decision), answer);
}

}  // namespace posthorn::admission
