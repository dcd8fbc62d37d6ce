// The machine of APPEND and REPLACE: takes messages apart into literals and stored parts and passes their octets on,
// one buffer at a time; a refusal comes before the client is let to send.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/spec.h"

#include "protocol/imap/append_data.h"
#include "protocol/imap/url_source.h"

namespace posthorn::imap {

/// "APPENDUID 38505 3955:3957" (RFC 4315 section 3).
[[nodiscard]] std::string appenduid(const AppendOutcome& outcome);

class AppendRun : public Execution {
 public:
  AppendRun(AppendReader reader, State& state) : state_(state), reader_(std::move(reader)), source_(state) {}
  void line(View text) final;
  void literal(View chunk) final;
  Progress step(Responder& responder) final;

 protected:
  /// Starts the messages, or says why not. @returns null when the refusal is set
  virtual std::unique_ptr<Append> open(Responder& responder) = 0;
  /// Tells of the messages that are in; called until it is done.
  virtual Progress tell(const AppendOutcome& outcome, Responder& responder) = 0;
  [[nodiscard]] State& state() { return state_; }

 private:
  enum class Stage : std::uint8_t { opening, items, literal, argument, copying, telling };

  Progress next_item(Responder& responder);
  Progress begin_literal(const AppendItem& item, Responder& responder);
  Progress begin_url(const AppendItem& item, Responder& responder);
  Progress copy(Responder& responder);
  Progress finish(Responder& responder);
  Progress end(const Reply& reply, Responder& responder);
  Progress refuse(const Error& error, Responder& responder);
  Progress refuse_url(const Error& error, Responder& responder);
  bool make_room(std::uint64_t octets, Responder& responder);

  State& state_;
  AppendReader reader_;
  UrlSource source_;
  std::unique_ptr<Append> append_;
  std::vector<AppendItem> items_;
  std::size_t at_ = 0;          // of items_
  std::uint64_t octets_ = 0;    // of the present message, announced
  std::optional<Error> error_;  // while a literal or a line came
  AppendOutcome outcome_;
  Stage stage_ = Stage::opening;
  bool nul_ = false;  // a literal had one
};

}  // namespace posthorn::imap
