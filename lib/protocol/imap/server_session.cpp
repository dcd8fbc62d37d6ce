#include "posthorn/protocol/imap/server_session.h"

#include <algorithm>
#include <utility>

#include "posthorn/protocol/imap/arguments.h"

#include "protocol/imap/commands/capability.h"
#include "protocol/imap/compressed_wire.h"
#include "protocol/imap/replies.h"

namespace posthorn::imap {

using frame::LineStatus;

namespace {
/// Octets of a streamed literal that are collected before a worker is asked to take them.
constexpr std::size_t kPiece = 65'536;
}  // namespace

Wants wants(const Event& event) {
  struct Answer {
    Wants operator()(const NeedInput&) const { return Wants::input; }
    Wants operator()(const Work&) const { return Wants::work; }
    Wants operator()(const Pause&) const { return Wants::pause; }
    Wants operator()(const Upgrade&) const { return Wants::upgrade; }
    Wants operator()(const Violation&) const { return Wants::again; }
    Wants operator()(const Closed&) const { return Wants::close; }
  };
  return std::visit(Answer(), event);
}

ServerSession::ServerSession(std::span<const CommandSpec> rows, ServerOptions options, Gate& gate, TimePoint now)
    : options_(std::move(options)),
      responder_(output_, options_.limits.output),
      input_(options_.limits.line),
      stranger_since_(now) {
  state_.gate = &gate;
  state_.limits = &options_.limits;
  state_.identity = &options_.identity;
  state_.sieve_url = options_.sieve_url;
  state_.commands = rows;
  state_.starttls = options_.starttls;
  state_.clear_login = options_.clear_login;
  input_.last = now;
}

ServerSession::~ServerSession() = default;

View ServerSession::transmit() const { return wire_ == nullptr ? output_.view() : wire_->output().view(); }

void ServerSession::transmitted(std::size_t octets) { (wire_ == nullptr ? output_ : wire_->output()).consume(octets); }

// What was said goes out compressed, so that the client can read all of it.
void ServerSession::pack() {
  if (wire_ == nullptr || output_.empty()) return;
  wire_->send(output_.view());
  output_.clear();
}

// The answer to COMPRESS is the last that goes as it is; whatever the client sent behind the command is compressed.
void ServerSession::start_compression() {
  wire_ = std::make_unique<CompressedWire>(output_.view());
  output_.clear();
  wire_->receive(input_.octets.view());
  input_.octets.clear();
  input_.framer.reset();
  state_.compressed = true;
  state_.starttls = false;  // a client that wants TLS has it before (RFC 4978 section 3)
}

/// One more piece of what came compressed; false: there is none.
bool ServerSession::unpack() {
  if (wire_ == nullptr || mode_ == Mode::closed) return false;
  const auto unpacked = wire_->unpack(input_.octets);
  if (!unpacked) bye(kByeDeflate);
  return unpacked && *unpacked;
}

void ServerSession::receive(View octets) {
  // Between STARTTLS and the handshake nothing counts: octets of that time came in the clear (RFC 9051 section 11.1).
  if (mode_ == Mode::upgrading || mode_ == Mode::closed) return;
  if (wire_ == nullptr) {
    input_.octets.append(octets);
  } else {
    wire_->receive(octets);
  }
  input_.fresh = true;
}

void ServerSession::upgraded(const TlsFacts& facts) {
  state_.tls = true;
  state_.starttls = false;
  state_.bindable = !facts.exporter.empty();
  input_.octets.clear();
  input_.framer.reset();
  if (mode_ == Mode::upgrading) mode_ = Mode::commands;
}

void ServerSession::stop() { stopping_ = true; }

bool ServerSession::waits() const {
  return !command_.execution || (command_.progress != Progress::more && command_.progress != Progress::done);
}

std::optional<TimePoint> ServerSession::deadline() const {
  if (mode_ == Mode::closed || !waits()) return std::nullopt;
  if (command_.execution && command_.progress == Progress::pause) return state_.resume_at;
  if (state_.mailboxes == nullptr) return stranger_since_ + options_.limits.login;
  return input_.last + options_.limits.idle;
}

Event ServerSession::next_event(TimePoint now) {
  if (std::exchange(input_.fresh, false)) input_.last = now;
  if (mode_ == Mode::greeting) greet();
  if (mode_ == Mode::closed) return Closed{};
  if (mode_ == Mode::upgrading) return Upgrade{};
  const bool pausing = command_.execution && command_.progress == Progress::pause;
  if (stopping_ && waits()) {
    bye(kByeStop);
    return Closed{};
  }
  if (const auto limit = deadline(); limit && now >= *limit && !pausing) {
    bye(state_.mailboxes == nullptr ? kByeLogin : kByeIdle);
    return Closed{};
  }
  if (command_.execution) return run(now);
  // Between two commands a client hears of what it asked for (RFC 5465 section 3).
  if (watches() && state_.watcher->due(state_)) return Work{};
  for (;;) {
    if (auto event = read_command()) return std::move(*event);
  }
}

bool ServerSession::reports_selected() const {
  return state_.selected && (!state_.watcher || state_.watcher->reports_selected());
}

bool ServerSession::watches() const {
  return state_.watcher && mode_ == Mode::commands && !command_.execution && command_.text.empty() &&
         input_.literal.use == Literal::Use::none && !input_.framer.dropping();
}

void ServerSession::greet() {
  mode_ = Mode::commands;
  responder_.untagged(Status::ok, "CAPABILITY " + commands::capability::words(state_),
                      options_.host_name + " IMAP server ready");
}

Event ServerSession::out_of_input() {
  if (mode_ == Mode::closed) return Closed{};
  if (input_.ended) {
    mode_ = Mode::closed;
    return Closed{};
  }
  input_.octets.release();
  const bool idles = command_.execution && command_.progress == Progress::change;
  if (wire_ != nullptr && idles) wire_->rest();
  return NeedInput{};
}

// One line or literal of a command; nullopt: look for the next.
std::optional<Event> ServerSession::read_command() {
  if (mode_ == Mode::closed) return Closed{};
  if (!collect_literal()) {
    if (unpack()) return std::nullopt;
    return out_of_input();
  }
  if (input_.octets.size() > options_.limits.line) guess_tag();
  const frame::Line line = input_.framer.next(input_.octets);
  if (line.status == LineStatus::need_input) {
    if (unpack()) return std::nullopt;
    return out_of_input();
  }
  return take_line(line);
}

// Takes octets of a literal that is collected or skipped; false: more of them must come first.
bool ServerSession::collect_literal() {
  Literal& literal = input_.literal;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(literal.left, input_.octets.size()));
  if (count > 0) {
    if (literal.use == Literal::Use::argument) command_.text.append(input_.octets.view().substr(0, count));
    input_.octets.consume(count);
    literal.left -= count;
  }
  return literal.left == 0;
}

