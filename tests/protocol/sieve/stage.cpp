#include "protocol/sieve/stage.h"

namespace posthorn::sieve {

namespace {

std::string flags(const Filing& filing) {
  if (!filing.flags) return "";
  std::string out = " [";
  for (const std::string& each : *filing.flags) out += (out.size() == 2 ? "" : " ") + each;
  return out + "]";
}

std::string mailbox(const FileInto& into) {
  std::string out = into.mailbox;
  if (!into.mailbox_id.empty()) out += " id=" + into.mailbox_id;
  if (!into.special_use.empty()) out += " use=" + into.special_use;
  if (into.create) out += " create";
  return out + flags(into.filing);
}

struct Words {
  std::string operator()(const Keep& keep) const {
    return (keep.implicit ? "implicit keep" : "keep") + flags(keep.filing);
  }
  std::string operator()(const FileInto& into) const { return "fileinto " + mailbox(into); }
  std::string operator()(const Redirect& to) const {
    std::string out = "redirect " + to.address;
    if (to.list) out += " list";
    if (!to.dsn.notify.empty()) out += " notify=" + to.dsn.notify;
    if (!to.dsn.ret.empty()) out += " ret=" + to.dsn.ret;
    if (to.deliver_by) {
      out += " by=" + std::to_string(to.deliver_by->seconds) + (to.deliver_by->return_late ? "R" : "N") +
             (to.deliver_by->trace ? "T" : "");
    }
    return out;
  }
  std::string operator()(const Discard& /*discard*/) const { return "discard"; }
  std::string operator()(const Reject& reject) const {
    return (reject.explicit_ ? "ereject " : "reject ") + reject.reason;
  }
  std::string operator()(const Vacation& answer) const {
    std::string out = "vacation " + answer.reason + " " + std::to_string(answer.period.count());
    if (!answer.subject.empty()) out += " subject=" + answer.subject;
    if (!answer.from.empty()) out += " from=" + answer.from;
    for (const std::string& each : answer.addresses) out += " address=" + each;
    if (answer.mime) out += " mime";
    if (answer.copy) out += " fcc=" + mailbox(*answer.copy);
    return out;
  }
  std::string operator()(const Notify& notify) const {
    std::string out = "notify " + notify.method + " " + std::to_string(notify.importance);
    if (!notify.message.empty()) out += " message=" + notify.message;
    if (!notify.from.empty()) out += " from=" + notify.from;
    for (const std::string& each : notify.options) out += " option=" + each;
    if (notify.copy) out += " fcc=" + mailbox(*notify.copy);
    return out;
  }
};

}  // namespace

std::string words(const Outcome& outcome) {
  std::string out;
  if (outcome.error) {
    out = "error " + std::to_string(outcome.error->at.line) + ":" + std::to_string(outcome.error->at.column) + " " +
          outcome.error->text;
  }
  for (const Action& each : outcome.actions) out += (out.empty() ? "" : "; ") + std::visit(Words(), each);
  return out;
}

std::string kept(const Outcome& outcome) {
  const auto* keep = std::get_if<Keep>(&outcome.actions.back());
  return keep == nullptr || keep->filing.message == nullptr ? std::string() : *keep->filing.message;
}

std::string errors(View script) {
  std::string out;
  for (const Diagnostic& each : compile(script).errors)
    out += std::to_string(each.at.line) + ":" + std::to_string(each.at.column) + " " + each.text + "\n";
  return out;
}

std::string Stage::run(View script, View message) {
  const Compilation made = compile(script);
  if (made.program == nullptr) return errors(script);
  const std::shared_ptr<const Program> programs[] = {made.program};
  outcome = evaluate(programs, {message, envelope, imap_event, flags}, world, options);
  return words(outcome);
}

}  // namespace posthorn::sieve
