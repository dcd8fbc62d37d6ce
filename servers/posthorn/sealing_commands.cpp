#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/core.h>

#include "posthorn/grammar/mime/compose.h"
#include "posthorn/service/directory/sealing.h"

#include "commands.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

struct Words {
  std::string address;
  std::string label;
  std::string credential_file;
  bool later = false;
};

Result<std::shared_ptr<mailbox::Account>> open_account(Site& site, const std::string& address) {
  const auto known = site.directory().account(address);
  if (!known) return fail(known.error());
  return site.accounts().open(known->id, {known->quota_octets, known->quota_messages});
}

/// A message in the mailbox itself, stored as all new mail: its owner learns what was changed (and by whom he may ask).
Result<void> tell_owner(Site& site, const std::string& address, const std::string& subject, const std::string& text) {
  auto account = open_account(site, address);
  if (!account) return fail(account.error());
  mime::Composition note;
  note.date = site.clock().wall();
  note.from = mail::address_list("Mail server <postmaster@" + address.substr(address.rfind('@') + 1) + ">");
  note.to = mail::address_list(address);
  note.subject = subject;
  note.text = text;
  note.more.emplace_back("Auto-Submitted", "auto-generated");
  const auto octets = mime::compose(note, site.random());
  if (!octets) return fail(octets.error());
  auto body = (*account)->write_body();
  if (!body) return fail(body.error());
  if (auto written = (*body)->append(*octets); !written) return written;
  auto finished = (*body)->finish();
  if (!finished) return fail(finished.error());
  mailbox::NewMessage message;
  message.mailbox = "INBOX";
  message.body = std::move(*finished);
  message.internal_date = site.clock().wall();
  const auto added = (*account)->add(message);
  if (!added) return fail(added.error());
  return {};
}

int encrypt(Site& site, const Words& words) {
  const std::string what = "mailbox encrypt " + words.address;
  const auto state = site.directory().sealing().set_sealed(words.address, true);
  if (!state) return complain(what, state.error());
  if (*state == vault::State::pending) {
    fmt::print(
        "{}: pending. There is no key yet: its owner must log in once with the password (or give it a new password "
        "with 'posthorn mailbox passwd'). Until then new mail is stored plain.\n",
        words.address);
  } else {
    fmt::print("{}: new mail is sealed from now on. Older mail: posthorn mailbox reprocess {}\n", words.address,
               words.address);
  }
  if (*state == vault::State::pending) {
    const auto asked = tell_owner(site, words.address, "Your mailbox is to be sealed",
                                  "Your administrator wants to switch encryption on for this mailbox. It begins when "
                                  "you log in with your password the next time; until then new mail is stored "
                                  "unencrypted.\n");
    return asked ? 0 : complain(what + ": the note to its owner", asked.error());
  }
  const auto told = tell_owner(site, words.address, "Your mailbox is sealed from now on",
                               "Your administrator has switched encryption on for this mailbox. New mail can only be "
                               "read with your password.\n\nIf you lose the password, nobody can restore that mail: "
                               "ask for a recovery token and keep it in a safe place.\n");
  return told ? 0 : complain(what + ": the note to its owner", told.error());
}

int decrypt(Site& site, const Words& words) {
  const std::string what = "mailbox decrypt " + words.address;
  const auto state = site.directory().sealing().set_sealed(words.address, false);
  if (!state) return complain(what, state.error());
  fmt::print("{}: new mail is stored plain from now on. Sealed mail stays sealed: posthorn mailbox reprocess {}\n",
             words.address, words.address);
  const auto told = tell_owner(site, words.address, "Your mailbox is no longer sealed",
                               "Your administrator has switched encryption off for this mailbox. New mail is stored "
                               "unencrypted. Mail that is sealed stays sealed.\n");
  return told ? 0 : complain(what + ": the note to its owner", told.error());
}

View word_of(vault::State state) {
  switch (state) {
    case vault::State::off: return "off: new mail is stored plain";
    case vault::State::pending:
      return "pending: sealed as soon as its owner logs in with the password; plain until then";
    case vault::State::on: return "on: new mail is sealed";
  }
  return "unknown";
}

