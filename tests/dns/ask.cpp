// dns-ask [OPTION VALUE]... NAME TYPE [NAME TYPE]...: what io::DnsClient makes of questions, for comparisons with real
// servers. Options: --forwarder SERVER, --stub ZONE=SERVER, --anchor FILE, --ordinary ZONE.
// A line for each question: "NAME TYPE OUTCOME secure|insecure RECORDS CANONICAL", then lines "bogus NAME REASON".
#include <cstdio>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "posthorn/io/dns_client.h"

namespace {

using namespace posthorn;

constexpr std::pair<View, dns::Type> kTypes[] = {
    {"A", dns::Type::a},     {"AAAA", dns::Type::aaaa}, {"CNAME", dns::Type::cname}, {"MX", dns::Type::mx},
    {"PTR", dns::Type::ptr}, {"TXT", dns::Type::txt},   {"TLSA", dns::Type::tlsa},   {"SRV", dns::Type::srv},
};
constexpr View kOutcomes[] = {"found", "no_data", "no_name", "unavailable", "timed_out"};

dns::Type type_of(View word) {
  for (const auto& [name, type] : kTypes) {
    if (name == word) return type;
  }
  return dns::Type::a;
}

bool take_option(io::DnsOptions& options, View name, const std::string& value) {
  if (name == "--forwarder") options.forwarders.push_back(value);
  if (name == "--anchor") options.trust_anchor_file = value;
  if (name == "--ordinary") options.ordinary_zones.push_back(value);
  if (name == "--stub") options.stubs.push_back({value.substr(0, value.find('=')), value.substr(value.find('=') + 1)});
  return name.starts_with("--");
}

}  // namespace

int main(int count, char** values) {
  const std::vector<std::string> words(values + 1, values + count);
  io::DnsOptions options;
  std::mutex mutex;
  std::vector<std::string> notices;
  options.notify = [&](io::DnsNotice, const dns::Question& question, View detail) {
    const std::lock_guard lock(mutex);
    notices.push_back("bogus " + question.name + " " + own(detail));
  };
  std::size_t at = 0;
  while (at + 1 < words.size() && take_option(options, words[at], words[at + 1])) at += 2;
  auto client = io::DnsClient::open(options);
  if (!client) {
    std::fprintf(stderr, "dns-ask: %s\n", client.error().note.c_str());
    return 1;
  }
  for (; at + 1 < words.size(); at += 2) {
    std::promise<dns::Answer> promise;
    (*client)->resolve({words[at], type_of(words[at + 1])}, [&](dns::Answer a) { promise.set_value(std::move(a)); });
    const dns::Answer answer = promise.get_future().get();
    std::printf("%s %s %s %s %zu %s\n", words[at].c_str(), words[at + 1].c_str(),
                kOutcomes[static_cast<std::size_t>(answer.outcome)].data(),
                answer.authenticated ? "secure" : "insecure", answer.records.size(),
                answer.canonical.empty() ? "-" : answer.canonical.c_str());
  }
  const std::lock_guard lock(mutex);
  for (const std::string& notice : notices) std::puts(notice.c_str());
  return 0;
}
