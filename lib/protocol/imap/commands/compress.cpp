#include "protocol/imap/commands/compress.h"

#include <utility>

#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::compress {

Result<Args> parse(Cursor& c) {
  Args args;
  View algorithm;
  static_cast<void>(c.sp() && atom(c, algorithm));
  args.algorithm = algorithm;
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    if (!same_word(args.algorithm, "DEFLATE")) return responder.finish(kNoAlgorithm);
    if (state.compressed) return responder.finish(kCompressedAlready);
    state.request = Request::compress;
    responder.ok("DEFLATE from here on");
  });
}

}  // namespace posthorn::imap::commands::compress
