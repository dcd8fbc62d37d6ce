// The sentences of a trace: what was asked, what answered, what followed.
#pragma once

#include <string>

#include "posthorn/protocol/dns/resolver.h"
#include "posthorn/protocol/iprev/iprev.h"
#include "posthorn/protocol/spf/verdict.h"

namespace posthorn::spf::steps {

[[nodiscard]] std::string begin(const IpAddress& client, View local_part, View domain, bool of_helo);
[[nodiscard]] std::string asked(const dns::Question& question, const dns::Answer& answer);
[[nodiscard]] std::string record(View domain, View text);
[[nodiscard]] std::string names(const iprev::Verdict& verdict);
[[nodiscard]] std::string match(View term, Status status);
[[nodiscard]] std::string no_match(View term);
[[nodiscard]] std::string nothing_matched(View domain);
[[nodiscard]] std::string explanation(View text);
[[nodiscard]] std::string end(Status status, View why);

}  // namespace posthorn::spf::steps
