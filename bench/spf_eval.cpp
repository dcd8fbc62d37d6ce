// SPF evaluations per second of processor time when every answer is at hand: ours and libspf2's, by turns; the middle
// of the rounds, one JSON line each.
//
//   spf-eval [rounds] [seconds per round]
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <unordered_map>
#include <vector>

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>

extern "C" {
#include <spf2/spf.h>
#include <spf2/spf_dns_cache.h>
#include <spf2/spf_dns_zone.h>
}

#include "posthorn/protocol/spf/evaluation.h"

namespace {

using namespace posthorn;

struct Row {
  const char* name;
  dns::Type type;
  const char* data;
};
// Policies as they are published: networks, hosts, includes of large senders, a list by macro, an explanation.
constexpr Row kRows[] = {
    {"plain.example", dns::Type::txt, "v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.0/24 -all"},
    {"hosts.example", dns::Type::txt, "v=spf1 a mx ~all"},
    {"hosts.example", dns::Type::a, "198.51.100.7"},
    {"hosts.example", dns::Type::mx, "10 mx.hosts.example"},
    {"mx.hosts.example", dns::Type::a, "192.0.2.1"},
    {"cloud.example", dns::Type::txt, "v=spf1 include:_spf.cloud.example include:sender.example ~all"},
    {"_spf.cloud.example", dns::Type::txt,
     "v=spf1 include:_n1.cloud.example include:_n2.cloud.example include:_n3.cloud.example ~all"},
    {"_n1.cloud.example", dns::Type::txt,
     "v=spf1 ip4:35.190.247.0/24 ip4:64.233.160.0/19 ip4:66.102.0.0/20 ip4:66.249.80.0/20 ip4:72.14.192.0/18 "
     "ip4:74.125.0.0/16 ip4:108.177.8.0/21 ip4:173.194.0.0/16 ip4:209.85.128.0/17 ip4:216.58.192.0/19 ~all"},
    {"_n2.cloud.example", dns::Type::txt,
     "v=spf1 ip6:2001:4860:4000::/36 ip6:2404:6800:4000::/36 ip6:2607:f8b0:4000::/36 ip6:2800:3f0:4000::/36 "
     "ip6:2a00:1450:4000::/36 ip6:2c0f:fb50:4000::/36 ~all"},
    {"_n3.cloud.example", dns::Type::txt, "v=spf1 ip4:172.217.0.0/19 ip4:172.217.32.0/20 ip4:35.191.0.0/16 ~all"},
    {"sender.example", dns::Type::txt, "v=spf1 ip4:192.0.2.0/28 -all"},
    {"list.example", dns::Type::txt, "v=spf1 exists:%{ir}.%{l}.ok.list.example -all"},
    {"1.2.0.192.joe.ok.list.example", dns::Type::a, "127.0.0.2"},
    {"no.example", dns::Type::txt, "v=spf1 ip4:203.0.113.0/24 -all"},
};
constexpr const char* kClient = "192.0.2.1";
constexpr std::array<const char*, 5> kSenders = {"joe@plain.example", "joe@hosts.example", "joe@cloud.example",
                                                 "joe@list.example", "joe@no.example"};

struct Hash {
  std::size_t operator()(const dns::Question& q) const {
    return std::hash<std::string>()(q.name) * 31 + static_cast<std::size_t>(q.type);
  }
};
using Answers = std::unordered_map<dns::Question, dns::Answer, Hash>;

Answers answers() {
  Answers out;
  for (const Row& row : kRows) {
    dns::Answer& answer = out[{row.name, row.type}];
    answer.outcome = dns::Outcome::found;
    const std::string data = row.data;
    if (row.type == dns::Type::txt) answer.records.emplace_back(dns::Txt{data});
    if (row.type == dns::Type::a) answer.records.emplace_back(IpAddress::parse(data).value());
    if (row.type == dns::Type::mx) answer.records.emplace_back(dns::Mx{10, data.substr(3)});
  }
  return out;
}

std::string ours(const Answers& known, const char* sender) {
  static const dns::Answer kNoName{.outcome = dns::Outcome::no_name};
  spf::Evaluation evaluation({.client = IpAddress::parse(kClient).value(),
                              .helo = "mail.client.example",
                              .mail_from = sender,
                              .receiver = "mx.receiver.example"});
  while (!evaluation.wanted().empty()) {
    const auto found = known.find(evaluation.wanted()[0]);
    evaluation.answer(0, found != known.end() ? found->second : kNoName);
  }
  return std::string(spf::word_of(evaluation.verdict().status));
}

SPF_server_t* peer_server(bool cache) {
  SPF_dns_server_t* dns = SPF_dns_zone_new(nullptr, nullptr, 0);
  for (const Row& row : kRows) {
    const ns_type type = row.type == dns::Type::txt ? ns_t_txt : row.type == dns::Type::a ? ns_t_a : ns_t_mx;
    const std::string data = row.data;
    SPF_dns_zone_add_str(dns, row.name, type, NETDB_SUCCESS, type == ns_t_mx ? data.substr(3).c_str() : row.data);
  }
  if (cache) dns = SPF_dns_cache_new(dns, nullptr, 0, 8);
  SPF_server_t* server = SPF_server_new_dns(dns, 0);
  SPF_server_set_rec_dom(server, "mx.receiver.example");
  return server;
}

std::string theirs(SPF_server_t* server, const char* sender) {
  SPF_request_t* request = SPF_request_new(server);
  SPF_request_set_ipv4_str(request, kClient);
  SPF_request_set_helo_dom(request, "mail.client.example");
  SPF_request_set_env_from(request, sender);
  SPF_response_t* response = nullptr;
  SPF_request_query_mailfrom(request, &response);
  std::string result = SPF_strresult(SPF_response_result(response));
  SPF_response_free(response);
  SPF_request_free(request);
  return result;
}

/// Evaluations per second of processor time, each sender as often as the others.
template <class Evaluate>
double rate(Evaluate evaluate, double seconds) {
  std::size_t count = 0;
  const std::clock_t from = std::clock();
  double spent = 0;
  while (spent < seconds) {
    for (int i = 0; i < 100; ++i) {
      for (const char* sender : kSenders) count += evaluate(sender).empty() ? 0 : 1;
    }
    spent = static_cast<double>(std::clock() - from) / CLOCKS_PER_SEC;
  }
  return static_cast<double>(count) / spent;
}

double middle(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 5;
  const double seconds = argc > 2 ? std::atof(argv[2]) : 1;
  const Answers known = answers();
  SPF_server_t* const cached = peer_server(true);
  SPF_server_t* const zoned = peer_server(false);
  for (const char* sender : kSenders) {
    const std::string result = ours(known, sender);
    if (result == theirs(cached, sender) && result == theirs(zoned, sender)) continue;
    std::fprintf(stderr, "spf-eval: %s: %s, libspf2 says %s\n", sender, result.c_str(), theirs(zoned, sender).c_str());
    return 1;
  }
  std::vector<double> rates, rates_cached, rates_zoned;
  for (int i = 0; i < rounds; ++i) {
    rates.push_back(rate([&](const char* sender) { return ours(known, sender); }, seconds));
    rates_cached.push_back(rate([&](const char* sender) { return theirs(cached, sender); }, seconds));
    rates_zoned.push_back(rate([&](const char* sender) { return theirs(zoned, sender); }, seconds));
  }
  const double peer = std::max(middle(rates_cached), middle(rates_zoned));  // it may choose
  std::printf("{\"program\": \"posthorn\", \"per_second\": %.0f}\n", middle(rates));
  std::printf("{\"program\": \"libspf2\", \"per_second\": %.0f}\n", peer);
  SPF_server_free(cached);
  SPF_server_free(zoned);
  return 0;
}
