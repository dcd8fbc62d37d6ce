// What the Scripts answer, as an Answer.
#pragma once

#include "posthorn/protocol/managesieve/spec.h"

namespace posthorn::managesieve::commands {

[[nodiscard]] inline Answer done(const Result<void>& result, View text) {
  if (!result) return result.error();
  return Ok{own(text)};
}

[[nodiscard]] inline Answer judged(Result<Verdict> verdict) {
  if (!verdict) return verdict.error();
  return Checked{std::move(*verdict)};
}

}  // namespace posthorn::managesieve::commands
