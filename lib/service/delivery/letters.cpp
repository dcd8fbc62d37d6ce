#include "service/delivery/letters.h"

#include <algorithm>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/service/queue/queue.h"

namespace posthorn::delivery {

namespace {

constexpr unsigned kCount = 24;  // bits of MessageId::order behind the seconds

std::uint64_t number_of(View octets) {
  std::uint64_t value = 0;
  for (const char c : octets) value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

queue::MessageId name_of(const Letter& letter, const Post& post) {
  const std::string digest = crypto::sha256(own(post.delivery) + " " + letter.purpose + " " + letter.to);
  const auto seconds = static_cast<std::uint64_t>(post.since.time_since_epoch().count());
  return {(seconds << kCount) | number_of(View(digest).substr(0, 3)),
          static_cast<std::uint32_t>(number_of(View(digest).substr(3, 4)))};
}

/// Where it goes; none: nowhere.
Result<std::vector<queue::Item>> items_of(const Letter& letter, const Post& post) {
  Result<std::vector<queue::Item>> items = post.router(letter.to);
  if (!items && items.error().lasting == Lasting::transient) return items;
  if (!items) return std::vector<queue::Item>();
  for (queue::Item& item : *items) {
    const bool rewritten = letter.passed_on && !item.destination.is_local() && post.options.rewrite_sender;
    item.sender = rewritten ? post.options.rewrite_sender(letter.sender) : letter.sender;
    if (letter.passed_on) item.seal = post.seal;
    for (queue::Recipient& recipient : item.recipients) {
      recipient.notify = letter.notify;
      if (!letter.original.empty()) recipient.original = letter.original;
    }
  }
  return items;
}

Result<void> send(const Letter& letter, std::vector<queue::Item> items, const Post& post) {
  const auto body = post.queue.write_body();
  if (!body) return fail(body.error());
  if (auto written = (*body)->append(letter.message); !written) return written;
  const Result<store::BlobId> blob = (*body)->finish();
  if (!blob) return fail(blob.error());
  queue::Message message{.sender = letter.sender,
                         .content = letter.content,
                         .utf8 = letter.utf8,
                         .eight_bit = !codec::is_ascii(letter.message),
                         .deliver_by = letter.deliver_by,
                         .made_here = !letter.passed_on,
                         .return_late = letter.return_late,
                         .tls = post.tls,
                         .arrived = post.now,
                         .body = *blob,
                         .octets = letter.message.size()};
  const auto taken = post.queue.adopt(name_of(letter, post), std::move(message), std::move(items));
  return taken ? Result<void>() : fail(taken.error());
}

/// A letter that the queue has already was counted when it went.
Result<bool> may_leave(const Letter& letter, const Post& post) {
  if (!post.options.may_send) return true;
  const Result<bool> went = post.queue.knows(name_of(letter, post));
  if (!went || *went) return went;
  return post.options.may_send(post.account, letter);
}

}  // namespace

Result<bool> send(Decision& decision, const Post& post) {
  bool all = true;
  for (const Letter& letter : decision.letters) {
    Result<std::vector<queue::Item>> items = items_of(letter, post);
    if (!items) return fail(std::move(items.error()));
    const Result<bool> leaves = items->empty() ? false : may_leave(letter, post);
    if (!leaves) return fail(leaves.error());
    if (!*leaves) {
      all = all && !letter.passed_on;
      continue;
    }
    if (auto sent = send(letter, std::move(*items), post); !sent) return fail(std::move(sent.error()));
    if (letter.memory) decision.remembered.push_back(*letter.memory);
  }
  return all;
}

}  // namespace posthorn::delivery
