#include "protocol/sieve/extensions/foreverypart.h"

#include <algorithm>
#include <array>
#include <optional>

#include "protocol/sieve/check.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

/// Loops inside each other (RFC 5703 section 3: at least two).
constexpr std::size_t kMostLoops = 8;

constexpr TagRow kName{.name = "name", .value = Value::string};
constexpr std::array kTags{&kName};

bool is_inside(const mime::Message& message, mime::PartId part, mime::PartId around) {
  while (part.value() > around.value()) part = message.part(part).parent;
  return part == around;
}

/// Whether there is such a part, inside of the one that the loop around is at.
bool is_there(const mime::Message& message, mime::PartId part, std::optional<mime::PartId> around) {
  if (part.value() >= message.parts().size()) return false;
  return !around || (part != *around && is_inside(message, part, *around));
}

/// Each part stands before those inside of it.
mime::PartId after(const mime::Message& message, const Loops::Loop& loop) {
  mime::PartId next = loop.at.next();
  while (loop.replaced && next.value() < message.parts().size() && is_inside(message, next, loop.at))
    next = next.next();
  return next;
}

Flow walk(Call& call) {
  Run& run = call.run();
  Mail& mail = run.mail();
  Loops& loops = run.state<Loops>();
  if (loops.open.size() >= kMostLoops) {
    run.fail("too many loops inside each other");
    return Flow::stop;
  }
  std::optional<mime::PartId> around;
  if (!loops.open.empty()) around = loops.open.back().at;
  mime::PartId at = around ? around->next() : mime::PartId(0);
  const std::string name = own(call.text(kName).value_or(""));
  Flow flow = Flow::next;
  while (flow == Flow::next && is_there(mail.tree(), at, around) && run.spend(1)) {
    loops.open.push_back({name, at});
    mail.set_part(at);
    flow = call.block();
    at = after(mail.tree(), loops.open.back());
    loops.open.pop_back();
  }
  mail.set_part(around);
  if (flow != Flow::out) return flow;
  return --loops.leaving == 0 ? Flow::next : Flow::out;
}

Flow leave(Call& call) {
  Run& run = call.run();
  Loops& loops = run.state<Loops>();
  const auto name = call.text(kName);
  loops.leaving = 0;
  for (auto loop = loops.open.rbegin(); loop != loops.open.rend(); ++loop) {
    ++loops.leaving;
    if (!name || loop->name == *name) return Flow::out;
  }
  run.fail(name ? "there is no loop \"" + own(*name) + "\" to leave" : "there is no loop to leave");
  return Flow::stop;
}

void check_leave(Check& check);

constexpr Row kForeverypart{.name = "foreverypart",
                            .source = "RFC 5703 section 3",
                            .example = "foreverypart :name \"all\" { break :name \"all\"; }",
                            .tags = kTags,
                            .has_block = true,
                            .run = walk};
constexpr Row kBreak{.name = "break",
                     .source = "RFC 5703 section 3.2",
                     .example = "foreverypart { break; }",
                     .tags = kTags,
                     .check = check_leave,
                     .run = leave};
constexpr std::array kCommands{&kForeverypart, &kBreak};

void check_leave(Check& check) {
  if (std::ranges::find(check.ground().around, &kForeverypart) == check.ground().around.end())
    check.error("'break' stands inside of a 'foreverypart'");
}

}  // namespace

constexpr Extension foreverypart{.name = "foreverypart", .source = "RFC 5703 section 3", .commands = kCommands};

}  // namespace posthorn::sieve::extensions
