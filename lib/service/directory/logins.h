// Judges logins: the SASL side of the directory. An unknown login costs and looks like a wrong password.
#pragma once

#include <optional>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/protocol/sasl/mechanism.h"
#include "posthorn/service/directory/directory.h"

#include "service/directory/credentials.h"
#include "service/directory/lookup.h"

namespace posthorn::directory {

/// Safe to call from many threads after prepare(). An address of an alias domain logs in as the one it stands for.
class Logins : public sasl::Verifier {
 public:
  /// @lifetime `rows` and `credentials` outlive this object
  Logins(store::Partition& rows, Credentials& credentials, const Options& options)
      : rows_(rows), credentials_(credentials), options_(options) {}

  /// Reads the seed, and makes the decoy hash again when the cost of new passwords has changed.
  Result<void> prepare();

  Result<std::string> check_password(View authorize, View login, const Secret& password) override;
  Result<sasl::ScramKeys> scram_keys(View login) override;
  Result<std::string> authorize(View authorize, View login) override;

 private:
  struct Login {
    mail::Mailbox address;
    Found<rows::MailboxRow> found;
    bool active;  ///< mailbox and domain
  };
  Result<std::optional<Login>> find_login(View login) const;
  Result<std::string> act_as(View authorize, const Login& login) const;
  void renew_hash(const Login& login, const Secret& password);

  store::Partition& rows_;
  Credentials& credentials_;
  Options options_;
  Secret seed_;
  std::string decoy_;
};

}  // namespace posthorn::directory
