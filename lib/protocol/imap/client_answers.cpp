// What the client session makes of what the server says.
#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/protocol/imap/client_session.h"

namespace posthorn::imap {

namespace {

using Kind = ClientCommand::Kind;
using response::Condition;

// Octets of an unreadable response that the operator gets to see.
constexpr std::size_t kShown = 200;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

}  // namespace

std::optional<ClientEvent> ClientSession::read() {
  for (;;) {
    const std::size_t before = input_.size();
    ResponseFramer::Found found = framer_.next(input_);
    if (input_.size() != before) times_.active = times_.now;
    if (auto* begins = std::get_if<ResponseFramer::Begins>(&found))
      return ContentBegins{std::move(begins->begun), begins->octets};
    if (const auto* chunk = std::get_if<ResponseFramer::Chunk>(&found)) {
      times_.active = times_.now;
      return ContentChunk{chunk->octets, chunk->last};
    }
    if (const auto* broken = std::get_if<ResponseFramer::Broken>(&found)) return violated(broken->why);
    const auto* whole = std::get_if<ResponseFramer::Whole>(&found);
    if (whole == nullptr) return std::nullopt;
    times_.active = times_.now;
    counts_.data += whole->text.size();
    if (counts_.data > limits_.data) return violated("too many responses without an end of a command");
    if (auto event = on_response(*whole)) return event;
  }
}

std::optional<ClientEvent> ClientSession::on_response(const ResponseFramer::Whole& whole) {
  auto parsed = response::parse_response(whole.text, {facts_.utf8, whole.streamed});
  if (!parsed) {
    if (!facts_.greeted) return violated("no IMAP greeting");
    return Unreadable{own(whole.text.substr(0, kShown)), parsed.error()};
  }
  if (auto* tagged = std::get_if<response::Tagged>(&*parsed)) return on_tagged(std::move(*tagged));
  if (auto* continuation = std::get_if<response::Continuation>(&*parsed)) return on_continuation(continuation->text);
  response::Data& data = std::get<response::Untagged>(*parsed).data;
  if (!facts_.greeted) return on_greeting(std::move(data));
  return on_untagged(std::move(data));
}

ClientEvent ClientSession::on_greeting(response::Data data) {
  auto* state = std::get_if<response::State>(&data);
  if (state == nullptr || state->condition == Condition::no || state->condition == Condition::bad)
    return violated("no IMAP greeting");
  facts_.greeted = true;
  learn(state->code);
  if (state->condition == Condition::bye) {
    facts_.bye = true;
    facts_.closed = true;
  }
  write_more();
  return Greeting{std::move(*state)};
}

std::optional<ClientEvent> ClientSession::on_untagged(response::Data data) {
  const auto enabled = [this](const response::Enabled& words) {
    for (const std::string& word : words.words) {
      if (!same_word(word, "UTF8=ACCEPT") && !same_word(word, "IMAP4rev2")) continue;
      facts_.utf8 = true;
      framer_.set_utf8_names(true);
    }
  };
  const auto state = [this](const response::State& said) {
    learn(said.code);
    facts_.bye = facts_.bye || said.condition == Condition::bye;
  };
  std::visit(
      Overloaded{[this](const response::Capability& words) { learn(words); }, enabled, state, [](const auto&) {}},
      data);
  return Received{std::move(data)};
}

void ClientSession::learn(const response::Code& code) {
  if (const auto* words = std::get_if<response::Capability>(&code)) learn(*words);
}

void ClientSession::learn(const response::Capability& capability) {
  facts_.capabilities = true;
  capabilities_ = capability.words;
  if (capabilities_.size() > limits_.capabilities) capabilities_.resize(limits_.capabilities);
}

std::optional<ClientEvent> ClientSession::on_continuation(View text) {
  if (counts_.written < commands_.size() && commands_[counts_.written].phase == Phase::wants_go) {
    Asked& asked = commands_[counts_.written];
    const bool content = asked.command.pieces()[asked.piece].part == ClientCommand::Part::content;
    asked.phase = content && asked.owed > 0 ? Phase::content : Phase::queued;
    asked.asked = asked.phase == Phase::queued;
    write_more();
    return std::nullopt;
  }
  if (counts_.written == 0) return std::nullopt;  // nobody waits for it; harmless
  Asked& last = commands_[counts_.written - 1];
  if (last.exchange) answer_challenge(last, text);
  if (last.command.kind() != Kind::idle || facts_.idle != Idle::asked) return std::nullopt;
  facts_.idle = Idle::on;
  times_.idle_since = times_.now;
  if (facts_.done_asked || counts_.written < commands_.size()) end_idle(Idle::ending);
  if (std::exchange(last.asked, true)) return std::nullopt;
  return Idling{last.id};
}

void ClientSession::answer_challenge(Asked& asked, View text) {
  facts_.asked_anew = true;
  if (auto initial = std::exchange(asked.initial, std::nullopt)) {
    output_.append(codec::base64_encode(*initial) + "\r\n");
    return;
  }
  while (text.ends_with(' ')) text.remove_suffix(1);
  const auto challenge = codec::base64_decode(text);
  auto answer = challenge ? asked.exchange->respond(*challenge) : Result<std::string>("");
  const bool given_up = !challenge || !answer;
  output_.append(given_up ? std::string("*\r\n") : codec::base64_encode(*answer) + "\r\n");
}

std::optional<ClientEvent> ClientSession::on_tagged(response::Tagged tagged) {
  if (!facts_.greeted) return violated("no IMAP greeting");
  for (std::size_t i = 0; i < commands_.size() && i <= counts_.written; ++i) {
    Asked& asked = commands_[i];
    if (asked.tag != tagged.tag) continue;
    counts_.data = 0;
    if (asked.phase == Phase::content) {
      asked.early = std::move(tagged.state);
      return std::nullopt;
    }
    if (renew_idle(asked, tagged.state)) return std::nullopt;
    return complete(i, std::move(tagged.state));
  }
  return violated("an answer to no command");
}

bool ClientSession::renew_idle(Asked& asked, const response::State& state) {
  if (asked.command.kind() != Kind::idle) return false;
  const bool renew = facts_.idle == Idle::renewing && state.condition == Condition::ok && !facts_.done_asked &&
                     counts_.written == commands_.size() && !facts_.bye;
  facts_.idle = Idle::none;
  if (!renew) {
    facts_.done_asked = false;
    return false;
  }
  asked.tag.clear();
  asked.piece = 0;
  asked.phase = Phase::queued;
  --counts_.written;
  write_more();
  return true;
}

std::optional<ClientEvent> ClientSession::complete(std::size_t index, response::State state) {
  const Asked asked = std::move(commands_[index]);
  commands_.erase(commands_.begin() + static_cast<std::ptrdiff_t>(index));
  if (index < counts_.written) --counts_.written;
  const bool ok = state.condition == Condition::ok;
  learn(state.code);
  const Kind kind = asked.command.kind();
  if (ok && (kind == Kind::login || kind == Kind::authenticate) && !facts_.capabilities) capabilities_.clear();
  if (ok && asked.exchange && !asked.exchange->server_verified())
    return violated("the server did not prove that it knows the password");
  if (ok && kind == Kind::starttls) {
    facts_.upgrading = true;
    capabilities_.clear();
    events_.emplace_back(StartTls{});
  }
  if (ok && kind == Kind::logout) {
    facts_.closed = true;
    events_.emplace_back(Closed{});
  }
  facts_.asked_anew = true;
  write_more();
  return Completed{asked.id, std::move(state)};
}

}  // namespace posthorn::imap
