// A Maildir with the mail of an IMAP account; each run asks only for what has changed since the last:
//     mirror_imap HOST PORT USER DIRECTORY [CA.pem] < PASSWORD
// A message is the file UIDVALIDITY.UID:2,FLAGS in cur, so the files say what is known; .state says since when.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "posthorn/io/client.h"
#include "posthorn/io/system.h"
#include "posthorn/protocol/imap/maildir.h"
#include "posthorn/protocol/imap/resync.h"

using namespace posthorn;
namespace fs = std::filesystem;

namespace {
void stop(const std::string& why) { std::exit((std::cerr << "mirror_imap: " << why << "\n", 1)); }

template <class T>
T need(Result<T> result) {
  if (!result) stop(result.error().note);
  return std::move(*result);
}

struct Account {
  std::unique_ptr<io::ClientConnection> connection;
  io::ClientTls tls;
  imap::ClientSession session{io::ClientConnection::now()};

  /// Lets `hear` have every event until the command has ended.
  template <class Hear>
  void ask(const Result<imap::CommandId>& command, Hear hear) {
    need(command);
    const bool over = need(io::drive(*connection, tls, session, [&](auto&, imap::ClientEvent& event) {
      hear(event);
      const auto* done = std::get_if<imap::Completed>(&event);
      if (done && done->state.condition != imap::response::Condition::ok) stop(done->state.text);
      return done ? Wants::close : Wants::again;
    }));
    if (over) stop("the session has ended");
  }
  void ask(const imap::ClientCommand& command) {
    ask(session.send(command), [](auto&) {});
  }
};

fs::path path_of(const fs::path& box, imap::UidValidity validity, imap::Uid uid, const imap::Flags& flags) {
  const std::string name = std::to_string(validity.value()) + "." + std::to_string(uid.value());
  return box / "cur" / (name + ":2," + imap::maildir_flags(flags));
}

void fetch(Account& account, const fs::path& box, imap::UidValidity validity, const imap::UidSet& uids) {
  const auto command = imap::ask::fetch(uids.ranges(), "(UID FLAGS BODY.PEEK[])", {.uid = true});
  std::ofstream part;  // a large content comes in pieces, before what else is told of its message
  account.ask(account.session.send(command), [&](imap::ClientEvent& event) {
    if (std::holds_alternative<imap::ContentBegins>(event)) part.open(box / "tmp/part");
    if (const auto* chunk = std::get_if<imap::ContentChunk>(&event)) part << chunk->octets;
    const auto* told = imap::heard<imap::response::Fetch>(event);
    const auto* content = told && told->uid && told->flags ? told->content("") : nullptr;
    if (!content || (!content->octets && !content->streamed)) return;
    if (content->octets) part.open(box / "tmp/part"), part << *content->octets;
    part.close();
    if (!part) stop("cannot write to " + box.string());
    fs::rename(box / "tmp/part", path_of(box, validity, *told->uid, told->flags->flags));
  });
}

void mirror(Account& account, const std::string& name, const fs::path& box, bool qresync) {
  for (const char* part : {"cur", "new", "tmp"}) fs::create_directories(box / part);
  unsigned validity = 0, of = 0, uid = 0;
  std::uint64_t modseq = 0;
  std::ifstream(box / ".state") >> validity >> modseq;
  imap::KnownMailbox known{imap::UidValidity(validity), {}, {}};
  if (modseq > 0) known.modseq = imap::ModSeq(modseq);
  std::map<imap::Uid, fs::path> files;
  for (const auto& file : fs::directory_iterator(box / "cur")) {
    if (std::sscanf(file.path().filename().c_str(), "%u.%u:", &of, &uid) != 2 || of != validity) continue;
    known.uids.add(imap::Uid(uid));
    files[imap::Uid(uid)] = file.path();
  }
  imap::Resync resync(known, imap::Resync::best(account.session, qresync));
  const auto hear = [&](imap::ClientEvent& event) { resync.hear_event(event); };
  account.ask(account.session.send(resync.select(name, true)), hear);
  while (const auto command = resync.next()) account.ask(account.session.send(*command), hear);

  const imap::KnownMailbox now = resync.now();
  const auto save = [&](imap::ModSeq since) { std::ofstream(box / ".state") << validity << " " << since.value(); };
  for (const auto& [changed, list] : resync.changed()) {
    const auto path = path_of(box, now.uid_validity, changed, list.flags);
    fs::rename(std::exchange(files[changed], path), path);
  }
  for (const auto& [old, path] : files) {
    if (resync.vanished().has(old)) fs::remove(path);
  }
  validity = now.uid_validity.value();
  if (now.uid_validity != known.uid_validity) save(imap::ModSeq(0));  // an interrupted run goes on with what is missing
  if (!resync.added().empty()) fetch(account, box, now.uid_validity, resync.added());
  save(now.modseq.value_or(imap::ModSeq(0)));
}
}  // namespace

int main(int count, char** words) {
  if (count < 5) stop("HOST PORT USER DIRECTORY [CA.pem] < PASSWORD");
  std::string password;
  std::getline(std::cin, password);
  const auto port = static_cast<std::uint16_t>(std::atoi(words[2]));
  Account account{need(io::ClientConnection::open({words[1], port})), {.ca_file = count > 5 ? words[5] : ""}};
  account.session.upgraded(need(account.connection->upgrade(account.tls)));
  io::SystemRandom random;
  account.ask(imap::ask::capability());
  account.ask(account.session.log_in({{}, words[3], Secret(std::move(password)), &random, {}}), [](auto&) {});
  account.ask(imap::ask::capability());
  const bool qresync = account.session.has("QRESYNC");
  if (qresync) account.ask(imap::ask::enable("QRESYNC"));
  std::map<std::string, fs::path> boxes;
  account.ask(account.session.send(imap::ask::list("", "*")), [&](imap::ClientEvent& event) {
    const auto* list = imap::heard<imap::response::List>(event);
    if (!list || list->has("\\Noselect") || list->has("\\NonExistent")) return;
    boxes[list->name] = fs::path(words[4]) / imap::maildir_folder(list->name, list->delimiter.value_or('\0'));
  });
  for (const auto& [name, box] : boxes) mirror(account, name, box, qresync);
}
