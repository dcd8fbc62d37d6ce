// `posthorn dkim`: keys that sign what leaves, and what to publish of them.
#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/core.h>

#include "posthorn/grammar/mail/domain.h"
#include "posthorn/io/dns_client.h"
#include "posthorn/protocol/dkim/key_record.h"
#include "posthorn/service/inquiry.h"
#include "posthorn/service/queue/message.h"
#include "posthorn/service/signing/keys.h"
#include "posthorn/service/signing/publication.h"

#include "commands.h"
#include "shared/dns.h"
#include "shared/files.h"
#include "shared/host_key.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

using crypto::SignatureScheme;

struct Words {
  std::string domain;
  std::string selector;
  std::string algorithm = "both";
  std::size_t bits = crypto::kMinRsaBits;
  std::string file;
  bool offline = false;
};

constexpr std::chrono::seconds kPatience(10);

View name_of(SignatureScheme scheme) { return scheme == SignatureScheme::ed25519 ? "ed25519" : "rsa"; }

/// The keys of a data directory; the key of the host is made when the first one is written.
class Keyring {
 public:
  static Result<Keyring> open(Site& site, bool write) {
    const std::string path = host_key_file(site.settings());
    Result<Secret> host_key = write ? make_host_key(path, site.random()) : read_host_key(path);
    if (!host_key && (write || host_key.error().code != Code::not_found)) return fail(std::move(host_key.error()));
    auto rows = site.store().open(queue::kQueueAccount);
    if (!rows) return fail(std::move(rows.error()));
    Keyring made;
    made.rows_ = std::move(*rows);
    made.keys_ =
        std::make_unique<signing::Keys>(*made.rows_, site.random(), host_key ? std::move(*host_key) : Secret(View("")));
    return made;
  }
  signing::Keys& operator*() { return *keys_; }
  signing::Keys* operator->() { return keys_.get(); }

 private:
  std::unique_ptr<store::Partition> rows_;
  std::unique_ptr<signing::Keys> keys_;
};

/// Mail is signed for domains here and for the host itself; a key of another domain is a mistake.
Result<std::string> our_domain(Site& site, const std::string& given) {
  Result<std::string> domain = mail::ascii_domain(given);
  if (!domain || *domain == site.settings().host_name) return domain;
  const Result<bool> local = site.directory().is_local_domain(*domain);
  if (!local) return fail(local.error());
  if (*local) return domain;
  return fail(caller_error(Code::not_found, "no domain of this server: " + *domain));
}

Result<std::vector<signing::Published>> ask_dns(Site& site, const std::vector<signing::Key>& keys) {
  auto resolver = io::DnsClient::open(dns_options(site.settings()));
  if (!resolver) return fail(std::move(resolver.error()));
  Inquiry inquiry(**resolver);
  const auto publication = inquiry.add(std::make_unique<signing::Publication>(keys));
  static_cast<void>(inquiry.wait(kPatience));
  return publication.verdict();
}

void print_record(const signing::Key& key) { fmt::print("{}\n", dkim::zone_text(key.record_name(), key.record)); }

/// "20261127r", and with letters behind it where that is taken.
Result<signing::Key> add_key(signing::Keys& keys, const std::string& domain, const std::string& selector,
                             const crypto::PrivateKey& key, WallTime now) {
  if (!selector.empty()) return keys.add(domain, selector, key, now);
  const std::string day = fmt::format("{:%Y%m%d}", fmt::gmtime(now.time_since_epoch().count()));
  const std::string base = day + std::string(name_of(key.scheme()).substr(0, 1));
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    auto added = keys.add(domain, letter == 'a' ? base : base + letter, key, now);
    if (added || added.error().code != Code::exists) return added;
  }
  return fail(caller_error(Code::too_many, "keys of one day"));
}

Result<crypto::PrivateKey> read_key(const std::string& path) {
  Result<std::string> text = read_file(path);
  if (!text) return fail(std::move(text.error()));
  auto key = crypto::PrivateKey::read(*text, crypto::kLeastRsaBits);
  wipe(text->data(), text->size());
  if (!key)
    return fail(caller_error(key.error().code, path + " holds no private key that DKIM can use (RSA of 1,024 "
                                                      "bits or more, Ed25519; PEM, not encrypted)"));
  return key;
}

