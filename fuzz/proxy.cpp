// The PROXY header: any octets, cut anywhere, give the same; a header is never longer than its limit and what stands
// behind it does not matter.
//
// input = octet (length of the pieces), then what the peer sends.
#include <algorithm>
#include <string>

#include "posthorn/protocol/proxy/reader.h"

#include "check.h"
#include "fuzz.h"

namespace {

using namespace posthorn;
using fuzzing::check;

std::string run(View input, std::size_t piece) {
  proxy::Reader reader;
  std::size_t taken = 0;
  while (!input.empty()) {
    const View some = input.substr(0, std::min(piece, reader.wants()));
    check(!some.empty(), "who waits wants something");
    input.remove_prefix(some.size());
    taken += some.size();
    const auto header = reader.receive(some);
    check(taken <= 16 + proxy::kMaxVersion2, "the limit holds");
    if (!header) return "error " + own(name_of(header.error().code));
    if (!*header) continue;
    check(reader.wants() == 0, "a whole header wants nothing");
    check((*header)->source.has_value() == (*header)->destination.has_value(), "both ends or none");
    return std::to_string(taken) + ((*header)->source ? (*header)->source->address.text() : "");
  }
  return "waits";
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  if (input.empty() || input.size() > 16384) return;
  const std::size_t piece = 1 + static_cast<unsigned char>(input[0]);
  input.remove_prefix(1);
  const std::string whole = run(input, input.size() + 1);
  check(run(input, piece) == whole, "any cut gives the same");
}
