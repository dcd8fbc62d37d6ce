// The resolver of servers: libunbound, which validates DNSSEC itself, behind the port dns::Resolver.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/dns/resolver.h"

namespace posthorn::io {

/// What an operator may want to know.
enum class DnsNotice : std::uint8_t {
  bogus,     ///< signatures are wrong or missing: the detail says why; the answer was unavailable
  overflow,  ///< more questions wait than may: the answer was unavailable
  broken,    ///< the resolver has ended: all answers are unavailable from now on
};
/// Called on the client's own thread, for overflow on the one that asks; must not throw.
using DnsNotify = std::function<void(DnsNotice what, const dns::Question& question, View detail)>;

/// Servers are written "192.0.2.53" or "127.0.0.1@5353". Loopback servers are asked only where they are named here.
struct DnsOptions {
  /// Questions go to these resolvers. Without any, and without resolv_conf, the client asks authoritative servers
  /// itself, beginning at the root.
  std::vector<std::string> forwarders;
  /// A file whose "nameserver" lines are forwarders too (port 53), as "/etc/resolv.conf"; empty: none.
  std::string resolv_conf;
  struct Stub {
    std::string zone;    ///< asked of `server`, as is what lies below it
    std::string server;  ///< an authoritative one
  };
  std::vector<Stub> stubs;
  /// DS or DNSKEY records in text, one each. Without these and the file nothing is ever authenticated.
  std::vector<std::string> trust_anchors;
  /// A zone file with DS or DNSKEY records, as "/usr/share/dns/root.key"; empty: none.
  std::string trust_anchor_file;
  /// Zones that libunbound would answer itself as special (RFC 6761, RFC 6303: "test", "10.in-addr.arpa"), and that
  /// are to be asked like others.
  std::vector<std::string> ordinary_zones;
  /// From resolve() to the answer; then it is timed_out. 100 ms to 5 min.
  std::chrono::milliseconds timeout = std::chrono::seconds(20);
  std::size_t max_in_flight = 512;      ///< questions that libunbound works on; others wait. 1 to 4096
  std::size_t max_waiting = 65'536;     ///< that wait at most; more are unavailable at once
  std::size_t cache_octets = 32 << 20;  ///< two thirds for records, one for messages. At least 64 KiB
  DnsNotify notify;
};

/// Asks the DNS on a thread of its own (and one of libunbound), with a cache. Safe to use from many threads.
///
/// Answers are given on the client's thread: what they start must not block. An answer is `authenticated` when it
/// validates from a trust anchor to the last alias. One whose signatures are wrong is unavailable and noticed. An alias
/// loop is unavailable.
class DnsClient : public dns::Resolver {
  struct Parts;
  struct Key {};  // open() alone has it

 public:
  /// @errors misuse (an option that libunbound or the limits refuse; the note says which), unavailable (no thread,
  ///         memory or descriptor; resolv_conf cannot be read)
  [[nodiscard]] static Result<std::unique_ptr<DnsClient>> open(DnsOptions options);
  DnsClient(Key, std::unique_ptr<Parts> parts);
  /// Questions without an answer are answered: unavailable. Must not be called from an answer.
  ~DnsClient() override;
  DnsClient(const DnsClient&) = delete;
  DnsClient& operator=(const DnsClient&) = delete;

  /// `done` is called on the client's thread; on the caller's when the question cannot be asked at all: a name that
  /// cannot be written (grammar/dns/name.h) does not exist.
  void resolve(dns::Question question, Done done) override;

  /// Questions that have no answer yet.
  [[nodiscard]] std::size_t pending() const;

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace posthorn::io
