// check_host() of SPF (RFC 7208 section 4) as an evaluation: questions out, answers in, a verdict at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/grammar/ip_address.h"
#include "posthorn/protocol/dns/evaluation.h"
#include "posthorn/protocol/iprev/iprev.h"
#include "posthorn/protocol/spf/limits.h"
#include "posthorn/protocol/spf/record.h"
#include "posthorn/protocol/spf/verdict.h"

namespace posthorn::spf {

/// Who sends, and who asks.
struct Request {
  IpAddress client;
  std::string helo;       ///< what the client called itself in EHLO
  std::string mail_from;  ///< without "<>"; empty: postmaster at `helo` is checked (RFC 7208 section 2.4)
  std::string receiver;   ///< the name of this host, for the macro r
  WallTime now;           ///< for the macro t
};

struct Options {
  Limits limits;
  bool steps = false;  ///< whether Verdict::steps is written
};

/// Asks for one thing after the other, as the record has them, but for the hosts of one mx, and the names of a client,
/// at the same time; the order of those answers makes no difference.
class Evaluation final : public dns::Evaluation<Verdict> {
 public:
  explicit Evaluation(Request request, Options options = {});

  Evaluation(const Evaluation&) = delete;  // its records borrow from it
  Evaluation& operator=(const Evaluation&) = delete;

  [[nodiscard]] std::span<const dns::Question> wanted() const override {
    return reverse_ && !reverse_->wanted().empty() ? reverse_->wanted() : group_.wanted;
  }
  void answer(std::size_t index, const dns::Answer& answer) override;
  [[nodiscard]] const Verdict& verdict() const override { return verdict_; }

 private:
  /// A record that is being evaluated. Its memory serves the next one.
  struct Frame {
    std::string domain;
    std::string text;
    Record record;         // borrows text
    std::size_t next = 0;  // of its directives
    std::size_t depth = 1;
    bool counted = false;  // the lookup of the next one is
    bool redirected = false;
    Frame* outer = nullptr;        // the one that includes it
    std::unique_ptr<Frame> inner;  // for what it includes
  };
  /// What an answer to a, mx or exists has.
  enum class Found : std::uint8_t { failure, nothing, other, match };
  /// Questions that were asked at the same time: one, but for the hosts of an mx, which count in their order.
  struct Group {
    enum class Purpose : std::uint8_t { record, address, mx, mx_address, exists, explanation };
    struct Host {
      std::optional<Found> found;
      std::string step;
    };
    Purpose purpose = Purpose::record;
    std::vector<dns::Question> wanted;
    std::vector<Host> hosts;
    std::vector<std::size_t> host_of;  // each of wanted
    std::size_t taken = 0;             // hosts that were counted
  };
  struct Used {
    std::size_t lookups = 0, void_lookups = 0, questions = 0;
  };
  /// After a directive was looked at.
  enum class Match : std::uint8_t { no, yes, waits };

  void ask(Group::Purpose purpose, std::string&& name, dns::Type type);
  void ask_also(std::string&& name, dns::Type type);
  void drop_questions();
  void take(const dns::Answer& answer);
  void take_host(std::size_t index, const dns::Answer& answer);
  void take_record(const dns::Answer& answer);
  void take_mx(const dns::Answer& answer);
  void take_explanation(const dns::Answer& answer);
  [[nodiscard]] Found found_in(const dns::Answer& answer) const;
  void count(Found found, bool last);
  void go_on();

  void run();
  Match look_at(const Directive& directive);
  Match look_up(const Directive& directive);
  Match look_at_names(const Directive& directive);
  void matched();
  void not_matched();
  void redirect();
  void enter(std::string&& domain, bool redirected);
  void end_of_record(Status status);
  void explain();
  void finish(Status status, View why = {});

  [[nodiscard]] bool count_lookup();
  [[nodiscard]] bool count_void();
  [[nodiscard]] bool has_names_for(View text);
  [[nodiscard]] std::optional<std::string> expanded(View text);
  [[nodiscard]] std::optional<std::string> target(View text);
  [[nodiscard]] View validated_name() const;
  template <class Make>
  void step(Make make) {
    if (options_.steps && verdict_.steps.size() < options_.limits.steps) verdict_.steps.push_back(make());
  }

  const Request request_;
  const Options options_;
  std::string local_part_;
  Frame first_;           // the record of the domain
  Frame* top_ = &first_;  // the one that is being evaluated
  Group group_;
  std::optional<iprev::Evaluation> reverse_;  // the names of the client, for ptr and %{p}
  Used used_;
  std::string explanation_;  // the text that exp led to, macros not expanded
  bool explaining_ = false;
  bool finished_ = false;
  Verdict verdict_;
};

}  // namespace posthorn::spf
