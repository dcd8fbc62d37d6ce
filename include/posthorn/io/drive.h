// The one loop that joins a socket and a protocol: reads, feeds, answers, flushes, upgrades, waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <asio/awaitable.hpp>

#include "posthorn/io/stream.h"
#include "posthorn/io/worker.h"
#include "posthorn/protocol/session.h"

namespace posthorn::io {

/// Octets that flush() reads ahead for the conversation while the peer does not take what is written. Two sides that
/// both write first need it to get on; a peer that only ever writes is held by it.
inline constexpr std::size_t kReadAhead = 64U << 10U;

/// Output of one conversation that is collected before it is written, octets.
inline constexpr std::size_t kFlushMark = 16U << 10U;

/// Why a conversation ended.
enum class Ending : std::uint8_t {
  finished,   ///< the protocol came to its end
  peer_gone,  ///< the connection broke or was aborted
  too_slow,   ///< the peer did not read (StreamLimits::write), or was too slow in the handshake
  no_tls,     ///< the handshake failed
  defect,     ///< the conversation asked for nothing that could be given
};

/// Runs a conversation from its first next() to its end; closes the stream. What work() throws is thrown.
/// @param stopping  when set, the conversation is told to stop at its next step (wake the stream after setting it)
asio::awaitable<Ending> converse(Stream& stream, Conversation& conversation, Worker& worker,
                                 const std::atomic<bool>* stopping = nullptr);

/// A Session and the function that answers its events, as a Conversation for converse().
///
/// `on_event(session, event)` returns true to go on and false to close, or Wants to say more (upgrade, pause). It runs
/// on the stream's executor and must not block. An event type that the session's variant calls NeedInput makes the
/// driver read; Closed closes.
template <Session S, class OnEvent>
class SessionConversation final : public Conversation {
 public:
  SessionConversation(S& session, OnEvent on_event) : session_(session), on_event_(std::move(on_event)) {}

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
  S& session_;
  OnEvent on_event_;
  bool stopped_ = false;
};

/// Drives a session of the embedding program over a stream: see SessionConversation.
/// @lifetime stream, session and worker outlive the call
template <Session S, class OnEvent>
asio::awaitable<Ending> drive(Stream& stream, S& session, Worker& worker, OnEvent on_event) {
  SessionConversation<S, OnEvent> conversation(session, std::move(on_event));
  const Ending ending = co_await converse(stream, conversation, worker);
  co_return ending;
}

}  // namespace posthorn::io
