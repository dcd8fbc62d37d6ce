#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/core.h>

#include "posthorn/protocol/imap/maildir.h"

#include "commands.h"
#include "shared/files.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

constexpr std::uint64_t kPiece = 256U << 10U;

struct Words {
  std::string address;
  std::string mailbox;
  std::string maildir;
  std::string mbox;
  PasswordSource password;
};

/// The mail of one address and what opens it.
struct Source {
  mailbox::Account& account;
  std::shared_ptr<const vault::OpenKeys> keys;
  std::unique_ptr<mailbox::BodyReader> reader;
  std::uint64_t closed = 0;  ///< sealed messages that could not be opened
};

/// Calls `sink` with the pieces of a message, line ends turned into the LF of local files.
Result<void> each_piece(mailbox::BodyReader& reader, const mailbox::StoredMessage& message,
                        const std::function<Result<void>(View)>& sink) {
  bool held = false;  // a CR at the end of the last piece
  for (std::uint64_t at = 0; at < message.body.octets; at += kPiece) {
    const auto piece = reader.read(message.body, at, kPiece);
    if (!piece) return fail(piece.error());
    if (piece->empty()) return fail(environment_error(Code::corrupt, "a message is shorter than its size"));
    std::string text = held ? "\r" + *piece : *piece;
    held = !text.empty() && text.back() == '\r';
    if (held) text.pop_back();
    std::string local;
    local.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') local += text[i];
    }
    if (auto written = sink(local); !written) return written;
  }
  return held ? sink("\r") : Result<void>{};
}

Result<void> to_maildir(Source& source, const std::string& root, View mailbox,
                        const std::vector<mailbox::StoredMessage>& messages) {
  const std::string below = imap::maildir_folder(mailbox);
  const std::string folder = below.empty() ? root : root + "/" + below;
  for (const char* part : {"", "/cur", "/new", "/tmp"}) {
    if (auto made = make_folder(folder + part); !made) return made;
  }
  for (const auto& message : messages) {
    const std::string name =
        fmt::format("{}.{}.posthorn", message.internal_date.time_since_epoch().count(), message.uid.value());
    const std::string path = fmt::format("{}/cur/{}:2,{}", folder, name, imap::maildir_flags(message.flags));
    auto file = File::create(path);
    if (!file) return fail(file.error());
    auto written = each_piece(*source.reader, message, [&](View piece) { return file->write(piece); });
    if (!written) return written;
    if (auto synced = file->finish(); !synced) return synced;
  }
  return {};
}

/// mboxrd: "From " lines of the text, quoted or not, get one more ">", so that reading it back is exact.
Result<void> to_mbox(Source& source, File& file, const std::vector<mailbox::StoredMessage>& messages) {
  for (const auto& message : messages) {
    const std::time_t when = message.internal_date.time_since_epoch().count();
    auto written = file.write(fmt::format("From MAILER-DAEMON {:%a %b %e %H:%M:%S %Y}\n", fmt::gmtime(when)));
    if (!written) return written;
    std::string line;
    const auto put_line = [&]() -> Result<void> {
      const std::size_t text = line.find_first_not_of('>');
      const bool looks_like_start = text != std::string::npos && View(line).substr(text).starts_with("From ");
      auto put = file.write((looks_like_start ? ">" : "") + line);
      line.clear();
      return put;
    };
    written = each_piece(*source.reader, message, [&](View piece) -> Result<void> {
      for (char c : piece) {
        line += c;
        if (c != '\n') continue;
        if (auto put = put_line(); !put) return put;
      }
      return {};
    });
    if (!written) return written;
    if (!line.empty()) line += '\n';
    line += '\n';
    if (auto put = put_line(); !put) return put;
  }
  return file.finish();
}

/// Whether a sealed message can be read to its end: found out before the first octet of it is written.
bool opens(mailbox::BodyReader& reader, const mailbox::Body& body) {
  std::uint64_t at = 0;
  do {
    const auto piece = reader.read(body, at, kPiece);
    if (!piece || (piece->empty() && at < body.octets)) return false;
    at += piece->size();
  } while (at < body.octets);
  return at == body.octets;
}

Result<std::uint64_t> export_all(Source& source, const Words& words) {
  auto mailboxes = source.account.list();
  if (!mailboxes) return fail(mailboxes.error());
  std::unique_ptr<File> mbox;
  if (!words.mbox.empty()) {
    auto created = File::create(words.mbox);
    if (!created) return fail(created.error());
    mbox = std::make_unique<File>(std::move(*created));
  } else if (auto made = make_folder(words.maildir); !made) {
    return fail(made.error());
  }
  std::uint64_t count = 0;
  bool found = false;
  Progress progress("exporting mailboxes");
  std::uint64_t at = 0;
  for (const auto& info : *mailboxes) {
    progress.show(++at, mailboxes->size());
    if (!info.exists || !info.selectable || (!words.mailbox.empty() && words.mailbox != info.name)) continue;
    found = true;
    auto messages = source.account.messages(info.name, source.keys.get());
    if (!messages) return fail(messages.error());
    source.closed += std::erase_if(*messages, [&](const mailbox::StoredMessage& message) {
      return !message.body.capsule.empty() && !opens(*source.reader, message.body);
    });
    const auto written =
        mbox ? to_mbox(source, *mbox, *messages) : to_maildir(source, words.maildir, info.name, *messages);
    if (!written) return fail(written.error());
    count += messages->size();
  }
  if (!found) return fail(caller_error(Code::not_found, fmt::format("there is no mailbox '{}'", words.mailbox)));
  return count;
}

int export_address(Site& site, const Words& words) {
  const std::string what = "export " + words.address;
  const auto known = site.directory().account(words.address);
  if (!known) return complain(what, known.error());
  const auto account = site.accounts().open(known->id, {});
  if (!account) return complain(what, account.error());
  Source source{**account, nullptr, nullptr};
  if (!words.password.file.empty()) {
    const auto password = ask_password(words.password, site.random());
    if (!password) return complain(what, password.error());
    auto login = site.directory().log_in({}, words.address, *password);
    if (!login) return complain(what, login.error());
    source.keys = std::move(login->keys);
  }
  source.reader = (*account)->reader(source.keys);
  const auto count = export_all(source, words);
  if (!count) return complain(what, count.error());
  fmt::print("{} messages exported to {}\n", *count, words.mbox.empty() ? words.maildir : words.mbox);
  if (source.closed == 0) return 0;
  fmt::print(stderr, "posthorn: {} sealed messages do not open and were left out{}\n", source.closed,
             source.keys == nullptr ? ": give the mailbox password with --password-file" : "");
  return 1;
}

}  // namespace

void add_export_command(CLI::App& app, Action& chosen) {
  auto words = std::make_shared<Words>();
  CLI::App* command =
      app.add_subcommand("export", "write the mail of a mailbox to files; changes nothing in the store");
  command->add_option("ADDRESS", words->address)->required();
  command->add_option("--mailbox", words->mailbox, "only this one, such as INBOX or Work/2026; default: all");
  command->add_option(
      "--password-file", words->password.file,
      "the mailbox password, which opens sealed mail: the first line of this file; - is standard input");
  auto* format = command->add_option_group("format", "where to")->require_option(1);
  format->add_option("--maildir", words->maildir, "a Maildir++ folder, made when absent");
  format->add_option("--mbox", words->mbox, "one new mboxrd file");
  command->callback([&chosen, words] { chosen = [words](Site& site) { return export_address(site, *words); }; });
}

}  // namespace posthorn::servers
