// Judges logins: the SASL side of the directory. An unknown login costs and looks like a wrong password.
#pragma once

#include <optional>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/protocol/sasl/mechanism.h"
#include "posthorn/service/directory/directory.h"

#include "service/directory/credential_cache.h"
#include "service/directory/credentials.h"
#include "service/directory/lookup.h"
#include "service/directory/vaults.h"

namespace posthorn::directory {

/// Safe to call from many threads after prepare(). An address of an alias domain logs in as the one it stands for.
class Logins {
 public:
  /// @lifetime all but `random` outlive this object
  Logins(store::Partition& rows, Credentials& credentials, Vaults& vaults, Random& random, const Options& options)
      : rows_(rows),
        credentials_(credentials),
        vaults_(vaults),
        options_(options),
        cache_(random, options.clock, options.remember_logins) {}

  /// Reads the seed, and makes the decoy hash again when the cost of new passwords has changed.
  Result<void> prepare();

  Result<Admission> log_in(View authorize, View login, const Secret& password);
  Result<sasl::ScramKeys> scram_keys(View login);
  Result<Admission> admit(View authorize, View login, const Secret& client_key);
  Result<Admission> recognise(View authorize, View login);
  /// Lets go of remembered logins that are too old.
  void sweep() { cache_.sweep(); }

 private:
  struct Login {
    mail::Mailbox address;
    Found<rows::MailboxRow> found;
    bool active;  ///< mailbox and domain
  };
  Result<std::optional<Login>> find_login(View login) const;
  Result<std::string> act_as(View authorize, const Login& login) const;
  static Admission admission(const Login& login, const Result<Keyring>& ring,
                             std::shared_ptr<const vault::OpenKeys> keys);
  std::optional<Admission> try_app_passwords(const Login& login, const Secret& password) const;

  store::Partition& rows_;
  Credentials& credentials_;
  Vaults& vaults_;
  const Options& options_;
  CredentialCache cache_;
  Secret seed_;
  std::string decoy_;
};

}  // namespace posthorn::directory
