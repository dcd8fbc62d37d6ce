#include "io/dns_unbound.h"

#include <algorithm>
#include <string>
#include <utility>

#include "posthorn/grammar/dns/message.h"
#include "posthorn/grammar/dns/name.h"
#include "posthorn/protocol/dns/records.h"

namespace posthorn::io {

namespace {

/// Sets a context up; the first failure stays.
class Setup {
 public:
  explicit Setup(const DnsOptions& options) : options_(options), context_(ub_ctx_create()) {}

  Result<Unbound> finish() {
    if (!context_) return fail(environment_error(Code::unavailable, "libunbound gives no context"));
    ub_ctx_debugout(context_.get(), nullptr);  // it would write to the program's standard error
    sizes();
    servers();
    anchors();
    check(ub_ctx_async(context_.get(), 1), "threads", {});
    // Changing local zones ends the setting up, and reads the anchors: what is wrong with them must show here.
    check(ub_ctx_zone_remove(context_.get(), "nothing.invalid."), "trust anchors", options_.trust_anchor_file);
    for (const std::string& zone : options_.ordinary_zones) {
      check(ub_ctx_zone_add(context_.get(), zone.c_str(), "transparent"), "ordinary_zones", zone);
    }
    if (failed_) return fail(std::move(error_));
    return std::move(context_);
  }

 private:
  void set(const char* option, const std::string& value) {
    check(ub_ctx_set_option(context_.get(), option, value.c_str()), option, value);
  }
  void check(int status, View option, View value) {
    if (status == UB_NOERROR || failed_) return;
    failed_ = true;
    const std::string note = own(option) + " " + own(value) + ": " + ub_strerror(status);
    const bool ours = status == UB_READFILE || status == UB_NOMEM || status == UB_PIPE || status == UB_SOCKET;
    error_ = ours ? environment_error(Code::unavailable, note) : caller_error(Code::misuse, note);
  }
  void sizes() {
    set("num-queries-per-thread:", std::to_string(std::max<std::size_t>(options_.max_in_flight, 64)));
    set("outgoing-range:", std::to_string(std::clamp<std::size_t>(options_.max_in_flight, 64, 512)));
    set("rrset-cache-size:", std::to_string(options_.cache_octets / 3 * 2));
    set("msg-cache-size:", std::to_string(options_.cache_octets / 3));
  }
  void servers() {
    bool loopback = !options_.resolv_conf.empty();
    const auto note_loopback = [&](const std::string& server) {
      const auto address = IpAddress::parse(View(server).substr(0, server.find('@')));
      loopback = loopback || (address && address->is_loopback());
    };
    for (const std::string& server : options_.forwarders) note_loopback(server);
    for (const DnsOptions::Stub& stub : options_.stubs) note_loopback(stub.server);
    if (loopback) set("do-not-query-localhost:", "no");
    if (!options_.resolv_conf.empty()) {
      check(ub_ctx_resolvconf(context_.get(), options_.resolv_conf.c_str()), "resolv_conf", options_.resolv_conf);
    }
    for (const std::string& server : options_.forwarders) {
      check(ub_ctx_set_fwd(context_.get(), server.c_str()), "forwarders", server);
    }
    for (const DnsOptions::Stub& stub : options_.stubs) {
      check(ub_ctx_set_stub(context_.get(), stub.zone.c_str(), stub.server.c_str(), 0), "stubs", stub.zone);
    }
  }
  void anchors() {
    for (const std::string& anchor : options_.trust_anchors) {
      check(ub_ctx_add_ta(context_.get(), anchor.c_str()), "trust_anchors", anchor);
    }
    const std::string& file = options_.trust_anchor_file;
    if (!file.empty()) check(ub_ctx_add_ta_file(context_.get(), file.c_str()), "trust_anchor_file", file);
  }

  const DnsOptions& options_;
  Unbound context_;
  bool failed_ = false;
  Error error_;
};

std::string normal(const char* name) {
  auto text = dns::wire::normal_name(name);
  return text ? std::move(*text) : std::string();
}

/// Whether an answer without data ends at a name that has an alias: a loop, or a chain longer than libunbound follows.
bool ends_at_alias(const ub_result& result, const std::string& last) {
  const View octets(static_cast<const char*>(result.answer_packet), static_cast<std::size_t>(result.answer_len));
  const auto message = dns::wire::parse_message(octets);
  if (!message) return true;
  return std::any_of(message->answers.begin(), message->answers.end(), [&](const dns::wire::Record& record) {
    return record.type == dns::wire::Type::cname && record.name == last;
  });
}

bool read_records(const ub_result& result, dns::Type type, std::vector<dns::Record>& records) {
  for (std::size_t i = 0; result.data[i] != nullptr; ++i) {
    const auto data = dns::wire::parse_data(static_cast<dns::wire::Type>(type),
                                            View(result.data[i], static_cast<std::size_t>(result.len[i])));
    auto record = data ? dns::record_of(*data) : std::nullopt;
    if (!record) return false;
    records.push_back(std::move(*record));
  }
  return !records.empty();
}

}  // namespace

Result<Unbound> make_unbound(const DnsOptions& options) { return Setup(options).finish(); }

dns::Answer read_result(const ub_result& result, dns::Type type) {
  dns::Answer answer;
  if (result.bogus != 0) return answer;
  answer.ttl = std::chrono::seconds(std::max(result.ttl, 0));
  answer.authenticated = result.secure != 0;
  const std::string asked = normal(result.qname);
  std::string last = result.canonname == nullptr ? asked : normal(result.canonname);
  if (result.rcode == static_cast<int>(dns::wire::Rcode::no_name) && result.nxdomain != 0) {
    answer.outcome = dns::Outcome::no_name;
  } else if (result.rcode != static_cast<int>(dns::wire::Rcode::no_error)) {
    return {};
  } else if (result.havedata != 0) {
    if (!read_records(result, type, answer.records)) return {};
    answer.outcome = dns::Outcome::found;
  } else if (type != dns::Type::cname && ends_at_alias(result, last)) {
    return {};
  } else {
    answer.outcome = dns::Outcome::no_data;
  }
  if (last != asked) answer.canonical = std::move(last);
  return answer;
}

}  // namespace posthorn::io
