// `posthorn queue export` and `posthorn queue import`: mail that waits here goes on waiting at a partner.
//
// A folder holds for each item NAME.eml, the octets that would have gone out, and NAME.envelope; MANIFEST comes last
// and says that all is there. Nothing leaves this queue before that, and nothing is taken in without it.
#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/domain.h"
#include "posthorn/service/directory/backup.h"
#include "posthorn/service/queue/handover.h"
#include "posthorn/service/queue/queue.h"

#include "commands.h"
#include "shared/files.h"
#include "shared/handed_subject.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

using std::chrono::steady_clock;

const std::string kManifestName = "MANIFEST";
constexpr std::chrono::milliseconds kLookAgain(50);
constexpr std::chrono::milliseconds kOrderAgain(500);

struct Words {
  std::string subject;
  std::string folder;
  unsigned wait = 60;  // seconds
  bool go_on = false;
  bool remove = false;
};

std::string sha256_hex(View octets) { return codec::hex_encode(crypto::sha256(octets)); }

/// What became of items: a line of the table that a command ends with.
struct Sum {
  std::string what;
  std::uint64_t messages = 0, recipients = 0, octets = 0;
  void add(const queue::HandedItem& handed) {
    ++messages;
    recipients += handed.item.recipients.size();
    octets += handed.message.octets;
  }
};

void print_sums(const std::vector<Sum>& sums) {
  std::vector<std::vector<std::string>> rows{{"", "MESSAGES", "RECIPIENTS", "SIZE"}};
  for (const Sum& sum : sums) {
    rows.push_back({sum.what, std::to_string(sum.messages), std::to_string(sum.recipients), format_octets(sum.octets)});
  }
  print_table(rows, "");
}

// --- export ----------------------------------------------------------------------------------------------------------

/// Leaves the recipients that are meant. @returns whether there are any
bool keep_meant(queue::Item& item, View subject) {
  if (item.destination.domain != mail::domain_of(subject) || item.destination.is_local()) return false;
  if (subject.contains('@'))
    std::erase_if(item.recipients, [&](const auto& r) { return !same_word(r.address, subject); });
  return !item.recipients.empty();
}

Result<std::vector<queue::Listed>> find_items(Site& site, const std::string& subject) {
  std::vector<queue::Listed> found;
  const auto read = queue::each_item(site.store(), [&](const queue::Listed& listed) {
    queue::Listed meant = listed;
    if (keep_meant(meant.item, subject)) found.push_back(std::move(meant));
    return true;
  });
  if (!read) return fail(read.error());
  return found;
}