Result<std::vector<signing::Key>> make_keys(Site& site, signing::Keys& keys, const Words& words,
                                            const std::string& domain, const std::set<SignatureScheme>& schemes) {
  std::vector<signing::Key> made;
  const WallTime now = site.clock().wall();
  for (const SignatureScheme scheme : schemes) {
    auto key = scheme == SignatureScheme::ed25519
                   ? Result<crypto::PrivateKey>(crypto::PrivateKey::generate_ed25519(site.random()))
                   : crypto::PrivateKey::generate_rsa(words.bits);
    if (!key) return fail(std::move(key.error()));
    auto added = add_key(keys, domain, words.selector, *key, now);
    if (!added) return fail(std::move(added.error()));
    made.push_back(std::move(*added));
  }
  return made;
}

int tell_what_to_publish(const std::vector<signing::Key>& keys) {
  fmt::print("; Publish {} in the DNS. The server looks at least every hour, and signs when it is there.\n",
             keys.size() == 1 ? "this record" : "these records");
  for (const signing::Key& key : keys) print_record(key);
  return 0;
}

int create(Site& site, const Words& words) {
  const std::string what = "dkim create " + words.domain;
  const auto domain = our_domain(site, words.domain);
  if (!domain) return complain(what, domain.error());
  auto keys = Keyring::open(site, true);
  if (!keys) return complain(what, keys.error());
  if (!words.file.empty()) {
    const auto key = read_key(words.file);
    if (!key) return complain(what, key.error());
    const auto added = add_key(**keys, *domain, words.selector, *key, site.clock().wall());
    return added ? tell_what_to_publish({*added}) : complain(what, added.error());
  }
  std::set<SignatureScheme> schemes;
  if (words.algorithm != "ed25519") schemes.insert(SignatureScheme::rsa_pkcs1_sha256);
  if (words.algorithm != "rsa") schemes.insert(SignatureScheme::ed25519);
  if (!words.selector.empty() && schemes.size() > 1)
    return complain(what, caller_error(Code::misuse, "a selector names one key: choose --algorithm rsa or ed25519"));
  const auto made = make_keys(site, **keys, words, *domain, schemes);
  return made ? tell_what_to_publish(*made) : complain(what, made.error());
}

int rotate(Site& site, const Words& words) {
  const std::string what = "dkim rotate " + words.domain;
  auto keys = Keyring::open(site, true);
  if (!keys) return complain(what, keys.error());
  const auto present = (*keys)->list(words.domain);
  if (!present) return complain(what, present.error());
  if (present->empty())
    return complain(what, caller_error(Code::not_found, "it has no key yet: posthorn dkim create " + words.domain));
  std::set<SignatureScheme> schemes;
  for (const signing::Key& key : *present) schemes.insert(key.scheme);
  const auto made = make_keys(site, **keys, words, present->front().domain, schemes);
  if (!made) return complain(what, made.error());
  tell_what_to_publish(*made);
  fmt::print("; Until then the present keys sign. A week after, take their records out of the DNS, and them away:\n");
  for (const signing::Key& key : *present) fmt::print(";   posthorn dkim remove {} {}\n", key.domain, key.selector);
  return 0;
}