// The tag of a command whose line is so long that its beginning will be dropped.
void ServerSession::guess_tag() {
  const bool at_start = command_.tag.empty() && command_.text.empty() && !input_.framer.dropping();
  if (!at_start || input_.literal.use == Literal::Use::refused) return;
  Cursor c(input_.octets.view());
  View tag;
  if (c.run(kTagChar, tag) && c.sp()) command_.tag = tag;
}

std::optional<Event> ServerSession::take_line(const frame::Line& line) {
  const std::optional<frame::Literal> mark = frame::literal_at_end(line.text);
  if (line.status == LineStatus::too_long && frame::is_cut_literal(line.text)) return lose_stream();
  if (input_.literal.use == Literal::Use::refused) {
    input_.octets.consume(line.octets);
    return refuse_literal(mark);
  }
  input_.literal.use = Literal::Use::none;
  if (line.status == LineStatus::line) command_.text.append(line.text);
  if (command_.tag.empty()) {
    Cursor c(line.status == LineStatus::bare ? line.text : View(command_.text));
    View tag;
    if (c.run(kTagChar, tag) && c.sp()) command_.tag = tag;
  }
  input_.octets.consume(line.octets);
  const bool whole = line.status == LineStatus::line && command_.text.size() <= options_.limits.command;
  if (whole && mark) return announced(*mark);
  if (whole) {
    dispatch();
    if (command_.execution) return Work{};
    return std::nullopt;
  }
  responder_.finish(line.status == LineStatus::bare       ? kBadLine
                    : line.status == LineStatus::too_long ? kLineTooLong
                    : whole                               ? kLiteralTooLong
                                                          : kCommandTooLong);
  write_refusal();
  return refuse_literal(mark);
}

// A line that ends in the announcement of a literal.
std::optional<Event> ServerSession::announced(const frame::Literal& mark) {
  Cursor c(command_.text);
  if (!find_row(c)) {
    write_refusal();
    return refuse_literal(mark);
  }
  Literal& literal = input_.literal;
  Cursor prefix = c;
  if (command_.spec->effects.has(Effect::streams) && command_.spec->check(prefix)) {
    literal = {Literal::Use::stream, mark.octets, mark.waits};
    if (begin(c)) return Work{};
    literal = {};
    return refuse_literal(mark);
  }
  const bool fits =
      mark.octets <= options_.limits.literal && command_.text.size() + mark.octets + 2 <= options_.limits.command;
  if (!fits) {
    responder_.finish(kLiteralTooLong);
    write_refusal();
    return refuse_literal(mark);
  }
  command_.text += "\r\n";
  literal = {Literal::Use::argument, mark.octets, false};
  if (mark.waits) responder_.continuation("Go on");
  return std::nullopt;
}

