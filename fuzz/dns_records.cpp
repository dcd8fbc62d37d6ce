// What the DNS says of a domain's records: any answers are judged, and a policy that is proposed is right when it is
// published.
#include "posthorn/service/discovery/dns_records.h"

#include <algorithm>
#include <string>

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  using discovery::Purpose;
  using discovery::State;
  const discovery::Host host{"mail.host.example", {{"_imaps", 993}}, "tls@host.example"};
  discovery::Check check(discovery::records_of("example.org", host, {}));
  while (!check.wanted().empty()) {
    const View line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    dns::Answer answer{.outcome = line.empty() ? dns::Outcome::no_data : dns::Outcome::found};
    const dns::Type type = check.wanted().front().type;
    if (!line.empty() && type == dns::Type::mx) answer.records.emplace_back(dns::Mx{10, own(line)});
    if (!line.empty() && type == dns::Type::srv) answer.records.emplace_back(dns::Srv{0, 1, 993, own(line)});
    if (!line.empty() && type == dns::Type::txt) answer.records.emplace_back(dns::Txt{own(line)});
    check.answer(0, answer);
  }
  for (const discovery::Finding& finding : check.verdict()) {
    fuzzing::check(finding.state != State::unknown, "every answer decides");
    if (finding.record.purpose != Purpose::spf) continue;
    discovery::Check again({finding.record});
    again.answer(0, {.outcome = dns::Outcome::found, .records = {dns::Txt{finding.record.data}}});
    // With mx in front a policy may be too long, but never wrong otherwise.
    fuzzing::check(again.verdict().front().state == State::right || finding.record.data.size() > 8000,
                   "what is proposed is right");
  }
}
