// `posthorn auth check`: who really sent a message, explained step by step.
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "posthorn/io/dns_client.h"
#include "posthorn/io/system.h"
#include "posthorn/protocol/authentication/message_check.h"
#include "posthorn/service/inquiry.h"

#include "commands.h"
#include "json.h"
#include "shared/files.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

using authentication::Client;
using authentication::Results;

constexpr std::chrono::seconds kPatience(60);

struct Words {
  std::string file;
  std::string address;
  std::string hello;
  std::string sender;
  std::string host_name = "localhost";
  std::vector<std::string> resolvers;
  bool json = false;
};

// --- the message and the DNS -----------------------------------------------------------------------------------------

/// Octets of a message as SMTP carries it: every line ends in CRLF.
std::string as_sent(View text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out.push_back('\r');
    out.push_back(text[i]);
  }
  return out;
}

Result<Client> client_of(const Words& words) {
  Client client{.address = std::nullopt, .hello = words.hello, .sender = words.sender, .host_name = words.host_name};
  if (words.address.empty()) return client;
  client.address = IpAddress::parse(words.address);
  if (!client.address) return fail(caller_error(Code::syntax, words.address + " is no IP address"));
  return client;
}

Result<Results> find_out(const Words& words, const Client& client, View message) {
  io::DnsOptions dns;
  dns.forwarders = words.resolvers;
  if (words.resolvers.empty()) dns.resolv_conf = "/etc/resolv.conf";
  auto resolver = io::DnsClient::open(std::move(dns));
  if (!resolver) return fail(std::move(resolver.error()));
  const WallTime now = io::SystemClock().wall();
  auto check = std::make_unique<authentication::MessageCheck>(client, now, authentication::Options{.explain = true});
  check->append(message);
  check->finish(now);
  Inquiry inquiry(**resolver);
  const auto part = inquiry.add(std::move(check));
  if (!inquiry.wait(kPatience)) return fail(environment_error(Code::timed_out, "the DNS did not answer in time"));
  return part.verdict();
}

// --- in words --------------------------------------------------------------------------------------------------------

