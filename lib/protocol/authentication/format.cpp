#include <algorithm>
#include <utility>

#include "posthorn/protocol/auth_results/field.h"
#include "posthorn/protocol/authentication/message_check.h"

namespace posthorn::authentication {

namespace {

using auth_results::MethodResult;

constexpr std::size_t kLongestMechanism = 100;  // octets, of what may be as long as a record

MethodResult method(View name, View result) {
  MethodResult made;
  made.method = own(name);
  made.result = own(result);
  return made;
}

MethodResult of(const iprev::Verdict& name, const IpAddress& address) {
  MethodResult made = method("iprev", iprev::word_of(name.status));
  if (!name.names.empty()) made.comment = name.names.front();
  made.properties.push_back({"policy", "iprev", address.text()});
  return made;
}

MethodResult of(const spf::Verdict& spf, const Client& client) {
  MethodResult made = method("spf", spf::word_of(spf.status));
  if (!spf.mechanism.empty()) made.comment = spf.mechanism.substr(0, kLongestMechanism) + " of " + spf.record_domain;
  // Without a sender it is the domain of HELO that was checked (RFC 7208 section 2.4).
  if (client.sender.empty()) {
    made.properties.push_back({"smtp", "helo", client.hello});
  } else {
    made.properties.push_back({"smtp", "mailfrom", client.sender});
  }
  return made;
}

MethodResult of(const dkim::SignatureVerdict& signature) {
  MethodResult made = method("dkim", dkim::name_of(signature.outcome()));
  if (!signature.passed()) made.reason = own(dkim::row_of(signature.reason).words);
  if (signature.key_bits != 0) made.comment = std::to_string(signature.key_bits) + "-bit key";
  if (signature.unsigned_octets != 0)
    made.comment +=
        (made.comment.empty() ? "" : ", ") + std::to_string(signature.unsigned_octets) + " octets not signed";
  const auto add = [&](View name, const std::string& value) {
    if (!value.empty()) made.properties.push_back({"header", own(name), value});
  };
  add("d", signature.domain);
  add("s", signature.selector);
  add("a", signature.algorithm);
  add("b", signature.header_b);
  return made;
}

MethodResult of(const arc::Verdict& arc) {
  MethodResult made = method("arc", arc::word_of(arc.status));
  if (!arc.sets.empty()) made.comment = "i=" + std::to_string(arc.sets.size()) + " by " + arc.sets.back().sealer;
  if (arc.status == arc::Status::fail) made.reason = arc.why;
  if (arc.status == arc::Status::pass)
    made.properties.push_back({"header", "oldest-pass", std::to_string(arc.oldest_pass)});
  return made;
}

MethodResult of(const dmarc::Verdict& dmarc) {
  MethodResult made = method("dmarc", dmarc::word_of(dmarc.status));
  if (!dmarc.policy_domain.empty())
    made.comment = "p=" + own(dmarc::word_of(dmarc.policy)) + " of " + dmarc.policy_domain;
  if (!dmarc.author_domain.empty()) made.properties.push_back({"header", "from", dmarc.author_domain});
  return made;
}

}  // namespace

std::string format_results(const Results& results, const Client& client) {
  auth_results::Field field;
  field.authserv_id = client.host_name;
  if (results.iprev && client.address) field.results.push_back(of(*results.iprev, *client.address));
  if (results.spf) field.results.push_back(of(*results.spf, client));
  for (const dkim::SignatureVerdict& signature : results.dkim.signatures) field.results.push_back(of(signature));
  if (results.dkim.signatures.empty()) field.results.push_back(method("dkim", "none"));
  if (results.arc && results.arc->status != arc::Status::none) field.results.push_back(of(*results.arc));
  field.results.push_back(of(results.dmarc));
  return auth_results::format(field);
}

}  // namespace posthorn::authentication
