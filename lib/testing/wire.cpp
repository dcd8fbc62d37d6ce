#include "posthorn/testing/wire.h"

#include <algorithm>
#include <utility>

namespace posthorn::testing {

Wire::Wire(Conversation& client, Conversation& server, FakeClock& clock, WireOptions options)
    : clock_(clock), options_(std::move(options)) {
  client_.conversation = &client;
  client_.chunk = std::max<std::size_t>(1, options_.to_client_chunk);
  server_.conversation = &server;
  server_.chunk = std::max<std::size_t>(1, options_.to_server_chunk);
}

bool Wire::run() {
  client_.wants = client_.closed ? Wants::close : Wants::again;
  server_.wants = server_.closed ? Wants::close : Wants::again;
  for (bool busy = true; busy;) {
    busy = turn(server_, client_);
    busy = turn(client_, server_) || busy;
    busy = try_upgrade() || busy;
    if (steps_ > options_.max_steps) return false;
  }
  return true;
}

// Lets one end act until it wants something of the other; true when anything happened.
bool Wire::turn(End& end, End& other) {
  bool acted = false;
  while (!end.closed && (end.wants == Wants::again || end.wants == Wants::work || end.wants == Wants::pause)) {
    if (++steps_ > options_.max_steps) return false;
    if (end.wants == Wants::work) end.conversation->work(clock_.now());
    if (end.wants == Wants::pause) {
      const auto deadline = end.conversation->deadline();
      if (deadline && *deadline > clock_.now()) clock_.advance(*deadline - clock_.now());
    }
    end.wants = end.conversation->next(clock_.now());
    acted = true;
    if (move(end, other)) break;
  }
  acted = move(end, other) || acted;
  if (end.wants == Wants::close && !end.closed && end.conversation->transmit().empty()) {
    end.closed = true;
    tell_end(other);
    acted = true;
  }
  return acted;
}

// Carries what one end has to say; the listener acts after every chunk.
bool Wire::move(End& from, End& to) {
  bool moved = false;
  while (!from.conversation->transmit().empty()) {
    const View ready = from.conversation->transmit();
    const std::uint64_t left = options_.cut_after - std::min(options_.cut_after, carried_);
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(std::min(ready.size(), to.chunk), left));
    if (count == 0 || to.closed) {  // nobody hears it
      from.conversation->transmitted(ready.size());
      tell_end(from);
      tell_end(to);
      return true;
    }
    const std::string chunk(ready.substr(0, count));
    from.conversation->transmitted(count);
    carried_ += count;
    to.heard += chunk;
    to.conversation->receive(chunk);
    moved = true;
    if (to.wants == Wants::input) to.wants = to.conversation->next(clock_.now());
    if (++steps_ > options_.max_steps) break;
  }
  return moved;
}

void Wire::tell_end(End& end) {
  if (end.told_end || end.closed) return;
  end.told_end = true;
  end.conversation->receive_end();
  if (end.wants == Wants::input || end.wants == Wants::upgrade) end.wants = Wants::again;
}

bool Wire::try_upgrade() {
  if (client_.closed || server_.closed || client_.wants != Wants::upgrade || server_.wants != Wants::upgrade)
    return false;
  ++upgrades_;
  client_.conversation->upgraded(options_.tls);
  server_.conversation->upgraded(options_.tls);
  client_.wants = server_.wants = Wants::again;
  return true;
}

}  // namespace posthorn::testing
