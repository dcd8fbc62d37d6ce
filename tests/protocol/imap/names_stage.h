// Commands about names over a FakeAccount, with what ENABLE would have switched on.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/spec.h"
#include "posthorn/testing/fake_mailboxes.h"

#include "listed_mailbox.h"

namespace posthorn::testing {

struct NamesStage {
  FakeAccount account;
  imap::Limits limits;
  imap::State state;

  explicit NamesStage(std::string login = "ann") {
    state.limits = &limits;
    state.mailboxes = account.session(std::move(login));
  }
  /// A mailbox that is not the user's own, with the levels above it left out.
  void share(const std::string& name, const std::string& identifier, imap::Rights rights) {
    account.make(name)->acl[identifier] = rights;
  }
  /// A whole command without its tag; the tag is "A".
  std::string say(View command, std::size_t mark = 65'536, std::size_t* largest = nullptr) {
    const std::size_t end = std::min(command.find(' '), command.size());
    const imap::CommandSpec* row = imap::find_command(imap::all_commands(), command.substr(0, end));
    if (row == nullptr) return "no such command";
    return dialogue(*row, command.substr(end), state, mark, largest, state.enabled.utf8 || state.enabled.rev2);
  }
};

}  // namespace posthorn::testing
