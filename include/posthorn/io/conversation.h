// From a protocol session and a function to something that a Server can run.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "posthorn/protocol/session.h"

namespace posthorn::io {

/// A Session and the function that answers its events, as a Conversation for converse().
///
/// S is a session, which is then owned, or a reference to one that lives longer. `on_event(session, event)` returns
/// true to go on and false to close, or Wants to say more (upgrade, pause). It runs on the stream's executor and must
/// not block. An event type that the session's variant calls NeedInput makes the driver read; Closed closes.
template <class S, class OnEvent>
  requires Session<std::remove_reference_t<S>>
class SessionConversation final : public Conversation {
 public:
  SessionConversation(S session, OnEvent on_event)
      : session_(std::forward<S>(session)), on_event_(std::move(on_event)) {}

  void receive(View octets) override { session_.receive(octets); }
  void receive_end() override { session_.receive_end(); }
  [[nodiscard]] Wants next(TimePoint now) override {
    if (std::exchange(stopped_, false)) return Wants::close;
    auto event = session_.next(now);
    const bool needs_input = std::holds_alternative<NeedInput>(event);
    const bool over = std::holds_alternative<Closed>(event);
    const auto answer = on_event_(session_, event);
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(answer)>, Wants>) {
      if (answer != Wants::again) return answer;
    } else {
      if (!answer) return Wants::close;
    }
    if (over) return Wants::close;
    return needs_input ? Wants::input : Wants::again;
  }
  void work(TimePoint) override {}
  [[nodiscard]] View transmit() const override { return session_.transmit(); }
  void transmitted(std::size_t octets) override { session_.transmitted(octets); }
  [[nodiscard]] std::optional<TimePoint> deadline() const override { return session_.deadline(); }
  void upgraded(const TlsFacts& facts) override {
    if constexpr (requires { session_.upgraded(facts); }) session_.upgraded(facts);
  }
  void stop() override { stopped_ = true; }
  void set_wake(std::function<void()>) override {}

 private:
  S session_;
  OnEvent on_event_;
  bool stopped_ = false;
};

/// Owns the session and the function that answers its events: what a Server's Factory returns.
template <Session S, class OnEvent>
[[nodiscard]] std::unique_ptr<Conversation> make_conversation(S session, OnEvent on_event) {
  return std::make_unique<SessionConversation<S, OnEvent>>(std::move(session), std::move(on_event));
}

}  // namespace posthorn::io
