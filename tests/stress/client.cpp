#include "stress/client.h"

#include <algorithm>
#include <cstdio>

namespace posthorn::stress {

namespace ask = imap::ask;

namespace {

// Every kind of client; each has its part in a run.
constexpr Style kStyles[] = {
    {"", {}},
    {"CONDSTORE", {.modseqs = true}},
    {"QRESYNC", {.vanishes = true, .modseqs = true, .qresync = true}},
    {"IMAP4rev2", {}},
    {"IMAP4rev2 QRESYNC", {.vanishes = true, .modseqs = true, .qresync = true}},
    {"UIDONLY", {.numbers = false, .vanishes = true}},
    {"UIDONLY QRESYNC", {.numbers = false, .vanishes = true, .modseqs = true, .qresync = true}},
    {"", {}},
};

constexpr int kSteps = 64;  // after so many other clients of the thread get their turn
constexpr Duration kTick = std::chrono::milliseconds(500);

}  // namespace

void Problems::add(const std::string& who, const std::string& what, const std::string& dialogue) {
  const std::size_t number = ++count_;
  const std::lock_guard lock(mutex_);
  if (number > kPrinted) return;
  std::fprintf(stderr, "inconsistent: %s: %s\n", who.c_str(), what.c_str());
  if (number <= kDialogues) std::fprintf(stderr, "%s\n", dialogue.c_str());
}

Client::Client(Site& site, std::uint32_t number, std::uint64_t seed)
    : number_(number),
      member_{site, kStyles[number % std::size(kStyles)], OwnKeyword("$k" + std::to_string(number), site.ledger),
              Dice(seed * 1'000'003 + number), [this](const std::string& what) { complain(what); }},
      operations_(member_.dice, site.ledger, member_.keyword, number) {}

void Client::complain(const std::string& what) const {
  const std::string style = member_.style.enable.empty() ? "IMAP4rev1" : own(member_.style.enable);
  member_.site.problems.add("client " + std::to_string(number_) + " (" + style + ")", what, text());
}

std::string Client::text() const { return connection_ == nullptr ? "not connected" : connection_->text(); }

void Client::close(std::size_t box, std::span<const Held> held) const {
  member_.keyword.close(box, held, member_.complain);
}

void Client::connect() {
  const roles::Services& services = member_.site.services;
  auto server = roles::make_imap_role(services, {.host_name = "h", .remote = "192.0.2.1", .clear_login = true}, {});
  server->set_wake(wake_);
  connection_ = std::make_unique<Connection>(member_, std::move(server), services.clock.now());
  connection_->log_in();
  drop_in_ = 0;
}

void Client::work() { connection_->server().work(member_.site.services.clock.now()); }

Client::Turn Client::turn() {
  const Clock& clock = member_.site.services.clock;
  again_at_ = clock.now() + kTick;
  for (int step = 0; step < kSteps; ++step) {
    if (member_.site.stage.phase == Phase::over) {
      connection_.reset();
      arrive(Phase::over);
      return Turn::wait;
    }
    if (connection_ == nullptr) connect();
    bool moved = connection_->hear(clock.now());
    moved = speak() || moved;
    moved = connection_->carry() || moved;
    if (connection_->over() || (drop_in_ > 0 && --drop_in_ == 0)) {
      connection_.reset();
      continue;
    }
    switch (connection_->server().next(clock.now())) {
      case Wants::work: return Turn::work;
      case Wants::input:
      case Wants::pause:
        if (!moved && connection_->server().transmit().empty()) return Turn::wait;
        break;
      case Wants::close:
        while (connection_->carry()) {
        }
        connection_->hear(clock.now());
        if (!connection_->over() && !connection_->may_be_cut()) complain("the server closes the connection");
        connection_.reset();
        break;
      case Wants::again:
      case Wants::upgrade: break;
    }
  }
  return Turn::again;
}

bool Client::arrive(Phase phase) {
  if (arrived_ == phase) return false;
  arrived_ = phase;
  asked_ = false;
  ++member_.site.stage.arrived;
  return false;
}

bool Client::speak() {
  const Phase phase = member_.site.stage.phase;
  if (phase == Phase::idling || phase == Phase::waking) return idle(phase);
  const TimePoint now = member_.site.services.clock.now();
  if (connection_->idles()) {
    if (now < idle_until_ && phase == Phase::running) {
      again_at_ = std::min(again_at_, idle_until_);
      return false;
    }
    connection_->end_idle();
    return true;
  }
  if (!connection_->ready()) return false;
  switch (phase) {
    case Phase::running: return speak_at_random();
    case Phase::quiet: return arrive(phase);
    case Phase::agreeing: return agree();
    case Phase::comparing:
      if (arrived_ != phase) connection_->view()->close(member_.site.stage.held.at(connection_->view()->box()));
      return arrive(phase);
    case Phase::idling:
    case Phase::waking:
    case Phase::over: return false;
  }
  return false;
}

bool Client::select_something() {
  connection_->select(member_.dice.roll(kMailboxes.size()));
  return true;
}

bool Client::speak_at_random() {
  Dice& dice = member_.dice;
  if (dice.one_in(400)) drop_in_ = 1 + dice.roll(12);
  const ViewModel* view = connection_->view();
  if (view == nullptr && !dice.one_in(8)) return select_something();
  const Scene scene{view, connection_->read_only(), member_.style.manner};
  if (view != nullptr) {
    if (!view->knows_all() && !dice.one_in(6)) {
      connection_->send(Operations::synchronise(scene));
      return true;
    }
    const std::size_t kind = dice.roll(100);
    if (kind < 3) return select_something();
    if (kind == 3) {
      connection_->leave();
      return true;
    }
    if (kind < 8) {
      idle_until_ = member_.site.services.clock.now() + std::chrono::milliseconds(1 + dice.roll(40));
      connection_->idle();
      return true;
    }
  }
  for (Asked& asked : operations_.choose(scene)) connection_->send(std::move(asked));
  return true;
}

// First what NOOP tells, then only what the client cannot know.
bool Client::agree() {
  const Phase phase = Phase::agreeing;
  if (arrived_ == phase) return false;
  const ViewModel* view = connection_->view();
  if (view == nullptr) {
    connection_->select(number_ % kMailboxes.size());
    return true;
  }
  if (!asked_) {
    asked_ = true;
    connection_->send(Operations::noop());
    return true;
  }
  if (view->knows_all()) return arrive(phase);
  connection_->send(Operations::synchronise({view, false, member_.style.manner}));
  return true;
}

bool Client::idle(Phase phase) {
  if (connection_->idles()) {
    const std::size_t held = member_.site.stage.held.at(connection_->view()->box()).size();
    const bool told = connection_->view()->messages().size() == held + 1;
    if (phase == Phase::idling || told) return arrive(phase);
    return false;
  }
  if (!connection_->ready() || phase == Phase::waking) return false;
  connection_->idle();
  return true;
}

}  // namespace posthorn::stress
