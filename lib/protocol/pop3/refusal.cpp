#include "posthorn/protocol/pop3/refusal.h"

#include <array>

namespace posthorn::pop3 {

namespace {

struct Row {
  Code code;
  View transient;
  View permanent;
};

constexpr View kLater = "[SYS/TEMP] Try again later";
constexpr View kBroken = "[SYS/PERM] This does not work; tell the administrator";

constexpr View kSealed = "[SYS/PERM] This message is sealed; log in with the mailbox password to read it";

constexpr std::array kRows = {
    Row{Code::syntax, "Syntax error", "Syntax error"},
    Row{Code::bad_state, "Not in this state", "Not in this state"},
    Row{Code::too_long, "Line too long", "Line too long"},
    Row{Code::too_many, "[LOGIN-DELAY] Too many attempts; try again later", "Too many errors"},
    Row{Code::unsupported, "Unknown command or argument", "Unknown command or argument"},
    Row{Code::not_found, "No such message", "No such message"},
    Row{Code::exists, kLater, kBroken},
    Row{Code::conflict, "[IN-USE] The mailbox is in use", "[IN-USE] The mailbox is in use"},
    Row{Code::denied, "[AUTH] Login failed", "[AUTH] Login failed"},
    Row{Code::encryption_needed, "Start TLS first", "Start TLS first"},
    Row{Code::over_quota, kLater, kBroken},
    Row{Code::unavailable, kLater, kBroken},
    Row{Code::no_space, kLater, kBroken},
    Row{Code::corrupt, kLater, kBroken},
    Row{Code::sealed, kSealed, kSealed},
    Row{Code::timed_out, kLater, kBroken},
    Row{Code::closed, "Cancelled", "Cancelled"},
    Row{Code::misuse, kLater, kBroken},
    Row{Code::defect, kLater, kBroken},
};

}  // namespace

View refusal(Code code, Lasting lasting) {
  for (const Row& row : kRows) {
    if (row.code == code) return lasting == Lasting::transient ? row.transient : row.permanent;
  }
  return kBroken;
}

}  // namespace posthorn::pop3
