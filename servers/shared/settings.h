// What a host can set, as a plain aggregate. Names, ranges and explanations stand in config_rows.cpp, once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace posthorn::servers {

/// One [[listener]].
struct ListenerSettings {
  std::string role;  ///< mx, submission, lmtp, imap, pop3
  std::string address = "*";
  std::uint64_t port = 0;
  std::string tls = "starttls";  ///< implicit, starttls, none
  bool clear_login = false;
};

/// One [[tls.certificate]].
struct CertificateSettings {
  std::string certificate;
  std::string key;
  std::vector<std::string> names;
};

struct Settings {
  std::string host_name;
  std::string data_directory = "/var/lib/posthorn";
  std::string user;
  std::string group;

  std::uint64_t store_shards = 4;
  std::uint64_t workers = 96;
  std::uint64_t stop_seconds = 10;
  bool log_addresses = false;

  std::string client_authorities;
  std::string anonymous;

  std::string oauth_issuer;
  std::string oauth_audience;
  std::string oauth_keys;
  std::string oauth_claim = "sub";
  std::string oauth_scope;
  std::string oauth_type = "at+jwt";
  std::string oauth_configuration;

  bool scram = true;
  bool channel_binding = false;
  bool scram_opens_sealed = false;
  std::uint64_t remember_seconds = 60;
  bool pad_sizes = false;
  std::uint64_t scram_iterations = 4096;
  std::uint64_t argon2_passes = 2;
  std::uint64_t argon2_octets = 64U << 20U;
  std::uint64_t parallel_hashings = 2;

  std::string shared_prefix = "#Shared";
  std::vector<std::string> public_namespaces;
  std::string shared_seen = "private";
  static constexpr std::uint64_t kAnyNumber = 0xFFFFFFFF;
  std::uint64_t imap_message_limit = kAnyNumber;
  std::string identity = "Posthorn";

  std::uint64_t message_octets = 50U << 20U;
  std::uint64_t recipients = 100;
  std::uint64_t received_fields = 50;
  std::uint64_t connections = 10'000;
  std::uint64_t connections_per_source = 100;
  std::uint64_t command_seconds = 300;
  std::uint64_t imap_idle_seconds = 1800;
  std::uint64_t pop3_idle_seconds = 600;
  std::uint64_t login_failures = 20;
  std::uint64_t login_delay_milliseconds = 500;

  std::vector<CertificateSettings> certificates;
  std::vector<ListenerSettings> listeners;
};

}  // namespace posthorn::servers