int status(Site& site, const Words& words) {
  const std::string what = "mailbox status " + words.address;
  const auto status = site.directory().sealing().status(words.address);
  if (!status) return complain(what, status.error());
  auto account = open_account(site, words.address);
  if (!account) return complain(what, account.error());
  auto mailboxes = (*account)->list();
  if (!mailboxes) return complain(what, mailboxes.error());
  std::uint64_t sealed = 0;
  std::uint64_t plain = 0;
  for (const auto& info : *mailboxes) {
    if (!info.exists) continue;
    const auto messages = (*account)->messages(info.name);
    if (!messages) return complain(what, messages.error());
    for (const auto& message : *messages) ++(message.body.capsule.empty() ? plain : sealed);
  }
  fmt::print("{}\nsealing   {}\nmessages  {} sealed, {} plain\n", words.address, word_of(status->setting.state), sealed,
             plain);
  if (status->setting.reprocess) fmt::print("reprocess at the next login that opens the mailbox\n");
  for (const auto& generation : status->generations) {
    std::string slots;
    for (const auto& [kind, name] : generation.slots) {
      slots += (slots.empty() ? "" : ", ") + own(vault::name_of(kind)) + (name.empty() ? "" : " '" + name + "'");
    }
    const bool present = &generation == &status->generations.back();
    const View state = present ? "present" : generation.handed_on ? "old, opens with the present one" : "old, closed";
    fmt::print("key {}     {}; opened by {}\n", generation.number, state, slots.empty() ? "nothing" : slots);
  }
  if (status->generations.empty()) fmt::print("keys      none yet\n");
  return 0;
}

int reprocess(Site& site, const Words& words) {
  const std::string what = "mailbox reprocess " + words.address;
  if (words.later) {
    const auto asked = site.directory().sealing().request_reprocess(words.address, true);
    if (!asked) return complain(what, asked.error());
    fmt::print("{}: done at the next IMAP login that opens the mailbox\n", words.address);
    return 0;
  }
  const auto credential = ask_credential(words.credential_file, "Password of " + words.address);
  if (!credential) return complain(what, credential.error());
  const auto login = site.directory().log_in({}, words.address, *credential);
  if (!login) return complain(what, login.error());
  if (login->locked) return complain(what, vault::sealed_error("this password does not open the mailbox"));
  auto account = open_account(site, words.address);
  if (!account) return complain(what, account.error());
  Result<mailbox::Reprocessed> done;
  {
    Progress progress("messages");
    done = (*account)->reprocess(login->keys, [&](std::uint64_t at, std::uint64_t all) {
      progress.show(at, all);
      return true;
    });
  }
  if (!done) return complain(what, done.error());
  // What was plain must not stay in the files either.
  if (auto purged = site.store().purge(); !purged) return complain(what + ": removing the old form", purged.error());
  static_cast<void>(
      site.directory().sealing().record("reprocess", words.address, fmt::format("{} messages", done->rewritten)));
  fmt::print("{} messages stored as the mailbox is set\n", done->rewritten);
  if (done->left > 0) {
    fmt::print(stderr, "posthorn: the mailbox was switched meanwhile; {} messages are left: say it again\n", done->left);
    return 1;
  }
  if (done->closed == 0) return 0;
  fmt::print(stderr, "posthorn: {} messages do not open with this password and stay as they are\n", done->closed);
  return 1;
}

int recovery_token(Site& site, const Words& words) {
  const std::string what = "mailbox recovery-token " + words.address;
  const auto credential = ask_credential(words.credential_file, "Password of " + words.address);
  if (!credential) return complain(what, credential.error());
  const auto token = site.directory().sealing().add_recovery_token(words.address, *credential);
  if (!token) return complain(what, token.error());
  fmt::print(stderr,
             "The token opens the mailbox when its password is lost. It is shown this once; an older one is void.\n");
  fmt::print("{}\n", token->reveal());
  return 0;
}

int reopen(Site& site, const Words& words) {
  const std::string what = "mailbox reopen " + words.address;
  const auto credential = ask_credential(words.credential_file, "Old password or recovery token");
  if (!credential) return complain(what, credential.error());
  const auto opened = site.directory().sealing().reopen(words.address, *credential);
  if (!opened) return complain(what, opened.error());
  fmt::print("{} old keys open with the present password again\n", *opened);
  return 0;
}