void tell(View what, View result, const std::string& about, const std::vector<std::string>& steps) {
  fmt::print("{}: {}{}{}\n", what, result, about.empty() ? "" : ", ", about);
  for (const std::string& step : steps) fmt::print("  {}\n", step);
  fmt::print("\n");
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string describe(const dkim::SignatureVerdict& signature) {
  std::string text = fmt::format("d={} s={} {}", signature.domain, signature.selector, signature.algorithm);
  if (signature.key_bits != 0) text += fmt::format(", key of {} bits", signature.key_bits);
  if (signature.testing) text += ", testing";
  if (signature.unsigned_octets != 0)
    text += fmt::format(", {} octets of the body not signed", signature.unsigned_octets);
  return text;
}

void tell(const Results& results, const Client& client) {
  if (!client.address) fmt::print("Without --ip neither SPF nor the name of the client are looked at.\n\n");
  if (results.iprev)
    tell("Name of the client", iprev::word_of(results.iprev->status), joined(results.iprev->names), {});
  if (results.spf) {
    const spf::Verdict& spf = *results.spf;
    tell("SPF", spf::word_of(spf.status),
         spf.mechanism.empty() ? spf.why : fmt::format("by {} of {}", spf.mechanism, spf.record_domain), spf.steps);
  }
  tell("DKIM", dkim::name_of(results.dkim.outcome), "", results.dkim.steps);
  for (const dkim::SignatureVerdict& signature : results.dkim.signatures) {
    fmt::print("  {}: {} ({})\n", describe(signature), dkim::name_of(signature.outcome()),
               dkim::row_of(signature.reason).words);
  }
  if (!results.dkim.signatures.empty()) fmt::print("\n");
  if (results.arc) tell("ARC", arc::word_of(results.arc->status), results.arc->why, results.arc->steps);
  const dmarc::Verdict& dmarc = results.dmarc;
  tell("DMARC", dmarc::word_of(dmarc.status),
       dmarc.policy_domain.empty() ? "no policy"
                                   : fmt::format("policy {} of {}", dmarc::word_of(dmarc.policy), dmarc.policy_domain),
       dmarc.steps);
  fmt::print("{}", authentication::format_results(results, client));
}

// --- as JSON ---------------------------------------------------------------------------------------------------------

using json::Json;
using json::object;

Json json_of(const spf::Verdict& spf) {
  return object("result", spf::word_of(spf.status), "domain", spf.domain, "record_domain", spf.record_domain,
                "mechanism", spf.mechanism, "explanation", spf.explanation, "reason", spf.why, "steps", spf.steps);
}

Json json_of(const dkim::SignatureVerdict& signature) {
  return object("result", dkim::name_of(signature.outcome()), "reason", dkim::row_of(signature.reason).words, "domain",
                signature.domain, "selector", signature.selector, "algorithm", signature.algorithm, "agent",
                signature.agent, "key_bits", std::uint64_t{signature.key_bits}, "unsigned_octets",
                std::uint64_t{signature.unsigned_octets}, "testing", signature.testing);
}

Json json_of(const dkim::Verdict& dkim) {
  return object("result", dkim::name_of(dkim.outcome), "signatures",
                json::list_of(dkim.signatures, [](const auto& signature) { return json_of(signature); }), "steps",
                dkim.steps);
}

Json json_of(const arc::Verdict& arc) {
  return object("result", arc::word_of(arc.status), "reason", arc.why, "sets", std::uint64_t{arc.sets.size()}, "steps",
                arc.steps);
}

Json json_of(const dmarc::Verdict& dmarc) {
  return object("result", dmarc::word_of(dmarc.status), "policy", dmarc::word_of(dmarc.policy), "requested",
                dmarc::word_of(dmarc.requested), "author_domain", dmarc.author_domain, "organizational_domain",
                dmarc.organizational_domain, "policy_domain", dmarc.policy_domain, "aligned_dkim", dmarc.aligned_dkim,
                "aligned_spf", dmarc.aligned_spf, "steps", dmarc.steps);
}

void print_json(const Results& results, const Client& client) {
  const Json all = object();
  if (results.iprev)
    put(all, "iprev", object("result", iprev::word_of(results.iprev->status), "names", results.iprev->names));
  if (results.spf) put(all, "spf", json_of(*results.spf));
  put(all, "dkim", json_of(results.dkim));
  if (results.arc) put(all, "arc", json_of(*results.arc));
  put(all, "dmarc", json_of(results.dmarc), "authentication_results", authentication::format_results(results, client));
  json::print(all);
}

/// What its DMARC policy says; where there is none, whether anybody stands for the message.
bool is_authentic(const Results& results) {
  if (results.dmarc.status != dmarc::Status::none) return results.dmarc.status == dmarc::Status::pass;
  return results.dkim.outcome == dkim::Outcome::pass || (results.spf && results.spf->status == spf::Status::pass);
}

int check(const Words& words) {
  const auto file = read_file(words.file);
  if (!file) return complain("auth check", file.error());
  const auto client = client_of(words);
  if (!client) return complain("auth check", client.error());
  const auto results = find_out(words, *client, as_sent(*file));
  if (!results) return complain("auth check", results.error());
  if (words.json) {
    print_json(*results, *client);
  } else {
    tell(*results, *client);
  }
  return is_authentic(*results) ? 0 : 1;
}

}  // namespace

void add_auth_command(CLI::App& app) {
  const auto words = std::make_shared<Words>();
  CLI::App* auth = app.add_subcommand("auth", "who really sent a message (SPF, DKIM, ARC, DMARC)");
  auth->require_subcommand(1);
  CLI::App* checking = auth->add_subcommand("check",
                                            "explain every step: what was asked, what was answered, why the verdict. "
                                            "Ends with 0 when DMARC passes (without a "
                                            "policy: when SPF or DKIM does), with 1 when not.");
  checking->add_option("MESSAGE", words->file, "a file with the message; - is standard input")->required();
  checking->add_option("--ip", words->address, "the address that it came from");
  checking->add_option("--helo", words->hello, "what that host called itself");
  checking->add_option("--from", words->sender, "the envelope sender; empty: the null sender");
  checking->add_option("--host", words->host_name, "the receiving host, for the Authentication-Results field")
      ->capture_default_str();
  checking->add_option("--dns", words->resolvers,
                       "resolvers to ask, 192.0.2.53 or 127.0.0.1@5353; without any those of /etc/resolv.conf");
  checking->add_flag("--json", words->json, "the same for programs");
  checking->callback([words] {
    if (const int status = check(*words); status != 0) throw CLI::RuntimeError(status);
  });
}

}  // namespace posthorn::servers
