// Who exists: domains, mailboxes with passwords, aliases, catch-all, subaddresses, alias domains (features F1 to F5);
// redirections to other hosts (F6, F7), and domains kept for another server (F52).
//
// Lives in the store's directory partition, so all processes on one data directory see the same. Safe to call from many
// threads; every call may block.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/sasl/mechanism.h"
#include "posthorn/service/directory/backup.h"
#include "posthorn/service/store/store.h"

namespace posthorn::vault {
class OpenKeys;
}

namespace posthorn::directory {

using store::AccountId;

/// A mailbox that can log in and receive.
struct Account {
  AccountId id;
  std::string address;  ///< normal form: lower case, domain as A-labels
  bool active = true;
  std::uint64_t quota_octets = 0;  ///< 0: no limit
  std::uint32_t quota_messages = 0;
};

/// How far mail to a domain is treated as the DMARC policy of its author's domain asks (RFC 9989 section 5.4): at most
/// so.
enum class Enforcement : std::uint8_t { none, quarantine, reject };

struct Domain {
  std::string name;      ///< A-labels, lower case
  std::string alias_of;  ///< not empty: every address here is that address there (F5)
  bool active = true;
  char separator = '+';  ///< of subaddresses; NUL: none
  Enforcement enforcement = Enforcement::reject;
  Backup backup;  ///< on: the mail of the domain goes on to another server
};

struct Alias {
  std::string address;  ///< "@domain" is the catch-all
  /// Local addresses, any depth up to kMaxAliasDepth, or addresses of other hosts: redirections (F6). With the address
  /// itself among them its mailbox keeps a copy (F7).
  std::vector<std::string> targets;
};

/// Longest chain of aliases that resolve() follows (F3).
inline constexpr int kMaxAliasDepth = 20;

/// Where a mail for one address goes.
struct Resolution {
  struct Target {
    Account account;
    std::string detail;  ///< "work" of user+work@..., or empty
  };
  std::vector<Target> targets;  ///< each account once
  /// Addresses on other hosts that aliases lead to, each once: the local part as it was given to the alias, the domain
  /// in A-labels. Those in backup domains of ours are among them.
  std::vector<std::string> remote;
  /// The address is one of a backup domain: it goes to the primary as it is, and there are no other targets.
  bool relayed = false;
  /// Whom a primary has to know (RecipientCheck::call_ahead).
  struct CallAhead {
    std::string address;                             ///< one of `remote`; empty: the one that was asked for
    WhenUnknown when_unknown = WhenUnknown::accept;  ///< what holds while the primary is silent
  };
  std::vector<CallAhead> call_ahead{};
  Enforcement enforcement = Enforcement::reject;  ///< of the domain of the address
};

struct Options {
  /// Argon2id cost of new passwords; tests use the library's minimum.
  std::uint64_t argon2_operations = 2;
  std::size_t argon2_octets = 64U << 20U;
  /// PBKDF2 iterations of SCRAM keys (RFC 7677 section 4 demands 4096 at least).
  std::uint32_t scram_iterations = 4096;
  /// Keep SCRAM keys beside the Argon2id hash; without them only PLAIN and LOGIN work.
  bool scram = true;
  /// Let a SCRAM login open a sealed mailbox. SCRAM keys are then made with kSealedScramIterations at least; without it
  /// mailboxes that were ever sealed keep none, because PBKDF2 is cheaper to guess from a stolen disk than Argon2id.
  bool scram_opens_sealed = false;
  /// Password hashings at the same time; each holds argon2_octets.
  int parallel_hashings = 2;
  /// How long a password that was right is recognised without hashing it, for clients that log in all the time; 0:
  /// never. Keys of sealed mailboxes stay in memory for so long after the last session. Needs `clock`.
  Duration remember_logins{};
  /// For remember_logins and the times in the audit. @lifetime outlives the directory
  const Clock* clock = nullptr;
  /// Who changes things here, for the audit.
  std::string actor = "server";
};

/// Fewest iterations of SCRAM keys that open a sealed mailbox.
inline constexpr std::uint32_t kSealedScramIterations = 600'000;

/// A login that was right.
struct Admission {
  std::string login;                            ///< the address to act as
  std::shared_ptr<const vault::OpenKeys> keys;  ///< what the credential opened; null: nothing
  bool locked = false;      ///< something may be sealed to the present key, and this credential does not open it
  bool old_locked = false;  ///< there are keys from before a reset that nobody has opened since
};

class Sealing;
class Sharing;

class Directory : public sasl::Verifier {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Directory>> open(store::Store& store, Random& random, Options options);
  ~Directory() override = default;

