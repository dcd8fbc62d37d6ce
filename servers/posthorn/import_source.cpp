#include "import_source.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "posthorn/grammar/char_set.h"

namespace posthorn::servers {

namespace {

using imap::response::Condition;

Error refused(const imap::response::State& state) {
  Error error = peer_error(Code::not_found, "the server says: " + state.text);
  if (imap::response::is(state.code, imap::response::Word::authentication_failed)) error.code = Code::denied;
  return error;
}

}  // namespace

bool SourceBox::has(View attribute) const {
  return std::ranges::any_of(attributes, [&](const std::string& a) { return same_word(a, attribute); });
}

Result<std::unique_ptr<ImportSource>> ImportSource::open(SourceOptions options, Random& random) {
  auto connection = io::ClientConnection::open(options.remote);
  if (!connection) return fail(connection.error());
  auto source = std::make_unique<ImportSource>(std::move(*connection), std::move(options));
  if (source->options_.tls == SourceOptions::Tls::implicit) {
    auto facts = source->connection_->upgrade(source->options_.trust);
    if (!facts) return fail(facts.error());
    source->session_.upgraded(*facts);
  }
  if (auto in = source->log_in(random); !in) return fail(in.error());
  return source;
}

Result<void> ImportSource::greet() {
  std::optional<imap::response::State> greeting;
  auto driven = io::drive(*connection_, options_.trust, session_, [&](imap::ClientSession&, imap::ClientEvent& event) {
    if (auto* said = std::get_if<imap::Greeting>(&event)) greeting = std::move(said->state);
    return greeting ? Wants::close : Wants::again;
  });
  if (!driven) return fail(driven.error());
  if (!greeting || greeting->condition == Condition::bye)
    return fail(peer_error(Code::unavailable, "the server says: " + (greeting ? greeting->text : "nothing")));
  // Behind PREAUTH no STARTTLS is possible: somebody may have put it there to keep the connection plain.
  if (greeting->condition == Condition::preauth && options_.tls == SourceOptions::Tls::starttls)
    return fail(peer_error(Code::encryption_needed, "the server does not let STARTTLS happen"));
  logged_in_ = greeting->condition == Condition::preauth;
  return {};
}

Result<void> ImportSource::wait_for(Result<imap::CommandId> command) {
  if (!command) return fail(command.error());
  std::optional<imap::response::State> end;
  auto driven = io::drive(*connection_, options_.trust, session_, [&](imap::ClientSession&, imap::ClientEvent& event) {
    if (std::holds_alternative<imap::StartTls>(event)) return Wants::upgrade;
    if (auto* done = std::get_if<imap::Completed>(&event)) end = std::move(done->state);
    return end ? Wants::close : Wants::again;
  });
  if (!driven) return fail(driven.error());
  if (!end) return fail(peer_error(Code::closed, "the server ended the session"));
  if (end->condition != Condition::ok) return fail(refused(*end));
  return {};
}

Result<void> ImportSource::log_in(Random& random) {
  using imap::ask::capability;
  if (auto greeted = greet(); !greeted) return greeted;
  if (options_.tls == SourceOptions::Tls::starttls) {
    if (auto secured = wait_for(session_.send(imap::ask::starttls())); !secured) {
      if (secured.error().code == Code::not_found) secured.error().code = Code::encryption_needed;
      return secured;
    }
    // The handshake comes with the next exchange.
  }
  if (session_.capabilities().empty()) {
    if (auto known = wait_for(session_.send(capability())); !known) return known;
  }
  if (options_.tls == SourceOptions::Tls::starttls && !session_.tls())
    return fail(peer_error(Code::encryption_needed, "no TLS after STARTTLS"));
  if (logged_in_) return {};
  sasl::ClientOptions login{{}, options_.user, options_.password, &random, {}};
  auto in = wait_for(session_.log_in(std::move(login), options_.tls == SourceOptions::Tls::none));
  if (!in && in.error().code == Code::not_found) in.error().code = Code::denied;
  if (!in) return in;
  if (session_.capabilities().empty()) return wait_for(session_.send(capability()));
  return {};
}

Result<void> ImportSource::ask(std::vector<imap::ClientCommand> commands, const Ear& ear) {
  std::set<imap::CommandId> open;
  for (auto& command : commands) {
    auto sent = session_.send(std::move(command));
    if (!sent) return fail(sent.error());
    open.insert(*sent);
  }
  Result<void> result;
  auto driven = io::drive(*connection_, options_.trust, session_, [&](imap::ClientSession&, imap::ClientEvent& event) {
    if (const auto* done = std::get_if<imap::Completed>(&event)) {
      open.erase(done->command);
      if (done->state.condition != Condition::ok && result) result = fail(refused(done->state));
    }
    // After a failure the rest is heard to its end, so that the session stays usable.
    if (result) result = ear(event);
    return open.empty() ? Wants::close : Wants::again;
  });
  if (!driven) return fail(driven.error());
  if (result && *driven) return fail(peer_error(Code::closed, "the server ended the session"));
  return result;
}

Result<std::vector<SourceBox>> ImportSource::list() {
  std::vector<SourceBox> boxes;
  std::set<std::string> subscribed;
  imap::ask::ListOptions options;
  options.return_special_use = has("SPECIAL-USE") && (has("LIST-EXTENDED") || has("IMAP4rev2"));
  std::vector<imap::ClientCommand> commands;
  commands.push_back(imap::ask::list("", "*", options));
  commands.push_back(imap::ask::lsub("", "*"));
  auto asked = ask(std::move(commands), [&](imap::ClientEvent& event) -> Result<void> {
    auto* received = std::get_if<imap::Received>(&event);
    auto* row = received == nullptr ? nullptr : std::get_if<imap::response::List>(&received->data);
    if (row == nullptr) return {};
    if (row->kind == imap::response::List::Kind::lsub) {
      if (!row->has("\\Noselect")) subscribed.insert(row->wire_name);
    } else {
      boxes.push_back({row->wire_name, row->name, row->delimiter, std::move(row->attributes), false});
    }
    return {};
  });
  if (!asked) return fail(asked.error());
  for (SourceBox& box : boxes) box.subscribed = subscribed.contains(box.wire_name);
  return boxes;
}

void ImportSource::log_out() { static_cast<void>(wait_for(session_.send(imap::ask::logout()))); }

}  // namespace posthorn::servers