// Skips what follows a refused line. A client that waits will not send it.
std::optional<Event> ServerSession::refuse_literal(const std::optional<frame::Literal>& mark) {
  input_.literal = {};
  if (!mark || mark->waits) return std::nullopt;
  if (mark->octets > options_.limits.drain) return lose_stream();
  input_.literal = {Literal::Use::refused, mark->octets, false};
  return std::nullopt;
}

std::optional<Event> ServerSession::lose_stream() {
  bye(kByeStream);
  return Violation{"a literal that cannot be skipped"};
}

// Finds the row of the collected command; `c` is behind its name afterwards. False: the refusal is set.
bool ServerSession::find_row(Cursor& c) {
  c.set_utf8(state_.enabled.utf8 || state_.enabled.rev2);
  View tag;
  View name;
  if (!(c.run(kTagChar, tag) && c.sp() && c.run(kAtomChar, name))) {
    responder_.finish(kBadTag);
    return false;
  }
  state_.by_uid = same_word(name, "UID");
  if (state_.by_uid && !(c.sp() && c.run(kAtomChar, name))) {
    responder_.finish(kBadTag);
    return false;
  }
  command_.spec = find_command(state_.commands, name);
  if (command_.spec == nullptr) {
    responder_.finish(kUnknownCommand);
    return false;
  }
  const Effects effects = command_.spec->effects;
  if (state_.by_uid != effects.has(Effect::takes_uid) && (state_.by_uid || effects.has(Effect::only_uid))) {
    responder_.finish(state_.by_uid ? kNoUid : kOnlyUid);
    return false;
  }
  // RFC 9586 section 3: a client that has switched message numbers off means something else than it says.
  if (state_.enabled.uidonly && !state_.by_uid && effects.has(Effect::takes_uid) &&
      effects.has(Effect::needs_seqnums)) {
    responder_.finish(kUidRequired);
    return false;
  }
  if (command_.spec->phases.has(state_.phase())) return true;
  responder_.finish(state_.phase() == Phase::not_authenticated   ? kLogInFirst
                    : command_.spec->phases.has(Phase::selected) ? kSelectFirst
                                                                 : kLoggedInAlready);
  return false;
}

// Starts the command; false: it was refused and the client knows.
bool ServerSession::begin(Cursor& arguments) {
  state_.tag = command_.tag;
  auto execution = command_.spec->begin(arguments, state_);
  if (!execution) {
    responder_.refuse(execution.error());
    write_refusal();
    return false;
  }
  command_.execution = std::move(*execution);
  command_.progress = Progress::more;
  command_.text = std::string();
  return true;
}

void ServerSession::dispatch() {
  Cursor c(command_.text);
  if (find_row(c)) {
    begin(c);
  } else {
    write_refusal();
  }
}

Event ServerSession::run(TimePoint now) {
  switch (command_.progress) {
    case Progress::more:
    case Progress::done: return Work{};
    case Progress::pause:
      if (now < state_.resume_at) return Pause{};
      command_.progress = Progress::more;
      return Work{};
    case Progress::literal:
      if (input_.literal.left > 0) {
        while (input_.octets.size() < std::min<std::uint64_t>(input_.literal.left, kPiece)) {
          if (!unpack()) return out_of_input();
        }
        return Work{};
      }
      break;
    case Progress::change:
      if (reports_selected() && state_.selected->changed()) return Work{};
      if (state_.watcher && state_.watcher->due(state_)) return Work{};
      break;
    case Progress::line: break;
  }
  if (continue_with_line()) return Work{};
  if (mode_ == Mode::closed) return Closed{};
  if (!command_.execution) return next_event(now);
  return out_of_input();
}

// Gives the running command its next line; false: there is none, or it ended the command.
bool ServerSession::continue_with_line() {
  frame::Line line = input_.framer.next(input_.octets);
  while (line.status == LineStatus::need_input && unpack()) line = input_.framer.next(input_.octets);
  if (line.status == LineStatus::need_input) return false;
  const bool after_literal = std::exchange(input_.literal.use, Literal::Use::none) == Literal::Use::stream;
  const auto mark = after_literal ? frame::literal_at_end(line.text) : std::nullopt;
  if (after_literal && line.status == LineStatus::too_long && frame::is_cut_literal(line.text)) {
    bye(kByeStream);
    return false;
  }
  const bool good = line.status == LineStatus::line;
  if (good && mark) input_.literal = {Literal::Use::stream, mark->octets, mark->waits};
  if (good) command_.execution->line(line.text);
  input_.octets.consume(line.octets);
  if (good) {
    command_.progress = Progress::more;
    return true;
  }
  responder_.finish(line.status == LineStatus::bare ? kBadLine : kLineTooLong);
  write_refusal();
  refuse_literal(mark);
  return false;
}

