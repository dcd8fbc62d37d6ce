#include "posthorn/service/reports/failures.h"

#include <utility>

#include "posthorn/grammar/cursor.h"
#include "posthorn/grammar/mail/mailing_list.h"
#include "posthorn/grammar/mime/header.h"

namespace posthorn::reports {

namespace {

constexpr View kRows = "w:r:";    // with a day and a number
constexpr View kCounts = "w:n:";  // with a day and a policy domain, or none for all
constexpr View kEmptyLine = "\r\n\r\n";
constexpr int kAttempts = 5;  // at a row that other processes write too

bool is_automatic(View header) {
  const auto type = mime::find_field(header, "Content-Type");
  const auto content = type ? mime::parse_content_type(*type) : std::nullopt;
  if (content && same_word(content->type, "multipart") && same_word(content->subtype, "report")) return true;
  const auto submitted = mime::find_field(header, "Auto-Submitted");
  return submitted && mail::is_auto_submitted(*submitted);
}

/// Whole lines.
View cut(View header, std::size_t most) {
  header = header.substr(0, header.find(kEmptyLine));
  if (header.size() <= most) return header;
  const std::size_t end = header.rfind("\r\n", most);
  return header.substr(0, end == View::npos ? 0 : end);
}

}  // namespace

Result<void> Failures::add(const dmarc::Verdict& verdict, const FailedMessage& message, View header) {
  if (!asks_for_failure(verdict) || message.mail_from.empty() || is_automatic(header)) return {};
  const auto today = std::chrono::floor<std::chrono::days>(clock_.wall());
  const std::string day = std::to_string(today.time_since_epoch().count()) + ":";
  const std::string octets = mime::format_feedback_report(failure_report(verdict, message)) + "\r\n" +
                             own(cut(header, limits_.header)) + own(kEmptyLine);
  Error last;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    store::Batch batch;
    for (const auto& [domain, most] : {std::pair(View(), limits_.of_day), {verdict.policy_domain, limits_.of_domain}}) {
      const auto room = count(batch, own(kCounts) + day + own(domain), most);
      if (!room) return fail(room.error());
      if (!*room) return {};
    }
    if (auto dropped = drop_counts(batch, own(kCounts) + day); !dropped) return dropped;
    batch.put(own(kRows) + day + std::to_string(random_.number()), octets);
    const auto committed = rows_.commit(batch, store::Durability::relaxed);
    if (committed) return {};
    last = committed.error();
    if (last.code != Code::conflict) break;
  }
  return fail(std::move(last));
}

/// One more, unless there are as many as may be.
Result<bool> Failures::count(store::Batch& batch, const std::string& key, std::uint32_t most) const {
  const auto row = rows_.get(key);
  if (!row) return fail(row.error());
  std::uint32_t number = 0;
  if (*row) {
    Cursor c((*row)->value);
    static_cast<void>(c.number(number));  // a count that cannot be read begins anew
  }
  if (number >= most) return false;
  batch.expect(key, *row ? std::optional((*row)->written) : std::nullopt).put(key, std::to_string(number + 1));
  return true;
}

Result<void> Failures::drop_counts(store::Batch& batch, const std::string& before) const {
  return rows_.scan(kCounts, before, [&](View key, View, store::Revision) {
    batch.erase(key);
    return batch.octets() < store::kMaxBatch / 2;
  });
}

Result<std::vector<Failures::Waiting>> Failures::waiting(std::size_t most) const {
  std::vector<Waiting> all;
  const auto scanned = rows_.scan(kRows, store::after_prefix(kRows), [&](View key, View value, store::Revision) {
    if (all.size() == most) return false;
    const std::size_t end = value.find(kEmptyLine) + 2;
    all.push_back({own(key), mime::parse_feedback_report(value.substr(0, end)), own(value.substr(end + 2))});
    return true;
  });
  if (!scanned) return fail(scanned.error());
  return all;
}

Result<void> Failures::forget(const std::string& key) {
  store::Batch batch;
  batch.erase(key);
  const auto committed = rows_.commit(batch);
  return committed ? Result<void>() : fail(committed.error());
}

}  // namespace posthorn::reports
