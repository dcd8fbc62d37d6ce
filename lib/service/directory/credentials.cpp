#include "service/directory/credentials.h"

#include <algorithm>
#include <span>

#include "posthorn/bytes/crypto/password.h"
#include "posthorn/protocol/sasl/prepare.h"
#include "posthorn/protocol/sasl/scram_keys.h"

namespace posthorn::directory {

namespace {

class Turn {
 public:
  explicit Turn(std::counting_semaphore<>& turns) : turns_(turns) { turns_.acquire(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { turns_.release(); }

 private:
  std::counting_semaphore<>& turns_;
};

std::string random_octets(Random& random, std::size_t count) {
  std::string octets(count, '\0');
  random.fill(std::as_writable_bytes(std::span(octets)));
  return octets;
}

}  // namespace

Credentials::Credentials(Random& random, const Options& options)
    : random_(random), options_(options), turns_(std::max(1, options.parallel_hashings)) {}

Result<void> Credentials::set(rows::MailboxRow& row, const Secret& password) {
  auto text = sasl::prepare(password.reveal());
  if (!text) return fail(text.error());
  const Secret prepared(std::move(*text));
  const Turn turn(turns_);
  auto hash = crypto::hash_password(prepared, {options_.argon2_operations, options_.argon2_octets});
  if (!hash) return fail(hash.error());
  row.password = std::move(*hash);
  row.scram.reset();
  if (options_.scram) {
    const std::uint32_t iterations = std::max(options_.scram_iterations, sasl::kMinIterations);
    row.scram = sasl::make_scram_keys(prepared, random_octets(random_, 16), iterations);
  }
  return {};
}

bool Credentials::verify(const rows::MailboxRow* row, View decoy, const Secret& password) {
  auto text = sasl::prepare(password.reveal());
  const bool possible = text.has_value();
  const Secret prepared(possible ? std::move(*text) : std::string());
  const Turn turn(turns_);
  const bool matches = crypto::verify_password(row != nullptr ? View(row->password) : decoy, prepared);
  return matches && possible && row != nullptr;
}

Result<std::string> Credentials::make_decoy() {
  const Turn turn(turns_);
  return crypto::hash_password(Secret(random_octets(random_, 32)),
                               {options_.argon2_operations, options_.argon2_octets});
}

bool Credentials::is_outdated(View hash) const {
  return crypto::needs_rehash(hash, {options_.argon2_operations, options_.argon2_octets});
}

}  // namespace posthorn::directory