/// @returns whether all orders were obeyed before `end`
Result<bool> obeyed(Site& site, steady_clock::time_point end) {
  for (;;) {
    const auto waiting = queue::orders_waiting(site.store());
    if (!waiting) return fail(waiting.error());
    if (*waiting == 0) return true;
    if (steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(kLookAgain);
  }
}

/// The items of the subject, all of which rest: what is held in the store is not under way, and stays so.
Result<std::vector<queue::Listed>> hold_still(Site& site, const Words& words) {
  const auto end = steady_clock::now() + std::chrono::seconds(words.wait);
  for (;;) {
    auto items = find_items(site, words.subject);
    if (!items) return fail(items.error());
    const auto moving = std::ranges::count_if(*items, [](const auto& listed) { return !listed.item.held; });
    if (moving == 0) return items;
    if (steady_clock::now() >= end) {
      return fail(environment_error(Code::unavailable, fmt::format("{} messages are still being tried", moving)));
    }
    const auto given = queue::order(site.store(), site.clock(), site.random(), queue::Order::hold, words.subject);
    if (!given) return fail(given.error());
    const auto done = obeyed(site, end);
    if (!done) return fail(done.error());
    if (!*done) {
      return fail(environment_error(Code::unavailable,
                                    "no server runs the queue; the order to hold is obeyed as soon as one does"));
    }
    std::this_thread::sleep_for(kOrderAgain);  // for what was under way when the order was obeyed
  }
}

/// One item and its content, as files.
struct Drafted {
  queue::HandedItem handed;
  std::string content;
  std::string envelope;
};

Result<Drafted> draft(Site& site, const store::Partition& rows, const queue::Listed& listed) {
  auto message = queue::find_message(site.store(), listed.key.message);
  if (!message) return fail(message.error());
  auto body = rows.read_blob(message->body, 0, message->octets);
  if (!body) return fail(body.error());
  if (body->size() != message->octets) return fail(environment_error(Code::corrupt, "its body is not whole"));
  Drafted drafted;
  drafted.content = listed.item.prefix + *body;
  drafted.handed.key = listed.key;
  drafted.handed.message = std::move(*message);
  drafted.handed.message.octets = drafted.content.size();
  drafted.handed.item = listed.item;
  drafted.handed.sha256 = sha256_hex(drafted.content);
  auto envelope = queue::format_envelope(drafted.handed);
  if (!envelope) return fail(envelope.error());
  drafted.envelope = std::move(*envelope);
  return drafted;
}

bool is_there(const LockedFolder& folder, const std::string& name, const Drafted& drafted) {
  const auto envelope = folder.read(name + ".envelope");
  const auto content = folder.read(name + ".eml");
  return envelope && *envelope == drafted.envelope && content && *content == drafted.content;
}

/// Removes what an earlier run left and what does not belong to the export any more.
Result<void> remove_others(const LockedFolder& folder, const queue::Manifest& manifest) {
  std::set<std::string> ours;
  for (const auto& row : manifest.rows) {
    ours.insert(queue::name_of(row.recipients.key) + ".eml");
    ours.insert(queue::name_of(row.recipients.key) + ".envelope");
  }
  const auto names = folder.names();
  if (!names) return fail(names.error());
  for (const std::string& name : *names) {
    const auto item = queue::parse_item_name(View(name).substr(0, queue::name_of(queue::ItemKey{}).size()));
    if ((!item && !name.starts_with(kManifestName + ".")) || ours.contains(name)) continue;
    if (auto removed = folder.remove(name); !removed) return removed;
  }
  return {};
}

/// Writes everything, the manifest last. @returns nullopt: a message could not be written; its name was printed
Result<std::optional<queue::Manifest>> write_all(Site& site, const LockedFolder& folder, const Words& words) {
  const auto items = hold_still(site, words);
  if (!items) return fail(items.error());
  const auto rows = site.store().open(queue::kQueueAccount);
  if (!rows) return fail(rows.error());
  queue::Manifest manifest;
  manifest.subject = words.subject;
  manifest.time = site.clock().wall();
  std::vector<Sum> sums{{.what = "written"}, {.what = "there already"}};
  bool whole = true;
  {
    Progress progress("exporting messages");
    for (const queue::Listed& listed : *items) {
      progress.show(sums[0].messages + sums[1].messages, items->size());
      const std::string name = queue::name_of(listed.key);
      const auto drafted = draft(site, **rows, listed);
      if (!drafted) {
        complain("export " + name, drafted.error());
        whole = false;
        continue;
      }
      const bool known = words.go_on && is_there(folder, name, *drafted);
      if (!known) {
        if (auto written = folder.write(name + ".eml", drafted->content); !written) return fail(written.error());
        if (auto written = folder.write(name + ".envelope", drafted->envelope); !written) return fail(written.error());
      }
      sums[known ? 1 : 0].add(drafted->handed);
      manifest.rows.push_back({queue::recipients_of(drafted->handed), sha256_hex(drafted->envelope)});
    }
  }
  print_sums(sums);
  if (!whole) return std::nullopt;
  if (auto removed = remove_others(folder, manifest); !removed) return fail(removed.error());
  if (auto synced = folder.sync(); !synced) return fail(synced.error());
  if (auto written = folder.write(kManifestName, queue::format_manifest(manifest)); !written)
    return fail(written.error());
  if (auto synced = folder.sync(); !synced) return fail(synced.error());
  return manifest;
}

/// The manifest of an export that an earlier run has completed; nullopt: there is none. @errors conflict
Result<std::optional<queue::Manifest>> completed(const LockedFolder& folder, const Words& words) {
  const auto names = folder.names();
  if (!names) return fail(names.error());
  if (names->empty()) return std::nullopt;
  if (!words.go_on) {
    return fail(caller_error(Code::conflict, words.folder + " is not empty; --continue goes on with an export there"));
  }
  const auto text = folder.read(kManifestName);
  if (!text && text.error().code == Code::not_found) return std::nullopt;
  if (!text) return fail(text.error());
  auto manifest = queue::parse_manifest(*text);
  if (!manifest) return fail(manifest.error());
  if (manifest->subject != words.subject) {
    return fail(caller_error(Code::conflict, words.folder + " holds what waited for " + manifest->subject));
  }
  return std::optional(std::move(*manifest));
}

int remove_handed(Site& site, const Words& words, const queue::Manifest& manifest) {
  std::vector<queue::HandedRecipients> handed;
  std::size_t recipients = 0;
  for (const auto& row : manifest.rows) {
    handed.push_back(row.recipients);
    recipients += row.recipients.numbers.size();
  }
  const auto given = queue::order_hand_over(site.store(), site.clock(), site.random(), handed);
  if (!given) return complain("queue export " + words.subject, given.error());
  const auto done = obeyed(site, steady_clock::now() + std::chrono::seconds(words.wait));
  if (!done) return complain("queue export " + words.subject, done.error());
  if (*done) {
    fmt::print("handed over: {} messages for {} recipients wait here no longer\n", handed.size(), recipients);
  } else {
    fmt::print("the order to remove them here is written down; it is obeyed as soon as a server runs the queue\n");
  }
  return 0;
}

int export_queue(Site& site, const Words& typed) {
  Words words = typed;
  words.subject = spelled_subject(typed.subject);
  const std::string what = "queue export " + words.subject;
  if (auto made = make_folder(words.folder); !made) return complain(what, made.error());
  const auto folder = LockedFolder::open(words.folder);
  if (!folder) return complain(what, folder.error());
  auto manifest = completed(*folder, words);
  if (!manifest) return complain(what, manifest.error());
  if (*manifest) {
    fmt::print("{} is complete: {} messages\n", words.folder, (*manifest)->rows.size());
  } else {
    manifest = write_all(site, *folder, words);
    if (!manifest) return complain(what, manifest.error());
    if (!*manifest) {
      fmt::print(stderr, "posthorn: the export is not complete; see above, and go on with --continue\n");
      return 1;
    }
  }
  if (words.remove) return remove_handed(site, words, **manifest);
  fmt::print(
      "they rest here: --continue --remove removes them when the partner has them, and\n"
      "'posthorn queue release {}' goes on here instead\n",
      words.subject);
  return 0;
}

// --- import ----------------------------------------------------------------------------------------------------------

/// For taking in, which neither delivers nor reports.
class NoPolicies : public queue::Policies {
 public:
  [[nodiscard]] queue::Policy policy(const queue::Destination&) override { return {}; }
};

Result<std::vector<queue::Item>> no_route(View) { return std::vector<queue::Item>(); }

struct Checked {
  queue::HandedItem handed;
  std::string content;
};

/// An item as the manifest says it must be, of what was asked for and of nothing else.
Result<Checked> read_item(const LockedFolder& folder, const queue::Manifest& manifest,
                          const queue::Manifest::Row& row) {
  const std::string name = queue::name_of(row.recipients.key);
  const auto envelope = folder.read(name + ".envelope");
  if (!envelope) return fail(envelope.error());
  if (sha256_hex(*envelope) != row.envelope_sha256)
    return fail(environment_error(Code::corrupt, name + ".envelope is not what was exported"));
  auto handed = queue::parse_envelope(*envelope);
  if (!handed) return fail(handed.error());
  if (queue::recipients_of(*handed) != row.recipients)
    return fail(environment_error(Code::corrupt, name + ".envelope is of another message"));
  if (!is_of_subject(handed->item, manifest.subject))
    return fail(environment_error(Code::corrupt,
                                  name + ".envelope is not for " + manifest.subject + ", which the export is about"));
  auto content = folder.read(name + ".eml");
  if (!content) return fail(content.error());
  if (content->size() != handed->message.octets || sha256_hex(*content) != handed->sha256)
    return fail(environment_error(Code::corrupt, name + ".eml is not what was exported"));
  return Checked{std::move(*handed), std::move(*content)};
}

Result<bool> take_in(queue::Queue& queue, const Checked& checked) {
  auto body = queue.write_body();
  if (!body) return fail(body.error());
  if (auto written = (*body)->append(checked.content); !written) return fail(written.error());
  const auto id = (*body)->finish();
  if (!id) return fail(id.error());
  queue::Message message = checked.handed.message;
  message.body = *id;
  return queue.adopt(queue::name_at_partner(checked.handed), std::move(message), {checked.handed.item});
}

/// Recipients that wait here under their own name: an export of ours that was not removed.
Result<std::set<std::pair<queue::ItemKey, std::uint32_t>>> waiting_here(Site& site) {
  std::set<std::pair<queue::ItemKey, std::uint32_t>> waiting;
  const auto read = queue::each_item(site.store(), [&](const queue::Listed& listed) {
    for (const queue::Recipient& recipient : listed.item.recipients) waiting.emplace(listed.key, recipient.number);
    return true;
  });
  if (!read) return fail(read.error());
  return waiting;
}

void warn_unless_backup(Site& site, View subject) {
  const std::string domain = own(mail::domain_of(subject));
  directory::Backups* backups = site.directory().backups();
  const auto known = backups != nullptr ? backups->backup(domain) : fail(caller_error(Code::not_found));
  if (known && known->on) return;
  fmt::print(
      "{0} is no backup domain here: its mail goes by its MX records and is kept as long as other mail; see\n"
      "'posthorn domain add {0} --backup'\n",
      domain);
}

/// @returns the exit status
Result<int> import_all(Site& site, const LockedFolder& folder, const queue::Manifest& manifest) {
  NoPolicies policies;
  const auto queue = queue::Queue::open(site.store(), site.clock(), site.random(), policies, no_route, {});
  if (!queue) return fail(queue.error());
  const auto waiting = waiting_here(site);
  if (!waiting) return fail(waiting.error());
  std::vector<Sum> sums{{.what = "taken in"}, {.what = "had before"}, {.what = "wait here themselves"}};
  std::vector<std::string> problems;
  {
    Progress progress("importing messages");
    std::size_t at = 0;
    for (const queue::Manifest::Row& row : manifest.rows) {
      progress.show(++at, manifest.rows.size());
      const auto checked = read_item(folder, manifest, row);
      if (checked && std::ranges::any_of(row.recipients.numbers, [&](std::uint32_t number) {
            return waiting->contains({row.recipients.key, number});
          })) {
        sums[2].add(checked->handed);
        continue;
      }
      const auto taken = checked ? take_in(**queue, *checked) : fail(checked.error());
      if (taken) {
        sums[*taken ? 0 : 1].add(checked->handed);
      } else {
        problems.push_back(queue::name_of(row.recipients.key) + ": " + explain(taken.error()));
      }
    }
  }
  print_sums(sums);
  for (const std::string& problem : problems) fmt::print("not taken in: {}\n", problem);
  if (problems.empty()) return 0;
  fmt::print(stderr,
             "posthorn: {} of {} messages were not taken in; nothing was changed in the folder, and a second "
             "import takes in what is missing\n",
             problems.size(), manifest.rows.size());
  return 1;
}

int import_queue(Site& site, const Words& words) {
  const std::string what = "queue import " + words.folder;
  const auto folder = LockedFolder::open(words.folder);
  if (!folder) return complain(what, folder.error());
  const auto text = folder->read(kManifestName);
  if (!text) return complain(what, text.error());
  const auto manifest = queue::parse_manifest(*text);
  if (!manifest) return complain(what, manifest.error());
  warn_unless_backup(site, manifest->subject);
  const auto status = import_all(site, *folder, *manifest);
  return status ? *status : complain(what, status.error());
}

void add(CLI::App* command, Action& chosen, const std::shared_ptr<Words>& words, int (*run)(Site&, const Words&)) {
  command->callback([&chosen, words, run] { chosen = [words, run](Site& site) { return run(site, *words); }; });
}

}  // namespace

void add_handover_commands(CLI::App& queue, Action& chosen) {
  const auto words = std::make_shared<Words>();
  CLI::App* out = queue.add_subcommand("export", "write what waits for a domain or an address to files, for a partner");
  out->add_option("DESTINATION", words->subject, "a domain or an address")->required();
  out->add_option("FOLDER", words->folder, "an empty folder, made when absent")->required();
  out->add_flag("--continue", words->go_on, "go on with an export that was broken off");
  out->add_flag("--remove", words->remove, "when all is written, remove it here: the partner delivers it");
  out->add_option("--wait", words->wait, "seconds to wait until nothing of it is being tried")->capture_default_str();
  add(out, chosen, words, export_queue);
  CLI::App* in = queue.add_subcommand("import", "take in what a partner has exported, once");
  in->add_option("FOLDER", words->folder)->required();
  add(in, chosen, words, import_queue);
}

}  // namespace posthorn::servers