void ServerSession::do_work(TimePoint now, WallTime wall) {
  state_.now = now;
  state_.wall = wall;
  responder_.set_enabled(state_.enabled);
  if (!command_.execution) {
    if (watches()) state_.watcher->tell(state_, responder_);
    return;
  }
  Literal& literal = input_.literal;
  if (command_.progress == Progress::literal && literal.left > 0) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(literal.left, input_.octets.size()));
    command_.execution->literal(input_.octets.view().substr(0, count));
    input_.octets.consume(count);
    literal.left -= count;
  }
  if (command_.progress != Progress::done) command_.progress = command_.execution->step(responder_);
  if (state_.request == Request::cut) {
    forget_command();
    mode_ = Mode::closed;
    return;
  }
  if (command_.progress == Progress::literal && std::exchange(literal.waits, false)) responder_.continuation("Go on");
  if (command_.progress == Progress::done && report_changes()) complete();
}

void ServerSession::complete() {
  const bool error = responder_.status() == Status::bad || std::exchange(state_.login_failed, false);
  add_code();
  responder_.write_completion(command_.tag);
  Literal& literal = input_.literal;
  if (literal.use == Literal::Use::stream) literal.use = literal.waits ? Literal::Use::none : Literal::Use::refused;
  if (literal.use == Literal::Use::none) literal = {};
  if (literal.left > options_.limits.drain) bye(kByeStream);
  const bool logged_in = state_.mailboxes != nullptr && !command_.spec->phases.has(Phase::authenticated) &&
                         !command_.spec->phases.has(Phase::selected);
  if (logged_in) errors_ = 0;
  const bool logged_out = state_.mailboxes == nullptr && !command_.spec->phases.has(Phase::not_authenticated);
  if (logged_out) stranger_since_ = state_.now;
  forget_command();
  if (error) count_error();
  switch (std::exchange(state_.request, Request::none)) {
    case Request::none: break;
    case Request::compress: start_compression(); break;
    case Request::upgrade:
      mode_ = Mode::upgrading;
      input_.octets.clear();
      input_.framer.reset();
      break;
    case Request::cut:
    case Request::close: mode_ = Mode::closed; break;
  }
}

// What the tagged line tells besides the command's own answer.
void ServerSession::add_code() {
  if (state_.cut_at) {
    responder_.add_code("MESSAGELIMIT " + std::to_string(options_.limits.messages) + ' ' +
                        std::to_string(state_.cut_at->value()));
  }
  // RFC 7162 section 3.2.7: the client has heard of everything up to here.
  const bool tells = state_.enabled.qresync && command_.spec->effects.has(Effect::may_expunge) && !command_.unheard;
  if (!tells || !state_.selected) return;
  responder_.add_code("HIGHESTMODSEQ " + std::to_string(state_.selected->status().highest_modseq.value()));
}

// Tells what other sessions did to the selected mailbox; false: there is more to tell.
bool ServerSession::report_changes() {
  const Effects effects = command_.spec->effects;
  if (!reports_selected() || effects.has(Effect::leaves_mailbox)) return true;
  if (!command_.news) {
    command_.news.emplace();
    if (!state_.selected->changed()) return state_.contexts.tell(*state_.selected, responder_);
    const bool expunges = state_.by_uid || state_.enabled.uidonly || effects.has(Effect::may_expunge) ||
                          !effects.has(Effect::needs_seqnums);
    auto changes = state_.selected->poll(expunges);
    if (changes) {
      state_.contexts.take(*changes);
      command_.news = News(std::move(*changes));
    } else if (changes.error().code == Code::not_found) {
      bye(kByeGone);
    } else {
      command_.unheard = true;  // the client hears of the changes after its next command
    }
  }
  return command_.news->tell(*state_.selected, responder_) && state_.contexts.tell(*state_.selected, responder_);
}

// Writes the tagged line of a command that never ran.
void ServerSession::write_refusal() {
  const bool error = responder_.status() == Status::bad;
  responder_.write_completion(command_.tag.empty() ? View("*") : View(command_.tag));
  forget_command();
  if (error) count_error();
}

void ServerSession::forget_command() {
  command_.text = std::string();
  command_.tag = std::string();
  command_.spec = nullptr;
  command_.execution.reset();
  command_.news.reset();
  command_.unheard = false;
  state_.cut_at.reset();
  command_.progress = Progress::more;
}

void ServerSession::bye(const Reply& reply) {
  if (mode_ == Mode::closed) return;
  responder_.untagged(reply.status, reply.code, reply.text);
  mode_ = Mode::closed;
}

void ServerSession::count_error() {
  const bool out = state_.mailboxes == nullptr;
  if (++errors_ >= (out ? options_.limits.login_errors : options_.limits.errors)) bye(kByeErrors);
}

}  // namespace posthorn::imap