int list(Site& site, const Words& words) {
  auto keys = Keyring::open(site, false);
  if (!keys) return complain("dkim list", keys.error());
  const auto all = (*keys)->list(words.domain);
  if (!all) return complain("dkim list", all.error());
  std::vector<signing::Published> published;
  if (!words.offline && !all->empty()) {
    auto asked = ask_dns(site, *all);
    if (!asked) return complain("dkim list", asked.error());
    published = std::move(*asked);
  }
  std::vector<std::vector<std::string>> rows{{"DOMAIN", "SELECTOR", "ALGORITHM", "CREATED (UTC)", "DNS", "SIGNS"}};
  std::set<std::pair<std::string, SignatureScheme>> signs;
  for (std::size_t i = 0; i < all->size(); ++i) {
    const signing::Key& key = (*all)[i];
    const bool usable = !published.empty() && published[i] == signing::Published::yes;
    const bool newest = usable && signs.insert({key.domain, key.scheme}).second;
    const bool opens = (*keys)->open(key).has_value();
    rows.push_back({key.domain, key.selector, own(name_of(key.scheme)),
                    fmt::format("{:%Y-%m-%d %H:%M}", fmt::gmtime(key.created.time_since_epoch().count())),
                    published.empty() ? "-" : own(signing::text(published[i])),
                    !opens              ? "no: wrapped by another host key"
                    : published.empty() ? "-"
                    : newest            ? "yes"
                    : usable            ? "no: there is a newer key"
                                        : "no"});
  }
  print_table(rows, "no keys yet; make some: posthorn dkim create example.org");
  return 0;
}

int show(Site& site, const Words& words) {
  auto keys = Keyring::open(site, false);
  if (!keys) return complain("dkim show " + words.domain, keys.error());
  const auto all = (*keys)->list(words.domain);
  if (!all) return complain("dkim show " + words.domain, all.error());
  if (all->empty()) return complain("dkim show " + words.domain, caller_error(Code::not_found, "it has no key"));
  for (const signing::Key& key : *all) print_record(key);
  return 0;
}

int remove(Site& site, const Words& words) {
  auto keys = Keyring::open(site, false);
  if (!keys) return complain("dkim remove", keys.error());
  const auto removed = (*keys)->remove(words.domain, words.selector);
  return removed ? 0 : complain("dkim remove", removed.error());
}

CLI::App* add(CLI::App* parent, const char* name, const char* help, Action& chosen, const std::shared_ptr<Words>& words,
              int (*run)(Site&, const Words&)) {
  CLI::App* made = parent->add_subcommand(name, help);
  made->callback([&chosen, words, run] { chosen = [words, run](Site& site) { return run(site, *words); }; });
  return made;
}

}  // namespace

void add_dkim_commands(CLI::App& app, Action& chosen) {
  const auto words = std::make_shared<Words>();
  CLI::App* dkim = app.add_subcommand("dkim", "keys that sign outgoing mail (DKIM), and what the DNS says of them");
  dkim->require_subcommand(1);
  const auto with_domain = [&](CLI::App* command) {
    command->add_option("DOMAIN", words->domain, "a domain here, or the name of this host")->required();
    return command;
  };
  CLI::App* creating =
      with_domain(add(dkim, "create", "make keys for a domain and print what to publish", chosen, words, create));
  creating->add_option("--selector", words->selector, "their name; without it one is made of the date");
  creating->add_option("--algorithm", words->algorithm, "rsa, ed25519 or both; not all receivers know ed25519")
      ->check(CLI::IsMember({"rsa", "ed25519", "both"}))
      ->capture_default_str();
  creating->add_option("--bits", words->bits, "of an RSA key")
      ->check(CLI::IsMember({2048, 3072, 4096}))
      ->capture_default_str();
  creating->add_option("--import", words->file, "take the private key of this PEM file instead of a new one");
  CLI::App* rotating = with_domain(add(
      dkim, "rotate", "make new keys beside the present ones; they sign when the DNS has them", chosen, words, rotate));
  rotating->add_option("--bits", words->bits, "of an RSA key")
      ->check(CLI::IsMember({2048, 3072, 4096}))
      ->capture_default_str();
  CLI::App* listing =
      add(dkim, "list", "list keys, whether the DNS publishes them, and which sign", chosen, words, list);
  listing->add_option("DOMAIN", words->domain, "only those of this domain");
  listing->add_flag("--offline", words->offline, "do not ask the DNS");
  with_domain(add(dkim, "show", "print the records of a domain as zone text", chosen, words, show));
  with_domain(add(dkim, "remove", "forget a key", chosen, words, remove))
      ->add_option("SELECTOR", words->selector)
      ->required();
}

}  // namespace posthorn::servers