int add_app_password(Site& site, const Words& words) {
  const std::string what = "mailbox app-password add " + words.address;
  const auto credential = ask_credential(words.credential_file, "Password of " + words.address);
  if (!credential) return complain(what, credential.error());
  const auto made = site.directory().sealing().add_app_password(words.address, words.label, *credential);
  if (!made) return complain(what, made.error());
  fmt::print("{}\n", made->reveal());
  return 0;
}

int remove_app_password(Site& site, const Words& words) {
  const auto removed = site.directory().sealing().remove_app_password(words.address, words.label);
  return removed ? 0 : complain("mailbox app-password remove " + words.address, removed.error());
}

int list_app_passwords(Site& site, const Words& words) {
  const auto status = site.directory().sealing().status(words.address);
  if (!status) return complain("mailbox app-password list " + words.address, status.error());
  std::vector<std::vector<std::string>> rows{{"LABEL"}};
  if (!status->generations.empty()) {
    for (const auto& [kind, name] : status->generations.back().slots) {
      if (kind == vault::SlotKind::app_password) rows.push_back({name});
    }
  }
  print_table(rows, "no app passwords");
  return 0;
}

int list_audit(Site& site, const std::string& address) {
  const auto entries = site.directory().sealing().audit(address);
  if (!entries) return complain("audit", entries.error());
  std::vector<std::vector<std::string>> rows{{"TIME", "ACTOR", "ACTION", "MAILBOX", "DETAIL"}};
  for (const auto& entry : *entries) {
    const std::time_t when = entry.time.time_since_epoch().count();
    rows.push_back({fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(when)), entry.actor, entry.action, entry.address,
                    entry.detail});
  }
  print_table(rows, "nothing was done yet");
  return 0;
}

}  // namespace

void add_sealing_commands(CLI::App& app, Action& chosen) {
  CLI::App* mailbox = app.get_subcommand("mailbox");
  auto words = std::make_shared<Words>();
  const auto command = [&chosen, words](CLI::App* parent, const char* name, const char* help,
                                        int (*run)(Site&, const Words&)) {
    CLI::App* made = parent->add_subcommand(name, help);
    made->add_option("ADDRESS", words->address)->required();
    made->callback([&chosen, words, run] { chosen = [words, run](Site& site) { return run(site, *words); }; });
    return made;
  };
  const auto with_credential = [words](CLI::App* made, const char* help) {
    made->add_option("--password-file", words->credential_file, help);
    return made;
  };
  constexpr const char* kPassword = "the mailbox password: the first line of this file; - is standard input";
  command(mailbox, "encrypt", "seal new mail, so that only the mailbox password opens it", encrypt);
  command(mailbox, "decrypt", "store new mail plain again; sealed mail stays sealed", decrypt);
  command(mailbox, "status", "how mail is stored, and what opens it", status);
  CLI::App* all = with_credential(
      command(mailbox, "reprocess", "store all old mail as the mailbox is set now", reprocess), kPassword);
  all->add_flag("--at-login", words->later, "do not ask for the password: do it when its owner logs in next");
  with_credential(
      command(mailbox, "recovery-token", "make a token that opens the mailbox without the password", recovery_token),
      kPassword);
  with_credential(command(mailbox, "reopen", "bring back mail from before a password reset", reopen),
                  "the password or recovery token of that time: the first line of this file; - is standard input");
  CLI::App* app_password = mailbox->add_subcommand("app-password", "passwords for single programs");
  app_password->require_subcommand(1);
  CLI::App* add = command(app_password, "add", "make a password for one program and print it, once", add_app_password);
  add->add_option("LABEL", words->label, "what it is for: phone")->required();
  with_credential(add, kPassword);
  command(app_password, "remove", "make an app password void", remove_app_password)
      ->add_option("LABEL", words->label)
      ->required();
  command(app_password, "list", "list the labels", list_app_passwords);

  auto address = std::make_shared<std::string>();
  CLI::App* audit = app.add_subcommand("audit", "what was done to keys and passwords of mailboxes, by whom");
  audit->add_option("ADDRESS", *address, "only of this mailbox");
  audit->callback([&chosen, address] { chosen = [address](Site& site) { return list_audit(site, *address); }; });
}

}  // namespace posthorn::servers
