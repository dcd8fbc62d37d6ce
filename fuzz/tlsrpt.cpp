// TLS reporting: destinations are URIs of known schemes, rows of counts are read as they were written.
#include "posthorn/protocol/tlsrpt/collector.h"
#include "posthorn/protocol/tlsrpt/record.h"

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  if (const auto record = tlsrpt::parse_record(input)) {
    fuzzing::check(!record->rua.empty() && record->rua.size() <= tlsrpt::kMaxDestinations, "destinations");
    std::string text = "v=TLSRPTv1; rua=";
    for (const std::string& uri : record->rua) {
      fuzzing::check(uri.find_first_of(" \t,;\r\n") == std::string::npos, "a URI");
      text += (text.back() == '=' ? "" : ",") + uri;
    }
    fuzzing::check(tlsrpt::parse_record(text) == record, "written and read again");
  }
  tlsrpt::Collector collector(16);
  if (collector.add(input)) {
    fuzzing::check(collector.counts().size() <= 16, "limit");
    tlsrpt::Collector again(16);
    fuzzing::check(again.add(collector.format()) && again.counts() == collector.counts(), "rows are stable");
  } else {
    fuzzing::check(collector.counts().empty() && collector.dropped() == 0, "all or nothing");
  }
}
