#include "protocol/imap/commands/examine.h"

#include <utility>

namespace posthorn::imap::commands::examine {

Result<std::unique_ptr<Execution>> run(select::Args args, State& state) {
  return select::open(std::move(args), true, state);
}

}  // namespace posthorn::imap::commands::examine
