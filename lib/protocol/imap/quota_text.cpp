#include "protocol/imap/quota_text.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "posthorn/protocol/imap/arguments.h"

#include "protocol/imap/replies.h"

namespace posthorn::imap {

namespace {

struct Row {
  QuotaResource resource;
  View word;
  std::uint64_t unit;  // of the wire
};
// RFC 9208 section 5.
constexpr Row kRows[] = {{QuotaResource::storage, "STORAGE", 1024},
                         {QuotaResource::message, "MESSAGE", 1},
                         {QuotaResource::mailbox, "MAILBOX", 1},
                         {QuotaResource::annotation_storage, "ANNOTATION-STORAGE", 1024}};

std::uint64_t in_units(std::uint64_t count, std::uint64_t unit) { return count / unit + (count % unit != 0 ? 1 : 0); }

}  // namespace

bool quota_limits(Cursor& c, std::vector<NamedLimit>& out) {
  if (!c.octet('(')) return false;
  while (c.ok() && !c.try_octet(')')) {
    if (out.size() == kMaxResources) return c.fail(Code::too_many, "resources");
    View word;
    std::uint64_t limit = 0;
    if (!((out.empty() || c.sp()) && atom(c, word) && c.sp() && c.number(limit))) return false;
    out.push_back({own(word), limit});
  }
  return c.ok();
}

std::optional<std::vector<QuotaUse>> known_limits(const std::vector<NamedLimit>& limits, Reply& refusal) {
  std::vector<QuotaUse> out;
  for (const NamedLimit& limit : limits) {
    const auto row = std::find_if(std::begin(kRows), std::end(kRows),
                                  [&](const Row& known) { return same_word(known.word, limit.resource); });
    if (row == std::end(kRows)) {
      refusal = kNoResource;
      return std::nullopt;
    }
    const auto same = [&](const QuotaUse& use) { return use.resource == row->resource; };
    if (std::any_of(out.begin(), out.end(), same)) {
      refusal = kResourceTwice;
      return std::nullopt;
    }
    if (limit.limit > std::numeric_limits<std::uint64_t>::max() / row->unit) {
      refusal = kLimitTooLarge;
      return std::nullopt;
    }
    out.push_back({row->resource, 0, limit.limit * row->unit});
  }
  return out;
}

void write_quota(const QuotaRoot& root, Responder& responder) {
  responder.raw("* QUOTA ").string(root.name).raw(" (");
  View space;
  for (const QuotaUse& use : root.resources) {
    for (const Row& row : kRows) {
      if (row.resource != use.resource) continue;
      responder.raw(space).raw(row.word).raw(" ").number(in_units(use.used, row.unit));
      responder.raw(" ").number(in_units(use.limit, row.unit));
    }
    space = " ";
  }
  responder.raw(")").end();
}

}  // namespace posthorn::imap
