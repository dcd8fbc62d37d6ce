// Every split: a session must do the same however its input is cut.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "posthorn/bytes/view.h"

namespace posthorn::testing {

/// Calls `run(feed)` once for the whole input, once octet by octet and once for each cut into two pieces, where
/// `feed(sink)` gives the pieces in order to `sink(View)`; the transcripts that `run` returns must all be equal.
///
/// @returns empty when they are; else the first transcript that differs, with the place of the cut
template <class Run>
std::string for_every_split(View input, Run&& run) {
  const std::string whole = run([&](auto&& sink) { sink(input); });
  const std::string octets = run([&](auto&& sink) {
    for (std::size_t i = 0; i < input.size(); ++i) sink(input.substr(i, 1));
  });
  if (octets != whole) return "octet by octet:\n" + octets + "\nbut whole:\n" + whole;
  for (std::size_t cut = 1; cut < input.size(); ++cut) {
    const std::string parts = run([&](auto&& sink) {
      sink(input.substr(0, cut));
      sink(input.substr(cut));
    });
    if (parts != whole) return "cut at " + std::to_string(cut) + ":\n" + parts + "\nbut whole:\n" + whole;
  }
  return {};
}

}  // namespace posthorn::testing
