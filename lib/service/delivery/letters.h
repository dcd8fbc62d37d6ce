// Mail that a delivery sends: given to the queue once, however often the delivery is tried.
#pragma once

#include <optional>
#include <vector>

#include "posthorn/service/delivery/delivery.h"
#include "posthorn/service/delivery/filter.h"
#include "posthorn/service/queue/message.h"

namespace posthorn::delivery {

/// @lifetime borrowed for the call
struct Post {
  const directory::Account& account;
  queue::Queue& queue;
  const queue::Router& router;
  const Options& options;                  ///< rewrite_sender, may_send
  const std::optional<queue::Seal>& seal;  ///< of what is passed on
  queue::TlsWish tls{};                    ///< of the message that they are sent because of
  View delivery;                           ///< names what is tried: letters get names that follow from it
  WallTime since{};                        ///< when this site took it: part of those names
  WallTime now{};
};

/// Gives all letters of a decision to the queue that it does not have yet. What is to be kept in mind of those that
/// went is added to what the decision keeps in mind.
/// @returns false: mail that shall be passed on has nowhere to go, or may not go
/// @errors transient ones of the router and the queue: to be tried again as a whole
[[nodiscard]] Result<bool> send(Decision& decision, const Post& post);

}  // namespace posthorn::delivery
