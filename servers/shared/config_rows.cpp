#include "shared/config_rows.h"

#include "posthorn/grammar/ip_address.h"
#include "posthorn/grammar/mail/domain.h"
#include "posthorn/protocol/dnsbl/list.h"

#include "shared/tls_policy.h"

namespace posthorn::servers {

namespace {

Result<void> check_tls(View text, const Settings& settings) {
  const auto policy = parse_tls_policy(text, settings);
  return policy ? Result<void>() : fail(policy.error());
}

Result<void> check_network(View text, const Settings&) {
  if (IpNetwork::parse(text)) return {};
  return fail(caller_error(Code::syntax, "it is no network, as 192.0.2.0/24 and 2001:db8::/32 are"));
}

Result<void> check_domain(View text, const Settings&) {
  const auto name = mail::ascii_domain(text);
  return name && *name == text ? Result<void>()
                               : fail(caller_error(Code::syntax, "it must be a domain in lower-case A-labels"));
}

Result<void> check_list(View text, const Settings&) {
  const auto lists = dnsbl::parse_lists(text);
  if (!lists) return fail(lists.error());
  if (lists->size() != 1) return fail(caller_error(Code::syntax, "it must be one DNS list"));
  return {};
}

using S = Settings;
constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;

constexpr ConfigKey<Settings> kSettings[] = {
    {.name = "host_name",
     .target = &S::host_name,
     .help = "What the server calls itself in greetings and Received fields: a fully qualified domain name.",
     .required = true},
    {.name = "data_directory", .target = &S::data_directory, .help = "Where mail and directory are kept."},
    {.name = "user", .target = &S::user, .help = "The user to become after the ports are bound; empty: stay."},
    {.name = "group", .target = &S::group, .help = "The group to become; empty: the user's own."},
    {.name = "workers",
     .target = &S::workers,
     .help = "Threads at most that wait for the store and hash passwords; made when needed, ended when idle.",
     .low = 4,
     .high = 4096},
    {.name = "stop_seconds",
     .target = &S::stop_seconds,
     .help = "How long SIGTERM waits for open sessions to say goodbye.",
     .low = 0,
     .high = 3600},
    {.name = "store.shards",
     .target = &S::store_shards,
     .help = "Files over which accounts are spread. Fixed when the store is made.",
     .low = 1,
     .high = 64},
    {.name = "log.addresses",
     .target = &S::log_addresses,
     .help = "Whether the log names addresses of clients and users."},
    {.name = "login.client_authorities",
     .target = &S::client_authorities,
     .help = "PEM file with the authorities whose client certificates are believed: clients are asked for one, and who "
             "shows one logs in with AUTH=EXTERNAL as the mailbox whose address stands in it (rfc822Name, or "
             "emailAddress where there is none). Sealed mail stays closed to such a login. Empty: nobody is asked."},
    {.name = "login.anonymous",
     .target = &S::anonymous,
     .help = "The mailbox that AUTH=ANONYMOUS logs in to, without any password: everybody can read and change what is "
             "in it, by IMAP and POP3. Nobody can send mail or change scripts so. Empty: nobody is let in so."},
    {.name = "oauth.issuer",
     .target = &S::oauth_issuer,
     .help = "The authorization server whose access tokens let in with AUTH=OAUTHBEARER and AUTH=XOAUTH2, as the claim "
             "iss names it: JSON Web Tokens (RFC 9068) signed with RS256, ES256 or Ed25519. Sealed mail stays closed "
             "to such a login. Empty: no tokens."},
    {.name = "oauth.audience",
     .target = &S::oauth_audience,
     .help = "What the claim aud must be or contain: the name of this server at the authorization server."},
    {.name = "oauth.keys",
     .target = &S::oauth_keys,
     .help = "JSON file with the public keys of the authorization server (JWK Set, RFC 7517), readable for 'user'. It "
             "is read at the start, at SIGHUP, and at most every 10 seconds when a token names a key that is not in "
             "it."},
    {.name = "oauth.claim",
     .target = &S::oauth_claim,
     .help = "The claim that is the address of the mailbox: sub, email or another one whose value users cannot choose. "
             "With email, an email_verified that is not true is refused."},
    {.name = "oauth.scope",
     .target = &S::oauth_scope,
     .help = "Words, with spaces between, all of which the claim scope must contain. Empty: it is not looked at."},
    {.name = "oauth.type",
     .target = &S::oauth_type,
     .help = "What typ in the header of a token must be: at+jwt (RFC 9068) keeps ID tokens out; many authorization "
             "servers write JWT. Empty: it is not looked at."},
    {.name = "oauth.configuration",
     .target = &S::oauth_configuration,
     .help = "URL of the OpenID configuration, told to clients whose token is refused (RFC 7628 section 3.2.2)."},
    {.name = "dns.forwarders",
     .target = &S::dns_forwarders,
     .help = "Resolvers that are asked, \"192.0.2.53\" or \"127.0.0.1@5353\". Without any the server asks the "
             "authoritative "
             "servers itself, beginning at the root."},
    {.name = "dns.trust_anchor",
     .target = &S::dns_trust_anchor,
     .help = "Zone file with the keys that DNSSEC is validated from; without it no TLSA record is believed. A file "
             "that does "
             "not exist counts as none."},
    {.name = "dns.timeout_seconds",
     .target = &S::dns_timeout_seconds,
     .help = "How long an answer is waited for.",
     .low = 1,
     .high = 300},
    {.name = "queue.here",
     .target = &S::queue_here,
     .help = "Whether this program sends what is queued. One process does on each data directory, the others hand over "
             "to it; "
             "off where another machine shall."},
    {.name = "queue.retention_hours",
     .target = &S::queue_retention_hours,
     .help = "How long mail is tried before it is returned (RFC 5321: 4 to 5 days). Backup domains have their own.",
     .low = 1,
     .high = 24 * 365},
    {.name = "queue.first_retry_seconds",
     .target = &S::queue_first_retry_seconds,
     .help = "Wait before the second attempt; doubled with each further one.",
     .low = 1,
     .high = 86'400},
    {.name = "queue.last_retry_seconds",
     .target = &S::queue_last_retry_seconds,
     .help = "The longest wait between two attempts.",
     .low = 1,
     .high = 86'400},
    {.name = "queue.delay_report_hours",
     .target = &S::queue_delay_report_hours,
     .help = "Tell the sender that mail is delayed after so many hours; 0: only who asks for it by NOTIFY=DELAY is "
             "told never.",
     .low = 0,
     .high = 24 * 30},
    {.name = "queue.connections",
     .target = &S::queue_connections,
     .help = "Connections to other hosts at the same time.",
     .low = 1,
     .high = 10'000},
    {.name = "queue.connections_per_destination",
     .target = &S::queue_connections_per_destination,
     .help = "The same to one domain.",
     .low = 1,
     .high = 1'000},
    {.name = "queue.drain_per_minute",
     .target = &S::queue_drain_per_minute,
     .help = "Messages a minute to a primary that is back, for backup domains; 0: no limit.",
     .low = 0,
     .high = 1'000'000},
    {.name = "queue.ledger_days",
     .target = &S::queue_ledger_days,
     .help = "How long the record is kept of what was accepted and how it ended (posthorn ledger check).",
     .low = 1,
     .high = 3'650},
    {.name = "outbound.next_hop",
     .target = &S::outbound_next_hop,
     .help = "A host that all mail for others goes through, instead of the MX of each domain."},
    {.name = "outbound.port",
     .target = &S::outbound_port,
     .help = "The port of outbound.next_hop.",
     .low = 1,
     .high = 65'535},
    {.name = "outbound.mx_port",
     .target = &S::outbound_mx_port,
     .help = "The port of mail hosts that are found by the DNS; another one than 25 is for tests.",
     .low = 1,
     .high = 65'535},
    {.name = "outbound.tls",
     .target = &S::outbound_tls,
     .help = "How connections to other hosts are secured: may (DANE and MTA-STS where a domain publishes them, else "
             "TLS where it "
             "is offered), encrypt (the same, and never without TLS), verify (with a certificate for the name of the "
             "host); the others are in posthorn-queue(7).",
     .check = check_tls},
    {.name = "outbound.authorities",
     .target = &S::outbound_authorities,
     .help =
         "PEM file of the authorities that certificates of other hosts are verified by; empty: those of the system."},
    {.name = "outbound.https_anywhere",
     .target = &S::outbound_https_anywhere,
     .help = "Whether MTA-STS policies are fetched from, and TLS reports posted to, hosts whose addresses are not "
             "public (this host, private networks) as well, and reports to other ports than 443; for tests."},
    {.name = "outbound.certificate",
     .target = &S::outbound_certificate,
     .help = "PEM file of our own certificate, shown to hosts that ask for one (policy mutual of a backup domain)."},
    {.name = "outbound.key", .target = &S::outbound_key, .help = "PEM file of its key."},
    {.name = "authentication.on",
     .target = &S::authentication_on,
     .help = "Whether mail that comes to an mx listener without a login is judged by SPF, DKIM, DMARC and ARC "
             "(posthorn-authentication(7))."},
    {.name = "authentication.exempt",
     .target = &S::authentication_exempt,
     .help = "Networks of clients that nothing is asked about, such as filters and partners who keep mail for us.",
     .check = check_network},
    {.name = "authentication.spare_lists",
     .target = &S::authentication_spare_lists,
     .help = "Whether a message that says it is of a mailing list, and passes SPF or DKIM for somebody, is junk where "
             "the policy of its author's domain is to refuse it."},
    {.name = "authentication.trusted_sealers",
     .target = &S::authentication_trusted_sealers,
     .help = "Domains whose ARC seal is believed when it says that DMARC passed on the way.",
     .check = check_domain},
    {.name = "authentication.seal",
     .target = &S::authentication_seal,
     .help =
         "Whether mail that an alias or a Sieve script sends on to another host gets an ARC seal that says what was "
         "found when it came."},
    {.name = "authentication.patience_seconds",
     .target = &S::authentication_patience_seconds,
     .help =
         "How long the end of a message waits for the DNS to answer what SPF and DKIM ask; then DMARC gets as long.",
     .low = 1,
     .high = 120},
    {.name = "authentication.public_suffixes",
     .target = &S::authentication_public_suffixes,
     .help = "A public suffix list, /usr/share/publicsuffix/public_suffix_list.dat, that DMARC finds organizational "
             "domains by, in place of the tree walk of RFC 9989. It is read at the start. Empty: the tree walk."},
    {.name = "signing.host_key",
     .target = &S::signing_host_key,
     .help = "The file whose key wraps the DKIM keys in the store, readable for 'user' alone; posthorn dkim makes it. "
             "Keep it apart from backups of the store. Empty: host.key in the data directory."},
    {.name = "signing.host_too",
     .target = &S::signing_host_too,
     .help = "Whether mail that is signed for its author's domain is signed by host_name as well."},
    {.name = "sieve.on",
     .target = &S::sieve_on,
     .help =
         "Whether mail is filtered by Sieve scripts (RFC 5228) when it is delivered. Off: all mail is filed, whatever "
         "scripts there are."},
    {.name = "sieve.imap_events",
     .target = &S::sieve_imap_events,
     .help = "Whether scripts run when IMAP commands add, copy or flag messages (RFC 6785), in mailboxes with the "
             "annotation /shared/imapsieve/script."},
    {.name = "sieve.event_messages",
     .target = &S::sieve_event_messages,
     .help =
         "Messages that a script runs for because of one IMAP command; those behind them are left as they are, with "
         "a line in the log.",
     .low = 1,
     .high = 1'000'000},
    {.name = "sieve.before",
     .target = &S::sieve_before,
     .help = "Files with scripts that run before those of users, for all mailboxes, in this order. A change of a file "
             "holds for the next message."},
    {.name = "sieve.after",
     .target = &S::sieve_after,
     .help = "Files with scripts that run behind those of users, while the message is still kept."},
    {.name = "sieve.domains",
     .target = &S::sieve_domains,
     .help = "A directory with scripts for the mailboxes of a domain: example.org.before.sieve and "
             "example.org.after.sieve run next to those of users. Empty: there are none."},
    {.name = "sieve.global",
     .target = &S::sieve_global,
     .help = "A directory with scripts NAME.sieve that users may include with \":global\" (RFC 6609). Empty: there are "
             "none."},
    {.name = "sieve.steps",
     .target = &S::sieve_steps,
     .help =
         "What a run may cost: commands, tests, one for each 4,096 octets that are read or compared, and 100 for each "
         "question about mailboxes, annotations and duplicates. A script that needs more stops, and the message is "
         "kept.",
     .low = 1'000,
     .high = 1'000'000'000},
    {.name = "sieve.actions",
     .target = &S::sieve_actions,
     .help = "Actions of one run (RFC 5228 section 2.10.5).",
     .low = 2,
     .high = 1'000},
    {.name = "sieve.redirects",
     .target = &S::sieve_redirects,
     .help = "Addresses that one run may send the message on to; 0: none.",
     .low = 0,
     .high = 1'000},
    {.name = "sieve.vacation_min_seconds",
     .target = &S::sieve_vacation_min_seconds,
     .help = "The least time between two automatic answers to the same sender, whatever a script says (RFC 5230, RFC "
             "6131); 0: scripts may answer every message.",
     .low = 0,
     .high = 365 * 86'400},
    {.name = "sieve.vacation_max_seconds",
     .target = &S::sieve_vacation_max_seconds,
     .help = "The longest time between two automatic answers to the same sender.",
     .low = 3'600,
     .high = 3'650ULL * 86'400},
    {.name = "sieve.scripts",
     .target = &S::sieve_scripts,
     .help = "Sieve scripts that an account may have.",
     .low = 1,
     .high = 10'000},
    {.name = "sieve.script_octets",
     .target = &S::sieve_script_octets,
     .help = "Largest Sieve script, octets.",
     .low = 1024,
     .high = 1U << 20U},
    {.name = "sieve.storage_octets",
     .target = &S::sieve_storage_octets,
     .help = "Octets of all Sieve scripts of an account together.",
     .low = 1024,
     .high = kGiB},
    {.name = "mx.greet_delay_milliseconds",
     .target = &S::mx_greet_delay_milliseconds,
     .help = "How long the greeting is held back to see who talks before it, which mail hosts do not; those are "
             "refused. 6000 "
             "is usual, 0: greet at once.",
     .low = 0,
     .high = 60'000},
    {.name = "mx.proxies",
     .target = &S::mx_proxies,
     .help = "Networks of proxies in front of the SMTP listeners; they must begin with the PROXY protocol, version 1 "
             "or 2.",
     .check = check_network},
    {.name = "mx.xclient",
     .target = &S::mx_xclient,
     .help = "Networks of hosts that may say by XCLIENT in whose name they talk.",
     .check = check_network},
    {.name = "mx.lists",
     .target = &S::mx_lists,
     .help = "DNS lists of clients with the weight of each, \"zen.example.org=127.0.0.[2..11]*3\"; negative weights "
             "are for "
             "lists of good ones. A list that fails its test is left out.",
     .check = check_list},
    {.name = "mx.reject_score",
     .target = &S::mx_reject_score,
     .help = "Refuse a client with this score or more.",
     .low = 1,
     .high = 1'000},
    {.name = "mx.defer_score",
     .target = &S::mx_defer_score,
     .help = "Let a client with this score or more come again (greylisting).",
     .low = 1,
     .high = 1'000},
    {.name = "mx.check_dns",
     .target = &S::mx_check_dns,
     .help = "Look up the client's name, what it calls itself, and the domain of the sender; refuse senders that "
             "cannot get an answer."},
    {.name = "mx.greylist",
     .target = &S::mx_greylist,
     .help = "Let every unknown client come again, not only suspicious ones."},
    {.name = "password.scram",
     .target = &S::scram,
     .help =
         "Keep SCRAM-SHA-256 keys beside the Argon2id hash of new passwords; without them only PLAIN and LOGIN work."},
    {.name = "password.channel_binding",
     .target = &S::channel_binding,
     .help =
         "Offer SCRAM-SHA-256-PLUS too, which ties a login to its TLS 1.3 connection. Off, because clients built on "
         "GNU SASL (neomutt) choose it first, cannot do it, and give up."},
    {.name = "password.scram_iterations",
     .target = &S::scram_iterations,
     .help = "PBKDF2 iterations of new SCRAM keys (RFC 7677: at least 4096).",
     .low = 4096,
     .high = 10'000'000},
    {.name = "password.scram_opens_sealed",
     .target = &S::scram_opens_sealed,
     .help = "Let SCRAM-SHA-256 logins open sealed mailboxes. Off, because PBKDF2 can be guessed more cheaply from a "
             "stolen "
             "disk than Argon2id: then sealed mailboxes keep no SCRAM keys and log in with PLAIN or LOGIN over TLS. "
             "On, SCRAM "
             "keys of all mailboxes are made with 600,000 iterations at least."},
    {.name = "password.remember_seconds",
     .target = &S::remember_seconds,
     .help =
         "How long a password that was right is recognised without hashing it, for webmails that log in all the time; "
         "0: never. Keys of sealed mailboxes stay in memory for so long after the last session.",
     .low = 0,
     .high = 3600},
    {.name = "password.argon2_passes",
     .target = &S::argon2_passes,
     .help = "Argon2id passes of new passwords.",
     .low = 1,
     .high = 100},
    {.name = "password.argon2_octets",
     .target = &S::argon2_octets,
     .help = "Argon2id memory of new passwords, octets.",
     .low = 8192,
     .high = 4 * kGiB},
    {.name = "password.parallel",
     .target = &S::parallel_hashings,
     .help = "Passwords that are hashed at the same time; each takes password.argon2_octets of memory.",
     .low = 1,
     .high = 256},
    {.name = "sealing.pad_sizes",
     .target = &S::pad_sizes,
     .help =
         "Round the stored size of sealed messages up to a size class: at most 12 % more room, and sizes tell less."},
    {.name = "imap.shared_prefix",
     .target = &S::shared_prefix,
     .help = "The name below which users see what other users share with them; it starts with #. Empty: not at all."},
    {.name = "imap.public_namespaces",
     .target = &S::public_namespaces,
     .help = "The public namespaces that are shown, by name; none: all that posthorn public has created."},
    {.name = "imap.shared_seen",
     .target = &S::shared_seen,
     .help = "Whether everybody keeps his own seen state in mailboxes that are shared, or all have one.",
     .choices = "private shared"},
    {.name = "imap.message_limit",
     .target = &S::imap_message_limit,
     .help = "Messages that one IMAP command works on; the client is told how to go on (RFC 9738: at least 1,000). "
             "The highest value: any number.",
     .low = 1'000,
     .high = S::kAnyNumber},
    {.name = "imap.identity",
     .target = &S::identity,
     .help = "The name that IMAP clients are told when they ask with ID (RFC 2971). Empty: nothing."},
    {.name = "reports.dmarc",
     .target = &S::reports_dmarc,
     .help = "Whether domains that ask for it in their DMARC record are sent an aggregate report each day: which hosts "
             "sent mail in their name, and whether it passed (RFC 9990)."},
    {.name = "reports.failure",
     .target = &S::reports_failure,
     .help =
         "Whether domains that ask for it in their DMARC record (ruf) are told of single messages that failed, with "
         "the header of each, which names who was written to and about what (RFC 9991)."},
    {.name = "reports.failures_per_day",
     .target = &S::reports_failures_per_day,
     .help = "Failure reports that one domain gets on a day at most; all domains together get 1,000.",
     .low = 1,
     .high = 1'000},
    {.name = "reports.tls",
     .target = &S::reports_tls,
     .help = "Whether domains that ask for it (_smtp._tls) are sent a report each day on the TLS of connections to "
             "their hosts (RFC 8460)."},
    {.name = "reports.from",
     .target = &S::reports_from,
     .help = "The address that reports come from. Its domain must sign with DKIM, and its mail must pass DMARC, or "
             "nobody takes the reports. Empty: reports@ and the host name."},
    {.name = "reports.contact",
     .target = &S::reports_contact,
     .help = "The address in reports for those who have questions. Empty: reports.from."},
    {.name = "limits.on",
     .target = &S::limits_on,
     .help = "Whether what logins send is counted and limited (accepted recipients, over windows)."},
    {.name = "limits.automation",
     .target = &S::limit_automation,
     .help =
         "What is done about mail of a login that looks as if a machine had sent it (bulk headers, the same text to "
         "many, a steady pace): it is taken, and the log tells of it; \"hold\" lets what of it goes to other hosts "
         "rest until posthorn queue release, \"freeze\" all of the account until posthorn queue thaw.",
     .choices = "tell hold freeze"},
    {.name = "limits.messages_per_day",
     .target = &S::limit_messages_per_day,
     .help = "Messages of one mailbox in 24 hours; 0: no limit.",
     .low = 0,
     .high = 10'000'000},
    {.name = "limits.recipients_per_hour",
     .target = &S::limit_recipients_per_hour,
     .help = "Recipients of one mailbox in an hour; 0: no limit.",
     .low = 0,
     .high = 10'000'000},
    {.name = "limits.first_time_per_day",
     .target = &S::limit_first_time_per_day,
     .help = "Recipients in 24 hours that the mailbox has never written to before; 0: no limit.",
     .low = 0,
     .high = 10'000'000},
    {.name = "limits.domain_messages_per_day",
     .target = &S::limit_domain_messages_per_day,
     .help = "Messages of all mailboxes of a domain in 24 hours; 0: no limit.",
     .low = 0,
     .high = 100'000'000},
    {.name = "limits.domain_recipients_per_hour",
     .target = &S::limit_domain_recipients_per_hour,
     .help = "Recipients of all mailboxes of a domain in an hour; 0: no limit.",
     .low = 0,
     .high = 100'000'000},
    {.name = "limits.message_octets",
     .target = &S::message_octets,
     .help = "Largest message, octets (RFC 5321 section 4.5.3.1.7: at least 64 KiB).",
     .low = 65536,
     .high = 4 * kGiB},
    {.name = "limits.recipients",
     .target = &S::recipients,
     .help = "Recipients of one message (RFC 5321 section 4.5.3.1.8: at least 100).",
     .low = 100,
     .high = 100'000},
    {.name = "limits.received_fields",
     .target = &S::received_fields,
     .help = "Received fields at which a message counts as looping (RFC 5321 section 6.3).",
     .low = 30,
     .high = 1000},
    {.name = "limits.connections",
     .target = &S::connections,
     .help = "Open connections of one listener.",
     .low = 1,
     .high = 1'000'000},
    {.name = "limits.connections_per_source",
     .target = &S::connections_per_source,
     .help = "Open connections of one client address to one listener.",
     .low = 1,
     .high = 1'000'000},
    {.name = "limits.smtp_idle_seconds",
     .target = &S::command_seconds,
     .help = "How long SMTP waits for a command (RFC 5321 section 4.5.3.2.7: 300).",
     .low = 10,
     .high = 86'400},
    {.name = "limits.imap_idle_seconds",
     .target = &S::imap_idle_seconds,
     .help = "How long IMAP waits for a command (RFC 3501 section 5.4: at least 1800).",
     .low = 60,
     .high = 86'400},
    {.name = "limits.pop3_idle_seconds",
     .target = &S::pop3_idle_seconds,
     .help = "How long POP3 waits for a command (RFC 1939 section 3: at least 600).",
     .low = 60,
     .high = 86'400},
    {.name = "limits.managesieve_idle_seconds",
     .target = &S::managesieve_idle_seconds,
     .help = "How long ManageSieve waits for a command after the login (RFC 5804: at least 1800).",
     .low = 60,
     .high = 86'400},
    {.name = "limits.login_failures",
     .target = &S::login_failures,
     .help = "Failed logins of one account or one client address in 15 minutes before further ones are refused unseen.",
     .low = 1,
     .high = 100'000},
    {.name = "limits.login_delay_milliseconds",
     .target = &S::login_delay_milliseconds,
     .help = "How long the first failed login is held back; doubles with each further one.",
     .low = 0,
     .high = 60'000},
};

using C = CertificateSettings;
constexpr ConfigKey<CertificateSettings> kCertificate[] = {
    {.name = "certificate",
     .target = &C::certificate,
     .help = "PEM file: the certificate, then its chain.",
     .required = true},
    {.name = "key", .target = &C::key, .help = "PEM file: the private key.", .required = true},
    {.name = "names",
     .target = &C::names,
     .help = "Server names (SNI) that get this certificate; *.example.org is allowed. Without names: all that no other "
             "table names."},
};

using L = ListenerSettings;
constexpr ConfigKey<ListenerSettings> kListener[] = {
    {.name = "role",
     .target = &L::role,
     .help = "What is served there.",
     .choices = "mx submission lmtp imap pop3 managesieve",
     .required = true},
    {.name = "address", .target = &L::address, .help = "The address to bind; * is all, of both families."},
    {.name = "port",
     .target = &L::port,
     .help = "The port; 0 is any free one.",
     .low = 0,
     .high = 65535,
     .required = true},
    {.name = "tls",
     .target = &L::tls,
     .help = "TLS from the first octet, by command, or not at all.",
     .choices = "implicit starttls none"},
    {.name = "clear_login",
     .target = &L::clear_login,
     .help = "Accept passwords without TLS. Anybody on the way can read them."},
};

}  // namespace

std::span<const ConfigKey<Settings>> settings_keys() { return kSettings; }
std::span<const ConfigKey<CertificateSettings>> certificate_keys() { return kCertificate; }
std::span<const ConfigKey<ListenerSettings>> listener_keys() { return kListener; }

}  // namespace posthorn::servers
