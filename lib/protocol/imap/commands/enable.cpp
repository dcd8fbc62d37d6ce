#include "protocol/imap/commands/enable.h"

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/imap/enabling.h"

namespace posthorn::imap::commands::enable {

namespace {
struct Extension {
  View word;
  bool Enabled::* member;
};
constexpr std::array<Extension, 5> kExtensions{{{"IMAP4REV2", &Enabled::rev2},
                                                {"UTF8=ACCEPT", &Enabled::utf8},
                                                {"CONDSTORE", &Enabled::condstore},
                                                {"QRESYNC", &Enabled::qresync},
                                                {"UIDONLY", &Enabled::uidonly}}};
}  // namespace

Result<Args> parse(Cursor& c) {
  Args args;
  do {
    View word;
    if (!(c.sp() && atom(c, word))) break;
    // What is not known is no error: the client sees that it is not enabled (section 6.3.1).
    for (const Extension& known : kExtensions) {
      const bool again = std::ranges::find(args.words, known.word) != args.words.end();
      if (same_word(word, known.word) && !again) args.words.emplace_back(known.word);
    }
  } while (!c.at_end());
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    std::string enabled = "ENABLED";
    for (const std::string& word : args.words) {
      for (const Extension& known : kExtensions) {
        if (known.word != word || std::exchange(state.enabled.*known.member, true)) continue;
        (enabled += ' ') += word == "IMAP4REV2" ? "IMAP4rev2" : word;
      }
    }
    const bool modseqs = state.enabled.qresync && !state.enabled.condstore;  // RFC 7162 section 3.2.3
    if (modseqs) enable_condstore(state, responder);
    responder.set_enabled(state.enabled);
    responder.untagged(enabled);
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::enable
