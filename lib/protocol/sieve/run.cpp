#include "protocol/sieve/run.h"

#include <algorithm>
#include <utility>

namespace posthorn::sieve {

std::optional<std::uint64_t> Call::number(const TagRow& tag) const {
  const Bound* bound = find_tag(program_, node_, tag);
  return bound == nullptr ? std::nullopt : std::optional(bound->number);
}

std::optional<View> Call::text(const TagRow& tag) const {
  const Bound* bound = find_tag(program_, node_, tag);
  if (bound == nullptr) return std::nullopt;
  return run_.text(program_, program_.strings(bound->texts).front());
}

namespace {

std::vector<std::string> all_texts(Run& run, const Program& program, const Bound* bound) {
  std::vector<std::string> out;
  if (bound == nullptr) return out;
  for (const Text& each : program.strings(bound->texts)) out.emplace_back(run.text(program, each));
  return out;
}

}  // namespace

std::vector<std::string> Call::texts(const TagRow& tag) const {
  return all_texts(run_, program_, find_tag(program_, node_, tag));
}

std::vector<std::string> Call::texts(std::size_t i) const {
  return all_texts(run_, program_, find_parameter(program_, node_, i));
}

std::size_t Call::count(std::size_t i) const {
  const Bound* bound = find_parameter(program_, node_, i);
  return bound == nullptr ? 0 : bound->texts.count;
}

View Call::text_at(std::size_t i, std::size_t place) const {
  return run_.text(program_, program_.strings(find_parameter(program_, node_, i)->texts)[place]);
}

bool Call::test(std::size_t i) const { return run_.test(program_, program_.listed(node_.tests)[i]); }

Flow Call::block() const { return run_.commands(program_, node_.block); }

Selection Call::selection() const {
  Selection selection;
  Call call = *this;
  for (const Bound& each : program_.tags(node_)) {
    if (each.tag->select != nullptr) each.tag->select(call, *each.tag, selection);
  }
  return selection;
}

namespace {

/// Whether both go to one place. The mailbox that is named is the last resort only where an id or a use goes before it.
bool is_same_place(const Action& one, const Action& other) {
  if (one.index() != other.index()) return false;
  if (const auto* into = std::get_if<FileInto>(&one)) {
    const auto& known = std::get<FileInto>(other);
    return into->mailbox == known.mailbox && into->mailbox_id == known.mailbox_id &&
           into->special_use == known.special_use;
  }
  if (const auto* to = std::get_if<Redirect>(&one)) return to->address == std::get<Redirect>(other).address;
  return std::holds_alternative<Keep>(one) || std::holds_alternative<Discard>(one);
}

}  // namespace

Run::Run(const Subject& subject, Environment& environment, const RunOptions& options)
    : subject_(subject), environment_(environment), options_(options), mail_(subject.message, options.limits) {}

Run::~Run() = default;

void Run::fail(View why) {
  if (!failed()) outcome_.error = Diagnostic{at_, own(why)};
}

bool Run::spend(std::uint64_t steps) {
  outcome_.steps += steps;
  if (outcome_.steps <= options_.limits.steps) return true;
  fail("the script takes too many steps");
  return false;
}

bool Run::spend_octets(std::uint64_t octets) {
  counters_.looked += octets;
  const std::uint64_t steps = counters_.looked / kOctetsOfStep;
  counters_.looked %= kOctetsOfStep;
  return spend(steps);
}

bool Run::hold(std::size_t before, std::size_t now) {
  counters_.held = counters_.held - std::min(before, counters_.held) + now;
  if (counters_.held <= options_.limits.memory) return true;
  fail("the script holds too much");
  return false;
}

void Run::forget_scratch() {
  scratch_.clear();
  counters_.scratch = 0;
}

std::string Run::cut(std::string value) const {
  std::size_t size = options_.limits.variable;
  if (value.size() <= size) return value;
  // Not within a character.
  while (size > 0 && (static_cast<unsigned char>(value[size]) & 0xC0U) == 0x80U) --size;
  value.resize(size);
  return value;
}

void Run::set(std::uint32_t variable, std::string value) {
  std::string& place = frame().variable(variable);
  value = cut(std::move(value));
  if (hold(place.size(), value.size())) place = std::move(value);
}

View Run::text(const Program& program, const Text& text) {
  if (text.pieces.count == 0) {
    const View octets = program.octets(text.octets);
    spend_octets(kOctetsOfText + octets.size());
    return octets;
  }
  std::string out;
  for (std::uint32_t i = 0; i < text.pieces.count; ++i) {
    const Piece& piece = program.pieces[text.pieces.first + i];
    switch (piece.kind) {
      case Piece::Kind::octets: out += program.octets({piece.at, piece.size}); break;
      case Piece::Kind::variable: out += frame().variable(piece.at); break;
      case Piece::Kind::match:
        if (piece.at < frame().matches.size()) out += frame().matches[piece.at];
        break;
      case Piece::Kind::named: {
        // The rest of the name is the next piece.
        const Piece& rest = program.pieces[text.pieces.first + ++i];
        if (auto value = program.namespaces[piece.at]->get(*this, program.octets({rest.at, rest.size}))) out += *value;
        break;
      }
    }
  }
  spend_octets(kOctetsOfText + out.size());
  out = cut(std::move(out));
  counters_.scratch += out.size();
  if (counters_.held + counters_.scratch > options_.limits.memory) fail("the script holds too much");
  return keep(std::move(out));
}

void Run::trace(Place at, std::string text) {
  if (traces()) outcome_.trace.push_back({at, std::move(text)});
}

Flow Run::commands(const Program& program, Span block) {
  bool taken = false;
  for (const std::uint32_t i : program.listed(block)) {
    const Flow flow = command(program, program.nodes[i], taken);
    if (failed()) return Flow::stop;
    if (flow != Flow::next) return flow;
  }
  return Flow::next;
}

Flow Run::command(const Program& program, const Node& node, bool& taken) {
  at_ = node.at;
  if (!spend(1)) return Flow::stop;
  Call call(*this, program, node);
  switch (node.row->control) {
    case Control::if_: taken = false; [[fallthrough]];
    case Control::elsif:
      if (taken || !call.test(0) || failed()) break;
      taken = true;
      return call.block();
    case Control::else_: return taken ? Flow::next : call.block();
    case Control::require: break;
    case Control::none: {
      const Flow flow = node.row->run(call);
      if (!node.row->has_block) forget_scratch();
      return flow;
    }
  }
  return Flow::next;
}

bool Run::test(const Program& program, std::uint32_t i) {
  const Node& node = program.nodes[i];
  if (failed()) return false;
  at_ = node.at;
  if (!spend(1)) return false;
  Call call(*this, program, node);
  const bool holds = node.row->test(call) && !failed();
  if (traces()) trace(node.at, own(node.row->name) + (holds ? ": true" : ": false"));
  if (node.tests.count == 0) forget_scratch();
  return holds;
}

Flow Run::enter(const Program& program) {
  const auto answers = std::ranges::find(program.required, true, &Extension::answers_delivery);
  if (subject_.imap_event && answers != program.required.end()) {
    fail("\"" + own((*answers)->name) + "\" answers to a delivery, and this is an event of IMAP (RFC 6785)");
    return Flow::stop;
  }
  frames_.push_back({&program, std::vector<std::string>(program.variables.size()), {}, {}});
  const Flow flow = commands(program, program.body);
  frames_.pop_back();
  return flow;
}

// RFC 5429 section 2.2: a refused message goes nowhere else.
bool Run::is_allowed(const Action& action) {
  const auto refuses = [](const Action& each) { return std::holds_alternative<Reject>(each); };
  const auto goes = [](const Action& each) {
    return std::holds_alternative<Keep>(each) || std::holds_alternative<FileInto>(each) ||
           std::holds_alternative<Redirect>(each) || std::holds_alternative<Vacation>(each);
  };
  const bool clash =
      (refuses(action) &&
       std::ranges::any_of(outcome_.actions, [&](const Action& each) { return goes(each) || refuses(each); })) ||
      (goes(action) && std::ranges::any_of(outcome_.actions, refuses));
  if (clash) fail("a message that is rejected cannot be kept, filed, redirected or answered as well");
  const auto redirects = std::ranges::count_if(
      outcome_.actions, [](const Action& each) { return std::holds_alternative<Redirect>(each); });
  if (std::holds_alternative<Redirect>(action) && static_cast<std::size_t>(redirects) >= options_.limits.redirects)
    fail("too many redirects");
  if (outcome_.actions.size() >= options_.limits.actions) fail("too many actions");
  if (std::holds_alternative<Vacation>(action) &&
      std::ranges::any_of(outcome_.actions, [](const Action& each) { return std::holds_alternative<Vacation>(each); }))
    fail("a message is answered once");
  return !failed();
}

void Run::act(Call& call, Action action, bool cancels_keep) {
  const auto tags = call.program().tags(call.node());
  if (cancels_keep && std::ranges::none_of(tags, [](const Bound& each) { return each.tag->keeps; })) keeps_ = false;
  const auto fill = [&](Filing& filing) {
    filing.message = mail_.changed();
    if (at_filing_ != nullptr) at_filing_(*this, filing);
  };
  if (auto* keep = std::get_if<Keep>(&action)) fill(keep->filing);
  if (auto* into = std::get_if<FileInto>(&action)) fill(into->filing);
  if (auto* redirect = std::get_if<Redirect>(&action)) redirect->message = mail_.sent_on();
  for (const Bound& each : tags) {
    if (each.tag->act != nullptr) each.tag->act(call, *each.tag, action);
  }
  // Twice into the same place is once, with what was said last (RFC 5228 section 2.10.3).
  const auto same =
      std::ranges::find_if(outcome_.actions, [&](const Action& other) { return is_same_place(action, other); });
  if (same != outcome_.actions.end()) {
    auto* into = std::get_if<FileInto>(&action);
    if (into != nullptr) into->create = into->create || std::get<FileInto>(*same).create;
    *same = std::move(action);
  } else if (is_allowed(action)) {
    outcome_.actions.push_back(std::move(action));
  }
}

// What a script in front left: the next one decides about a message that is kept.
void Run::finish_script(bool last) {
  const auto keep =
      std::ranges::find_if(outcome_.actions, [](const Action& each) { return std::holds_alternative<Keep>(each); });
  const bool said = keep != outcome_.actions.end();
  if (last) {
    if (keeps_ && !said) outcome_.actions.emplace_back(settled_.keep.implicit ? implicit_keep() : settled_.keep);
    return;
  }
  keeps_ = keeps_ || said;
  if (said) {
    settled_.keep = std::get<Keep>(std::move(*keep));
    outcome_.actions.erase(keep);
  } else if (settled_.keep.implicit) {
    settled_.keep = implicit_keep();
  }
  settled_.actions = outcome_.actions;
  settled_.remembered = outcome_.remembered;
}

Keep Run::implicit_keep() {
  Keep keep{.filing = {.flags = std::nullopt, .message = mail_.changed()}, .implicit = true};
  if (at_filing_ != nullptr) at_filing_(*this, keep.filing);
  return keep;
}

Outcome Run::run(std::span<const std::shared_ptr<const Program>> scripts) {
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    outcome_.script = i;
    static_cast<void>(enter(*scripts[i]));
    if (failed()) break;
    const bool last = i + 1 == scripts.size();
    finish_script(last);
    if (!last && !keeps_) break;
  }
  if (scripts.empty()) finish_script(true);
  if (failed()) {
    outcome_.actions = std::move(settled_.actions);
    outcome_.remembered = std::move(settled_.remembered);
    outcome_.actions.emplace_back(std::move(settled_.keep));
  }
  return std::move(outcome_);
}

Outcome evaluate(std::span<const std::shared_ptr<const Program>> scripts, const Subject& subject,
                 Environment& environment, const RunOptions& options) {
  return Run(subject, environment, options).run(scripts);
}

}  // namespace posthorn::sieve
