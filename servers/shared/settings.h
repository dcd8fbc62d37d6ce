// What a host can set, as a plain aggregate. Names, ranges and explanations stand in config_rows.cpp, once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace posthorn::servers {

/// One [[listener]].
struct ListenerSettings {
  std::string role;  ///< mx, submission, lmtp, imap, pop3, managesieve
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
  std::uint64_t managesieve_idle_seconds = 1800;
  std::uint64_t login_failures = 20;
  std::uint64_t login_delay_milliseconds = 500;

  std::vector<std::string> dns_forwarders;
  std::string dns_trust_anchor = "/usr/share/dns/root.key";
  std::uint64_t dns_timeout_seconds = 20;

  bool queue_here = true;
  std::uint64_t queue_retention_hours = 120;
  std::uint64_t queue_first_retry_seconds = 300;
  std::uint64_t queue_last_retry_seconds = 4 * 3600;
  std::uint64_t queue_delay_report_hours = 4;
  std::uint64_t queue_connections = 100;
  std::uint64_t queue_connections_per_destination = 8;
  std::uint64_t queue_drain_per_minute = 600;
  std::uint64_t queue_ledger_days = 30;

  std::string outbound_next_hop;
  std::uint64_t outbound_port = 25;
  std::string outbound_tls = "may";
  std::uint64_t outbound_mx_port = 25;
  std::string outbound_authorities;
  bool outbound_https_anywhere = false;
  std::string outbound_certificate;
  std::string outbound_key;

  bool authentication_on = true;
  std::vector<std::string> authentication_exempt = {"127.0.0.0/8", "::1"};
  bool authentication_spare_lists = true;
  bool authentication_seal = true;
  std::vector<std::string> authentication_trusted_sealers;
  std::uint64_t authentication_patience_seconds = 20;
  std::string authentication_public_suffixes;

  std::string signing_host_key;
  bool signing_host_too = false;

  bool sieve_on = true;
  bool sieve_imap_events = true;
  std::uint64_t sieve_event_messages = 1'000;
  std::vector<std::string> sieve_before;
  std::vector<std::string> sieve_after;
  std::string sieve_domains;
  std::string sieve_global;
  std::uint64_t sieve_steps = 1'000'000;
  std::uint64_t sieve_actions = 32;
  std::uint64_t sieve_redirects = 4;
  std::uint64_t sieve_vacation_min_seconds = 86'400;
  std::uint64_t sieve_vacation_max_seconds = 180 * 86'400;
  std::uint64_t sieve_scripts = 100;
  std::uint64_t sieve_script_octets = 1U << 20U;
  std::uint64_t sieve_storage_octets = 10U << 20U;

  bool reports_dmarc = false;
  bool reports_failure = false;
  std::uint64_t reports_failures_per_day = 20;
  bool reports_tls = false;
  std::string reports_from;
  std::string reports_contact;

  bool limits_on = true;
  std::string limit_automation = "tell";
  std::uint64_t limit_messages_per_day = 1000;
  std::uint64_t limit_recipients_per_hour = 250;
  std::uint64_t limit_first_time_per_day = 200;
  std::uint64_t limit_domain_messages_per_day = 10'000;
  std::uint64_t limit_domain_recipients_per_hour = 2'500;

  std::uint64_t mx_greet_delay_milliseconds = 0;
  std::vector<std::string> mx_proxies;
  std::vector<std::string> mx_xclient;
  std::vector<std::string> mx_lists;
  std::uint64_t mx_reject_score = 6;
  std::uint64_t mx_defer_score = 3;
  bool mx_check_dns = false;
  bool mx_greylist = false;

  std::vector<CertificateSettings> certificates;
  std::vector<ListenerSettings> listeners;
};

}  // namespace posthorn::servers
