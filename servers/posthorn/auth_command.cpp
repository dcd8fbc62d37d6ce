// `posthorn auth check`: who really sent a message, explained step by step.
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <jansson.h>

#include "posthorn/io/dns_client.h"
#include "posthorn/io/system.h"
#include "posthorn/protocol/authentication/message_check.h"
#include "posthorn/service/inquiry.h"

#include "commands.h"
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
std::string as_sent(const std::string& text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out.push_back('\r');
    out.push_back(text[i]);
  }
  return out;
}

Result<std::string> read_message(const std::string& path) {
  if (path == "-") return as_sent({std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()});
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(environment_error(Code::not_found, path + " cannot be read"));
  return as_sent({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
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

struct Release {
  void operator()(json_t* value) const { json_decref(value); }
};
using Json = std::unique_ptr<json_t, Release>;

Json object() { return Json(json_object()); }
/// What a peer or the DNS said need not be UTF-8.
Json text(View octets) {
  Json value(json_stringn(octets.data(), octets.size()));
  return value ? std::move(value) : Json(json_string("?"));
}
Json number(std::uint64_t value) { return Json(json_integer(static_cast<json_int_t>(value))); }
Json texts(const std::vector<std::string>& all) {
  Json list(json_array());
  for (const std::string& one : all) json_array_append_new(list.get(), text(one).release());
  return list;
}
void put(const Json& object, const char* name, Json value) { json_object_set_new(object.get(), name, value.release()); }

Json json_of(const spf::Verdict& spf) {
  Json made = object();
  put(made, "result", text(spf::word_of(spf.status)));
  put(made, "domain", text(spf.domain));
  put(made, "record_domain", text(spf.record_domain));
  put(made, "mechanism", text(spf.mechanism));
  put(made, "explanation", text(spf.explanation));
  put(made, "reason", text(spf.why));
  put(made, "steps", texts(spf.steps));
  return made;
}

Json json_of(const dkim::Verdict& dkim) {
  Json made = object();
  put(made, "result", text(dkim::name_of(dkim.outcome)));
  Json list(json_array());
  for (const dkim::SignatureVerdict& signature : dkim.signatures) {
    Json one = object();
    put(one, "result", text(dkim::name_of(signature.outcome())));
    put(one, "reason", text(dkim::row_of(signature.reason).words));
    put(one, "domain", text(signature.domain));
    put(one, "selector", text(signature.selector));
    put(one, "algorithm", text(signature.algorithm));
    put(one, "agent", text(signature.agent));
    put(one, "key_bits", number(signature.key_bits));
    put(one, "unsigned_octets", number(signature.unsigned_octets));
    put(one, "testing", Json(json_boolean(signature.testing)));
    json_array_append_new(list.get(), one.release());
  }
  put(made, "signatures", std::move(list));
  put(made, "steps", texts(dkim.steps));
  return made;
}

Json json_of(const arc::Verdict& arc) {
  Json made = object();
  put(made, "result", text(arc::word_of(arc.status)));
  put(made, "reason", text(arc.why));
  put(made, "sets", number(arc.sets.size()));
  put(made, "steps", texts(arc.steps));
  return made;
}

Json json_of(const dmarc::Verdict& dmarc) {
  Json made = object();
  put(made, "result", text(dmarc::word_of(dmarc.status)));
  put(made, "policy", text(dmarc::word_of(dmarc.policy)));
  put(made, "requested", text(dmarc::word_of(dmarc.requested)));
  put(made, "author_domain", text(dmarc.author_domain));
  put(made, "organizational_domain", text(dmarc.organizational_domain));
  put(made, "policy_domain", text(dmarc.policy_domain));
  put(made, "aligned_dkim", text(dmarc.aligned_dkim));
  put(made, "aligned_spf", text(dmarc.aligned_spf));
  put(made, "steps", texts(dmarc.steps));
  return made;
}

void print_json(const Results& results, const Client& client) {
  Json all = object();
  if (results.iprev) {
    Json name = object();
    put(name, "result", text(iprev::word_of(results.iprev->status)));
    put(name, "names", texts(results.iprev->names));
    put(all, "iprev", std::move(name));
  }
  if (results.spf) put(all, "spf", json_of(*results.spf));
  put(all, "dkim", json_of(results.dkim));
  if (results.arc) put(all, "arc", json_of(*results.arc));
  put(all, "dmarc", json_of(results.dmarc));
  put(all, "authentication_results", text(authentication::format_results(results, client)));
  struct Free {
    void operator()(char* octets) const { std::free(octets); }
  };
  const std::unique_ptr<char, Free> out(json_dumps(all.get(), JSON_INDENT(2) | JSON_PRESERVE_ORDER));
  fmt::print("{}\n", out.get());
}

/// What its DMARC policy says; where there is none, whether anybody stands for the message.
bool is_authentic(const Results& results) {
  if (results.dmarc.status != dmarc::Status::none) return results.dmarc.status == dmarc::Status::pass;
  return results.dkim.outcome == dkim::Outcome::pass || (results.spf && results.spf->status == spf::Status::pass);
}

int check(const Words& words) {
  const auto message = read_message(words.file);
  if (!message) return complain("auth check", message.error());
  const auto client = client_of(words);
  if (!client) return complain("auth check", client.error());
  const auto results = find_out(words, *client, *message);
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
