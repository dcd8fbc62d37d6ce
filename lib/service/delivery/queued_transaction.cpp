#include "service/delivery/queued_transaction.h"

#include <algorithm>

#include "posthorn/service/queue/queue.h"

#include "service/delivery/plan.h"
#include "service/delivery/trace.h"

namespace posthorn::delivery {

QueuedTransaction::QueuedTransaction(const Options& options, std::string id, Envelope envelope, WallTime now)
    : options_(options), id_(std::move(id)), envelope_(std::move(envelope)), front_(envelope_) {
  trace_ = received(envelope_, options_.host_name, id_, now);
}

Result<void> QueuedTransaction::open() {
  Result<std::unique_ptr<store::BlobWriter>> body = options_.queue->write_body();
  if (!body) return fail(std::move(body.error()));
  body_ = std::move(*body);
  return write(trace_);
}

Result<void> QueuedTransaction::write(View octets) {
  octets_ += octets.size();
  eight_bit_ = eight_bit_ ||
               std::any_of(octets.begin(), octets.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7F; });
  return body_->append(octets);
}

Result<void> QueuedTransaction::append(View octets) {
  if (finished_) return fail(caller_error(Code::misuse, "append after finish"));
  if (!failure_) return {};
  const Result<std::string> through = front_.feed(octets);
  failure_ = through ? write(*through) : fail(through.error());
  return {};  // a refusal is told at the end of the message, as that is where a client waits for it
}

Result<void> QueuedTransaction::check_loops(const std::vector<queue::Item>& items) const {
  const HeaderWatch& watch = front_.watch();
  if (watch.received() > options_.max_received) return fail(peer_error(Code::too_many, "too many hops"));
  for (const queue::Item& item : items) {
    const auto was_here = [&](const queue::Recipient& r) {
      return item.destination.is_local() && watch.was_delivered_to(r.address);
    };
    if (std::any_of(item.recipients.begin(), item.recipients.end(), was_here)) {
      return fail(peer_error(Code::too_many, "was here before"));
    }
  }
  for (const Envelope::Recipient& recipient : envelope_.recipients) {
    if (!recipient.resolution.remote.empty() && watch.was_delivered_to(recipient.address)) {
      return fail(peer_error(Code::too_many, "was here before"));
    }
  }
  return {};
}

Result<void> QueuedTransaction::accept() {
  const Result<std::string> rest = front_.finish();
  if (!rest) return fail(rest.error());
  if (Result<void> written = write(*rest); !written) return written;
  envelope_.wishes.tls = front_.tls();
  std::vector<queue::Item> items = plan(envelope_, options_, findings_);
  if (Result<void> fine = check_loops(items); !fine) return fine;
  for (queue::Item& item : items) {
    item.held = held_.has_value();
    item.last = held_.value_or(std::string());
  }
  Result<store::BlobId> body = body_->finish();
  if (!body) return fail(std::move(body.error()));
  queue::Message message = envelope_.wishes;
  message.sender = envelope_.sender;
  message.eight_bit = eight_bit_;
  message.body = *body;
  message.octets = octets_;
  const Result<queue::MessageId> accepted = options_.queue->accept(std::move(message), std::move(items));
  return accepted ? Result<void>() : fail(accepted.error());
}

std::vector<Result<void>> QueuedTransaction::finish() {
  const bool twice = finished_;
  finished_ = true;
  if (twice) failure_ = fail(caller_error(Code::misuse, "finished twice"));
  if (failure_) failure_ = accept();
  return std::vector<Result<void>>(envelope_.recipients.size(), failure_);
}

}  // namespace posthorn::delivery
