#include "shared/config_rows.h"

namespace posthorn::servers {

namespace {

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
             "in it. Empty: nobody is let in so."},
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
     .choices = "mx submission lmtp imap pop3",
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
