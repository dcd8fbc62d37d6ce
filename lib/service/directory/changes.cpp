#include "service/directory/changes.h"

#include <utility>

#include "posthorn/grammar/mail/domain.h"

#include "service/directory/lookup.h"
#include "service/directory/rows.h"

namespace posthorn::directory {

namespace {
constexpr int kMaxTries = 50;  // of a change that other processes win against
}

Result<void> Changes::change(const std::function<Result<store::Batch>()>& build) {
  const std::lock_guard lock(changing_);
  for (int i = 0; i < kMaxTries; ++i) {
    const auto batch = build();
    if (!batch) return fail(batch.error());
    if (batch->empty()) return {};
    const auto done = rows_.commit(*batch);
    cache_.forget();  // also after a failure: the change may be there although the answer was lost
    if (done) return {};
    if (done.error().code != Code::conflict) return fail(done.error());
  }
  return fail(environment_error(Code::unavailable, "the directory changes too often"));
}

Result<void> Changes::change_domain(View domain, const std::function<Result<void>(Domain&)>& edit) {
  const auto name = mail::ascii_domain(domain);
  if (!name) return fail(name.error());
  return change([&]() -> Result<store::Batch> {
    auto found = find_domain(rows_, *name);
    if (!found) return fail(found.error());
    if (!*found) return fail(caller_error(Code::not_found, "domain " + *name));
    if (auto edited = edit((*found)->row); !edited) return fail(std::move(edited.error()));
    const std::string key = rows::domain_key(*name);
    store::Batch batch;
    batch.expect(key, (*found)->written).put(key, rows::format((*found)->row));
    return batch;
  });
}

}  // namespace posthorn::directory
