// The one loop that joins a socket and a protocol: reads, feeds, answers, flushes, upgrades, waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include <asio/awaitable.hpp>

#include "posthorn/io/conversation.h"
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

/// Does a TLS handshake on a stream.
using Upgrade = std::function<asio::awaitable<Result<TlsFacts>>(Stream& stream)>;

/// Runs a conversation from its first next() to its end; closes the stream. What work() throws is thrown.
/// @param stopping  when set, the conversation is told to stop at its next step (wake the stream after setting it)
/// @param upgrade   does the TLS handshake when the conversation asks for one; null: the server's side of it
asio::awaitable<Ending> converse(Stream& stream, Conversation& conversation, Worker& worker,
                                 const std::atomic<bool>* stopping = nullptr, const Upgrade* upgrade = nullptr);

/// Drives a session of the embedding program over a stream: see SessionConversation.
/// @lifetime stream, session and worker outlive the call
template <Session S, class OnEvent>
asio::awaitable<Ending> drive(Stream& stream, S& session, Worker& worker, OnEvent on_event) {
  SessionConversation<S&, OnEvent> conversation(session, std::move(on_event));
  const Ending ending = co_await converse(stream, conversation, worker);
  co_return ending;
}

}  // namespace posthorn::io
