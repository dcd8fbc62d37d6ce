// Runs an evaluation to its end with the answers of a zone.
#pragma once

#include <cstddef>
#include <utility>

#include "posthorn/protocol/dns/evaluation.h"
#include "posthorn/testing/zone_resolver.h"

namespace posthorn::testing {

/// @param from_the_end  the last question that is wanted is answered first
template <class Verdict>
Verdict drive(dns::Evaluation<Verdict>& evaluation, ZoneResolver& resolver, bool from_the_end = false) {
  while (!evaluation.wanted().empty()) {
    const std::size_t index = from_the_end ? evaluation.wanted().size() - 1 : 0;
    resolver.resolve(evaluation.wanted()[index],
                     [&](dns::Answer answer) { evaluation.answer(index, std::move(answer)); });
  }
  return evaluation.verdict();
}

}  // namespace posthorn::testing
