// What the DNS and its own words say of a client of the MX (features F52): name in EHLO, reverse DNS, domain of the
// sender. A score, and where the answer is plain a refusal.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/ip_address.h"
#include "posthorn/protocol/dns/evaluation.h"

namespace posthorn::admission {

/// A reply of SMTP as its parts; nothing in it comes from the client.
struct Refusal {
  std::uint16_t code = 550;
  std::string status;  ///< RFC 3463: "5.7.1"
  std::string text;
  bool operator==(const Refusal&) const = default;
};

/// What a client says, and who we are.
struct Client {
  IpAddress address;
  std::string helo;                    ///< as it was said
  std::string sender_domain;           ///< of MAIL FROM; empty: the null sender
  std::vector<std::string> own_names;  ///< host names and domains of this server
  std::vector<IpAddress> own_addresses;
};

enum class Helo : std::uint8_t {
  name,           ///< a fully qualified domain name
  literal,        ///< the address of the client
  other_literal,  ///< an address that is not the client's: behind NAT, or wrong
  malformed,      ///< neither (RFC 5321 section 4.1.1.1)
  ours,           ///< our own name or address, and the client is not us
};
[[nodiscard]] Helo classify_helo(const Client& client);

/// What the DNS knows of a name. `unknown` also while nobody has answered.
enum class Existence : std::uint8_t { unknown, exists, absent };
/// What protocol/iprev says; unknown also while it is not at its end.
enum class Reverse : std::uint8_t { unknown, none, unconfirmed, confirmed };
enum class SenderDomain : std::uint8_t { unknown, exists, absent, null_mx };  ///< RFC 5321 section 5.1, RFC 7505

struct ClientFacts {
  Helo helo = Helo::malformed;
  Existence helo_name = Existence::unknown;
  Reverse reverse = Reverse::unknown;
  SenderDomain sender = SenderDomain::unknown;
  bool null_sender = false;
  bool sender_failed = false;  ///< the DNS did not answer for the domain of the sender
};

/// What each fact adds to the score.
struct ClientWeights {
  int other_literal = 2;
  int literal = 1;  ///< right, but no mail server needs one
  int helo_absent = 2;
  int no_reverse = 2;
  int unconfirmed_reverse = 1;
};

struct ClientVerdict {
  int score = 0;
  std::vector<std::string> reasons;  ///< "helo-absent", "no-ptr"...: for log and trace
  std::optional<Refusal> refusal;
  ClientFacts facts;
};

/// Pure. An answer that the DNS did not give is neutral, but for the domain of the sender: without it a bounce cannot
/// go back, so the mail is to come again (451 4.4.3).
[[nodiscard]] ClientVerdict judge_client(const ClientFacts& facts, const ClientWeights& weights = {});

/// Most names of PTR records that are looked at (RFC 8601 section 3 asks for a limit).
inline constexpr std::size_t kMaxReverseNames = 5;

/// Asks what judge_client() needs; a client that is refused by its words alone is asked nothing about.
[[nodiscard]] std::unique_ptr<dns::Evaluation<ClientVerdict>> evaluate_client(Client client,
                                                                              ClientWeights weights = {});

}  // namespace posthorn::admission
