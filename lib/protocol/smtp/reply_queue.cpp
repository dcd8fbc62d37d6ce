#include "posthorn/protocol/smtp/reply_queue.h"

#include <algorithm>
#include <cassert>

namespace posthorn::smtp {

void ReplyQueue::say(View text) {
  if (places_.empty()) {
    output_.append(text);
  } else {
    places_.push_back({0, own(text)});
  }
}

Ticket ReplyQueue::owe(Verb verb) {
  assert(open_ == 0 || verb_ == verb);
  verb_ = verb;
  ++open_;
  places_.push_back({++tickets_, {}});
  return Ticket(tickets_);
}

void ReplyQueue::settle(const Ticket& ticket, View text) {
  const auto place = std::find_if(places_.begin(), places_.end(), [&](const Place& p) { return p.ticket == ticket.number(); });
  assert(ticket.number() != 0 && place != places_.end() && "a ticket is answered once");
  if (ticket.number() == 0 || place == places_.end()) return;
  place->ticket = 0;
  --open_;
  if (place != places_.begin()) {
    place->text = own(text);
    return;
  }
  output_.append(text);
  const auto open = std::find_if(places_.begin() + 1, places_.end(), [](const Place& p) { return p.ticket != 0; });
  for (auto filled = places_.begin() + 1; filled != open; ++filled) output_.append(filled->text);
  places_.erase(places_.begin(), open);
}

}  // namespace posthorn::smtp
