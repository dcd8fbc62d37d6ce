// A bare session and a function that answers its events, as a Conversation.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "posthorn/protocol/session.h"

namespace posthorn::testing {

/// Binds a session to `answer(session, event, now) -> Wants`, called with every event of next(); also with NeedInput,
/// for which the answer is Wants::input unless the host has more to say.
/// @lifetime borrows the session
template <class S, class Answer>
class Bound : public Conversation {
 public:
  Bound(S& session, Answer answer) : session_(session), answer_(std::move(answer)) {}

  void receive(View octets) override { session_.receive(octets); }
  void receive_end() override { session_.receive_end(); }
  [[nodiscard]] Wants next(TimePoint now) override {
    auto event = session_.next(now);
    return answer_(session_, event, now);
  }
  void work(TimePoint) override {}
  [[nodiscard]] View transmit() const override { return session_.transmit(); }
  void transmitted(std::size_t octets) override { session_.transmitted(octets); }
  [[nodiscard]] std::optional<TimePoint> deadline() const override { return session_.deadline(); }
  void upgraded(const TlsFacts& facts) override {
    if constexpr (requires { session_.upgraded(facts); }) session_.upgraded(facts);
  }
  void stop() override {
    if constexpr (requires { session_.stop(); }) session_.stop();
  }
  void set_wake(std::function<void()>) override {}

 private:
  S& session_;
  Answer answer_;
};

}  // namespace posthorn::testing