  /// Judges a password (or the app password of a program) and opens what it opens. @errors as sasl::Verifier
  [[nodiscard]] virtual Result<Admission> log_in(View authorize, View login, const Secret& password) = 0;
  /// The same after a SCRAM proof.
  [[nodiscard]] virtual Result<Admission> admit(View authorize, View login, const Secret& client_key) = 0;
  /// Lets in somebody whom another than the directory has recognised, by a token or a certificate: opens nothing.
  /// @param authorize  whom to act as: the same mailbox, or empty
  [[nodiscard]] virtual Result<Admission> recognise(View authorize, View login) = 0;
  Result<std::string> check_password(View authorize, View login, const Secret& password) final {
    return map(log_in(authorize, login, password), [](Admission a) { return std::move(a.login); });
  }
  Result<std::string> authorize(View authorize, View login, const Secret& client_key) final {
    return map(admit(authorize, login, client_key), [](Admission a) { return std::move(a.login); });
  }
  /// Lets go of remembered logins that are too old, and of their keys. Call it every few seconds.
  virtual void sweep() = 0;
  /// Keys and settings of sealed mailboxes. @lifetime that of the directory
  [[nodiscard]] virtual Sealing& sealing() = 0;

  /// Groups, public namespaces, who shares with whom; null: there is nothing of this. @lifetime that of the directory
  [[nodiscard]] virtual Sharing* sharing() { return nullptr; }

  /// Settings and recipients of backup domains; null: there are none. @lifetime that of the directory
  [[nodiscard]] virtual Backups* backups() { return nullptr; }

  /// Says of a backup domain whether it takes mail, and asks its list of recipients where it has one; it asks nobody
  /// else.
  /// @errors not_found (no such mailbox: 550 5.1.1), denied (domain or mailbox switched off), unsupported (not our
  /// domain: relaying), syntax
  [[nodiscard]] virtual Result<Resolution> resolve(View address) = 0;
  [[nodiscard]] virtual Result<bool> is_local_domain(View domain) = 0;
  [[nodiscard]] virtual Result<Account> account(View address) = 0;
  [[nodiscard]] virtual Result<Account> account(AccountId id) = 0;

  /// @errors exists, syntax, unsupported (a domain of which two things are said that do not go together)
  virtual Result<void> add_domain(const Domain& domain) = 0;
  virtual Result<void> set_enforcement(View domain, Enforcement enforcement) = 0;  ///< @errors not_found
  virtual Result<void> remove_domain(View name) = 0;           ///< @errors conflict while it holds mailboxes or aliases
  [[nodiscard]] virtual Result<Domain> domain(View name) = 0;  ///< @errors not_found, syntax
  [[nodiscard]] virtual Result<std::vector<Domain>> domains() = 0;
  virtual Result<Account> add_mailbox(View address, const Secret& password) = 0;
  /// Removes the login and all mail of it.
  virtual Result<void> remove_mailbox(View address) = 0;
  /// As Sealing::reset_password() without giving up what is sealed. @errors conflict
  virtual Result<void> set_password(View address, const Secret& password) = 0;
  virtual Result<void> set_active(View address, bool active) = 0;
  virtual Result<void> set_quota(View address, std::uint64_t octets, std::uint32_t messages) = 0;
  [[nodiscard]] virtual Result<std::vector<Account>> mailboxes(View domain) = 0;  ///< empty domain: all
  virtual Result<void> add_alias(const Alias& alias) = 0;                         ///< @errors exists
  virtual Result<void> remove_alias(View address) = 0;
  [[nodiscard]] virtual Result<std::vector<Alias>> aliases(View domain) = 0;
};

}  // namespace posthorn::directory
