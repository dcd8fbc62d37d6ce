// Who really sent a message: SPF, DKIM, ARC, DMARC and the name of the client, in one evaluation.
//
//     authentication::MessageCheck check(client, now, {});
//     check.append(octets);             // the message as it came, in pieces
//     check.finish(now);
//     while (!check.wanted().empty())   // there may be questions from the beginning on: those about the client
//       check.answer(0, ask(check.wanted()[0]));
//     check.verdict();
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/grammar/ip_address.h"
#include "posthorn/protocol/arc/verdict.h"
#include "posthorn/protocol/dkim/verdict.h"
#include "posthorn/protocol/dmarc/evaluation.h"
#include "posthorn/protocol/dns/evaluation.h"
#include "posthorn/protocol/iprev/iprev.h"
#include "posthorn/protocol/spf/verdict.h"

namespace posthorn::authentication {

/// Where a message came from.
struct Client {
  std::optional<IpAddress> address;  ///< nullopt: not known, and neither SPF nor its name are looked at
  std::string hello;                 ///< what it said in HELO or EHLO
  std::string sender;                ///< reverse-path without <>; empty: the null sender
  std::string host_name;             ///< of the host that received it, which speaks in Authentication-Results
};

struct Options {
  bool names = true;  ///< looks for the name of the client (iprev)
  bool arc = true;    ///< validates the chain of the message
  /// For DMARC instead of the tree walk; null: none. @lifetime outlives the evaluation
  const dmarc::PublicSuffixes* suffixes = nullptr;
  bool explain = false;              ///< fills the `steps` of the verdicts
  std::size_t header = 256U << 10U;  ///< octets of the header in which From is looked for
};

struct Results {
  std::optional<iprev::Verdict> iprev;
  std::optional<spf::Verdict> spf;
  dkim::Verdict dkim;
  std::optional<arc::Verdict> arc;
  dmarc::Verdict dmarc;
};

class MessageCheck final : public dns::Evaluation<Results> {
 public:
  MessageCheck(const Client& client, WallTime now, const Options& options);
  ~MessageCheck() override;
  MessageCheck(const MessageCheck&) = delete;
  MessageCheck& operator=(const MessageCheck&) = delete;

  /// The next octets of the message as it came, without the trace fields of the host that received it.
  void append(View octets);
  /// The message is whole.
  void finish(WallTime now);
  /// After finish(): what DMARC stands on and is still open counts as a DNS that does not answer (RFC 7208 section
  /// 4.6.4), so that DMARC begins. Only what DMARC asks is wanted then.
  void give_up();
  /// Its header, as far as Options::header. @lifetime that of the object
  [[nodiscard]] View header() const;

  [[nodiscard]] std::span<const dns::Question> wanted() const override;
  void answer(std::size_t index, const dns::Answer& answer) override;
  /// As far as it is known.
  [[nodiscard]] const Results& verdict() const override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// The Authentication-Results field of the host that received the message, with its line end (RFC 8601).
[[nodiscard]] std::string format_results(const Results& results, const Client& client);

}  // namespace posthorn::authentication
