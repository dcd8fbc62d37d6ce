#include "protocol/imap/append_run.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/grammar/char_set.h"

#include "protocol/imap/replies.h"

namespace posthorn::imap {

namespace {
constexpr CharSet kUrlResponse = CharSet::range(0x21, 0x7E) - CharSet("]\"\\");

/// A URL as BADURL may repeat it (RFC 4469 section 5): other octets as "%XX".
std::string shown(View url) {
  std::string out;
  for (const char c : url) {
    if (kUrlResponse[c]) {
      out += c;
    } else {
      const auto octet = static_cast<unsigned char>(c);
      out.append("%").append(1, codec::kUpperHex[octet >> 4U]).append(1, codec::kUpperHex[octet & 15U]);
    }
  }
  return out;
}
}  // namespace

std::string appenduid(const AppendOutcome& outcome) {
  return "APPENDUID " + std::to_string(outcome.uid_validity.value()) + ' ' + uid_set(outcome.uids);
}

void AppendRun::line(View text) {
  if (error_) return;
  if (auto read = reader_.read_line(text); !read) error_ = std::move(read.error());
  items_ = reader_.take_items();
  at_ = 0;
  stage_ = Stage::items;
}

void AppendRun::literal(View chunk) {
  if (error_) return;
  if (stage_ == Stage::argument) return reader_.add(chunk);
  nul_ = nul_ || chunk.find('\0') != View::npos;
  if (nul_) return;
  if (auto written = append_->write(chunk); !written) error_ = std::move(written.error());
}

Progress AppendRun::step(Responder& responder) {
  if (stage_ == Stage::telling) return tell(outcome_, responder);
  if (stage_ == Stage::opening) {
    append_ = open(responder);
    if (append_ == nullptr) return Progress::done;
    items_ = reader_.take_items();
    stage_ = Stage::items;
  }
  if (nul_) return end(kNulInMessage, responder);
  if (error_) return refuse(*error_, responder);
  switch (stage_) {
    case Stage::copying: return copy(responder);
    case Stage::literal:
    case Stage::argument: return Progress::literal;
    case Stage::opening:
    case Stage::telling:
    case Stage::items: break;
  }
  return next_item(responder);
}

Progress AppendRun::next_item(Responder& responder) {
  while (at_ < items_.size()) {
    const AppendItem& item = items_[at_++];
    switch (item.kind) {
      case AppendItem::Kind::literal: return begin_literal(item, responder);
      case AppendItem::Kind::url: return begin_url(item, responder);
      case AppendItem::Kind::message: break;
    }
    octets_ = 0;
    if (auto begun = append_->begin(item.flags, item.date); !begun) return refuse(begun.error(), responder);
  }
  if (const auto argument = reader_.wants_argument()) {
    if (*argument > state_.limits->literal) return end(kLiteralTooLong, responder);
    stage_ = Stage::argument;
    return Progress::literal;
  }
  return finish(responder);
}

Progress AppendRun::begin_literal(const AppendItem& item, Responder& responder) {
  if (item.here) return refuse(peer_error(Code::syntax, "octets before they were asked for"), responder);
  if (item.utf8 && !state_.enabled.utf8 && !state_.enabled.rev2) return end(kEnableUtf8, responder);
  if (item.whole && item.octets == 0) return end(kEmptyMessage, responder);
  if (!make_room(item.octets, responder)) return Progress::done;
  stage_ = Stage::literal;
  return Progress::literal;
}

Progress AppendRun::begin_url(const AppendItem& item, Responder& responder) {
  const auto url = parse_url(item.url);
  if (!url) return refuse_url(peer_error(Code::not_found), responder);
  const auto octets = source_.open(*url);
  if (!octets) return refuse_url(octets.error(), responder);
  if (!make_room(*octets, responder)) return Progress::done;
  stage_ = Stage::copying;
  return Progress::more;
}

Progress AppendRun::copy(Responder& responder) {
  const auto octets = source_.next();
  if (!octets) return refuse_url(octets.error(), responder);
  if (octets->empty()) {
    stage_ = Stage::items;
    return Progress::more;
  }
  if (octets->find('\0') != View::npos) return end(kNulInMessage, responder);
  if (auto written = append_->write(*octets); !written) return refuse(written.error(), responder);
  return Progress::more;
}

/// False: the message may not be so large, and the refusal is set.
bool AppendRun::make_room(std::uint64_t octets, Responder& responder) {
  const std::uint64_t limit = state_.append_limit();
  if (octets > limit || octets_ > limit - octets) {
    end(kMessageTooBig, responder);
    return false;
  }
  octets_ += octets;
  if (auto announced = append_->announce(octets); !announced) {
    refuse(announced.error(), responder);
    return false;
  }
  return true;
}

Progress AppendRun::finish(Responder& responder) {
  auto outcome = append_->finish();
  append_.reset();
  if (!outcome) return refuse(outcome.error(), responder);
  outcome_ = std::move(*outcome);
  stage_ = Stage::telling;
  return tell(outcome_, responder);
}

Progress AppendRun::end(const Reply& reply, Responder& responder) {
  append_.reset();
  responder.finish(reply);
  return Progress::done;
}

Progress AppendRun::refuse(const Error& error, Responder& responder) {
  append_.reset();
  const bool replaced_is_gone = error.code == Code::conflict && error.lasting == Lasting::permanent;
  if (replaced_is_gone) return end(kReplacedIsGone, responder);
  responder.refuse(error, Missing::target);
  return Progress::done;
}

Progress AppendRun::refuse_url(const Error& error, Responder& responder) {
  const bool bad = error.code == Code::not_found || error.code == Code::denied;
  if (!bad) return refuse(error, responder);
  append_.reset();
  responder.finish(Status::no, "BADURL \"" + shown(items_[at_ - 1].url) + '"', "There is nothing under this URL");
  return Progress::done;
}

}  // namespace posthorn::imap
