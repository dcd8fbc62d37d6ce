#include "protocol/managesieve/replies.h"

#include <algorithm>
#include <array>

namespace posthorn::managesieve {

namespace {

struct Row {
  Code code;
  Reply transient;
  Reply permanent;
};

constexpr Reply kLater{"NO", "TRYLATER", "Try again later"};
constexpr Reply kBroken{"NO", {}, "This does not work; tell the administrator"};
constexpr Reply kSyntax{"NO", {}, "Syntax error"};
constexpr Reply kActive{"NO", "ACTIVE", "The script is active"};
constexpr Reply kTooMany{"NO", "QUOTA/MAXSCRIPTS", "There are too many scripts"};
constexpr Reply kTooWeak{"NO", "AUTH-TOO-WEAK", "This mechanism is not allowed here"};
constexpr Reply kMissing{"NO", "NONEXISTENT", "There is no script of this name"};
constexpr Reply kExists{"NO", "ALREADYEXISTS", "There is a script of this name"};
constexpr Reply kDenied{"NO", {}, "Login failed"};
constexpr Reply kFull{"NO", "QUOTA", "There is no room left for scripts"};

constexpr std::array kRows = {
    Row{Code::syntax, kSyntax, kSyntax},
    Row{Code::bad_state, kActive, kActive},
    Row{Code::too_long, kScriptTooLong, kScriptTooLong},
    Row{Code::too_many, kTooMany, kTooMany},
    Row{Code::unsupported, kTooWeak, kTooWeak},
    Row{Code::not_found, kMissing, kMissing},
    Row{Code::exists, kExists, kExists},
    Row{Code::conflict, kLater, kBroken},
    Row{Code::denied, kDenied, kDenied},
    Row{Code::encryption_needed, kNeedsTls, kNeedsTls},
    Row{Code::over_quota, kFull, kFull},
    Row{Code::unavailable, kLater, kBroken},
    Row{Code::no_space, kLater, kBroken},
    Row{Code::corrupt, kLater, kBroken},
    Row{Code::sealed, kBroken, kBroken},
    Row{Code::timed_out, kLater, kBroken},
    Row{Code::closed, kCancelled, kCancelled},
    Row{Code::misuse, kLater, kBroken},
    Row{Code::defect, kLater, kBroken},
};

}  // namespace

Reply refusal(Code code, Lasting lasting) {
  for (const Row& row : kRows) {
    if (row.code == code) return lasting == Lasting::transient ? row.transient : row.permanent;
  }
  return kBroken;
}

std::string remarks_text(const std::vector<Diagnostic>& remarks, std::size_t limit) {
  std::string text;
  for (std::size_t i = 0; i < std::min(limit, remarks.size()); ++i) {
    const Diagnostic& remark = remarks[i];
    if (i > 0) text += "\r\n";
    if (remark.line > 0) text += "line " + std::to_string(remark.line);
    if (remark.line > 0 && remark.column > 0) text += ", column " + std::to_string(remark.column);
    text += (remark.line > 0 ? ": " : "") + remark.text;
  }
  if (remarks.size() > limit) text += "\r\nand " + std::to_string(remarks.size() - limit) + " more";
  return text;
}

}  // namespace posthorn::managesieve
