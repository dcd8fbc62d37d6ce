// Validates the chain of a message (RFC 8617 section 5.2).
//
//     arc::Validator validator;
//     while (...) validator.append(octets);
//     validator.finish(now);
//     while (!validator.wanted().empty()) validator.answer(0, ask(validator.wanted()[0]));
//     use(validator.verdict());
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/arc/verdict.h"
#include "posthorn/protocol/dkim/body_hash.h"
#include "posthorn/protocol/dkim/header_buffer.h"
#include "posthorn/protocol/dkim/key_record.h"
#include "posthorn/protocol/dkim/signature.h"
#include "posthorn/protocol/dns/evaluation.h"

namespace posthorn::arc {

/// The longest chain (RFC 8617 section 4.2.1); each set asks twice at most.
inline constexpr unsigned kMaxSets = 50;

struct Limits {
  std::size_t header_octets = std::size_t{1} << 20U;  ///< a longer header is not validated: fail
  dkim::KeyLimits keys;
};

struct ValidatorOptions {
  Limits limits;
  bool trace = false;  ///< Verdict::steps are wanted
};

/// One message. The body is not kept. A chain that cannot pass asks for no key.
class Validator : public dns::Evaluation<Verdict> {
 public:
  explicit Validator(ValidatorOptions options = {});
  ~Validator() override;
  Validator(const Validator&) = delete;
  Validator& operator=(const Validator&) = delete;

  /// What comes next of the message: header, empty line and body, lines ended by CRLF. Any chunking gives the same.
  void append(View octets);
  /// The message is over. From now on wanted() and verdict() count.
  void finish(WallTime now);

  [[nodiscard]] std::span<const dns::Question> wanted() const override { return wanted_; }
  void answer(std::size_t index, const dns::Answer& answer) override;
  [[nodiscard]] const Verdict& verdict() const override { return verdict_; }

 private:
  struct Parts;
  /// A signature that may be good.
  struct Candidate {
    const dkim::Signature* signature;
    std::string digest;
    dkim::Reason* reason;  // in verdict_
    dns::Question question;
  };

  void begin_body();
  void digest_messages(WallTime now);
  void digest_seals();
  void ask(const dkim::Signature& signature, std::string digest, dkim::Reason& reason);
  void conclude();
  void fail(View why);
  void step(std::string sentence);

  const ValidatorOptions options_;
  dkim::HeaderBuffer header_;
  dkim::BodyHashes bodies_;
  std::unique_ptr<Parts> parts_;  // the header's fields and the chain in it, once they are there
  std::vector<Candidate> candidates_;
  std::vector<dns::Question> wanted_;
  bool decided_ = false;
  Verdict verdict_;
};

}  // namespace posthorn::arc
