// `posthorn queue` and `posthorn ledger`: what waits, what to do with it, and that nothing is lost.
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/core.h>

#include "posthorn/service/directory/sharing.h"
#include "posthorn/service/limits/limiter.h"
#include "posthorn/service/queue/ledger.h"
#include "posthorn/service/queue/queue.h"

#include "commands.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

constexpr std::chrono::seconds kWaitForServer(5);

struct Words {
  std::string subject;
  std::string destination;
  std::size_t limit = 1000;
  unsigned days = 30;
  bool all = false;
};

std::string date(WallTime time) {
  return time == WallTime{} ? "now" : fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(time.time_since_epoch().count()));
}

std::string age(std::chrono::seconds seconds) {
  const auto count = seconds.count();
  if (count < 120) return fmt::format("{} s", count);
  if (count < 2 * 3600) return fmt::format("{} min", count / 60);
  if (count < 48 * 3600) return fmt::format("{} h", count / 3600);
  return fmt::format("{} d", count / 86400);
}

std::string where(const queue::Destination& destination) {
  return destination.is_local() ? "(here)" : destination.text();
}

std::string shorten(const std::string& text, std::size_t most) {
  return text.size() <= most ? text : text.substr(0, most - 3) + "...";
}

std::string state_of(const queue::Listed& listed, const std::map<std::string, bool>& frozen, WallTime now) {
  if (listed.item.held) return "held";
  if (frozen.contains(listed.account)) return "frozen";
  return listed.item.next <= now ? "ready" : "waits";
}

Result<std::map<std::string, bool>> frozen_map(Site& site) {
  return map(queue::frozen_accounts(site.store()), [](const std::vector<std::string>& accounts) {
    std::map<std::string, bool> frozen;
    for (const std::string& account : accounts) frozen[account] = true;
    return frozen;
  });
}

int list(Site& site, const Words& words) {
  const WallTime now = site.clock().wall();
  const auto frozen = frozen_map(site);
  if (!frozen) return complain("queue list", frozen.error());
  std::vector<std::vector<std::string>> rows{
      {"MESSAGE", "AGE", "STATE", "TRIES", "NEXT (UTC)", "TO", "RECIPIENTS", "LAST ANSWER"}};
  std::size_t left_out = 0;
  const auto read = queue::each_item(site.store(), [&](const queue::Listed& listed) {
    if (!words.destination.empty() && listed.item.destination.domain != words.destination) return true;
    if (rows.size() > words.limit) {
      ++left_out;
      return true;
    }
    const auto& first = listed.item.recipients.front().address;
    const std::size_t more = listed.item.recipients.size() - 1;
    rows.push_back({listed.key.message.text(), age(now - listed.key.message.time()), state_of(listed, *frozen, now),
                    std::to_string(listed.item.attempts), date(listed.item.next), where(listed.item.destination),
                    more == 0 ? first : fmt::format("{} and {} more", first, more), shorten(listed.item.last, 60)});
    return true;
  });
  if (!read) return complain("queue list", read.error());
  print_table(rows, "the queue is empty");
  if (left_out > 0) fmt::print("and {} more; see --limit\n", left_out);
  return 0;
}

int status(Site& site, const Words&) {
  struct Sum {
    std::size_t items = 0, recipients = 0;
    WallTime oldest = WallTime::max();
  };
  std::map<queue::Destination, Sum> sums;
  const auto read = queue::each_item(site.store(), [&](const queue::Listed& listed) {
    Sum& sum = sums[listed.item.destination];
    ++sum.items;
    sum.recipients += listed.item.recipients.size();
    sum.oldest = std::min(sum.oldest, listed.key.message.time());
    return true;
  });
  if (!read) return complain("queue status", read.error());
  const auto troubled = queue::troubled_destinations(site.store());
  if (!troubled) return complain("queue status", troubled.error());
  std::map<queue::Destination, queue::Troubled> trouble;
  for (const queue::Troubled& one : *troubled) trouble[one.destination] = one;
  std::vector<std::vector<std::string>> rows{
      {"DESTINATION", "MESSAGES", "RECIPIENTS", "OLDEST", "DOWN SINCE (UTC)", "WHY"}};
  for (const auto& [destination, sum] : sums) {
    const auto known = trouble.find(destination);
    const bool down = known != trouble.end();
    rows.push_back({where(destination), std::to_string(sum.items), std::to_string(sum.recipients),
                    age(site.clock().wall() - sum.oldest), down ? date(known->second.since) : "-",
                    down ? shorten(known->second.last, 70) : "-"});
  }
  print_table(rows, "the queue is empty");
  const auto orders = queue::orders_waiting(site.store());
  if (orders && *orders > 0) fmt::print("{} orders wait for a server that runs the queue\n", *orders);
  return 0;
}

int show(Site& site, const Words& words) {
  const auto id = queue::MessageId::parse(words.subject);
  if (!id)
    return complain(
        "queue show " + words.subject,
        caller_error(Code::syntax, "a message is named by 24 hexadecimal digits, see: posthorn queue list"));
  const auto message = queue::find_message(site.store(), *id);
  if (!message) return complain("queue show " + words.subject, message.error());
  fmt::print("message      {}\naccepted     {} UTC\nsender       <{}>\n", id->text(), date(id->time()),
             message->sender);
  if (!message->account.empty()) fmt::print("submitted by {}\n", message->account);
  if (!message->envelope_id.empty()) fmt::print("envelope id  {}\n", message->envelope_id);
  fmt::print("size         {}\n", format_octets(message->octets));
  const auto read = queue::each_item(site.store(), [&](const queue::Listed& listed) {
    if (listed.key.message != *id) return true;
    const queue::Item& item = listed.item;
    fmt::print("\nto           {}{}\n", where(item.destination), item.held ? " (held)" : "");
    for (const queue::Recipient& recipient : item.recipients) fmt::print("recipient    <{}>\n", recipient.address);
    if (item.sender != message->sender) fmt::print("as           <{}>\n", item.sender);
    fmt::print("attempts     {}\nnext         {}\n", item.attempts, date(item.next));
    if (!item.last.empty()) fmt::print("last answer  {}\n", item.last);
    return true;
  });
  return read ? 0 : complain("queue show " + words.subject, read.error());
}

/// An account that was frozen for what it sent may submit again.
Result<void> unfreeze(Site& site, const std::string& address) {
  const auto account = site.directory().account(View(address));
  if (!account) return fail(account.error());
  auto rows = site.store().open(queue::kQueueAccount);
  if (!rows) return fail(rows.error());
  auto limiter = limits::Limiter::open(**rows, site.clock(), site.random());
  if (!limiter) return fail(limiter.error());
  return (*limiter)->unfreeze(account->id);
}

int give(Site& site, View name, queue::Order kind, const std::string& subject) {
  const std::string what = "queue " + own(name) + (subject.empty() ? "" : " " + subject);
  const auto given = queue::order(site.store(), site.clock(), site.random(), kind, subject);
  if (!given && given.error().code != Code::exists) return complain(what, given.error());
  if (kind == queue::Order::thaw) {
    if (const auto free = unfreeze(site, subject); !free) return complain(what, free.error());
  }
  const auto end = std::chrono::steady_clock::now() + kWaitForServer;
  while (std::chrono::steady_clock::now() < end) {
    const auto waiting = queue::orders_waiting(site.store());
    if (!waiting) return complain(what, waiting.error());
    if (*waiting == 0) return 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  fmt::print("the order is written down; it is obeyed as soon as a server runs the queue\n");
  return 0;
}

int check_ledger(Site& site, const Words&) {
  std::uint64_t faults = 0;
  const auto fault = [&](View text) {
    ++faults;
    fmt::print("{}\n", text);
  };
  const auto queued = queue::check_ledger(site.store(), fault);
  if (!queued) return complain("ledger check", queued.error());
  auto mailboxes = site.directory().mailboxes({});
  if (!mailboxes) return complain("ledger check", mailboxes.error());
  mailbox::ReceiptSums sums;
  Progress progress("checking receipts");
  std::uint64_t done = 0;
  for (const auto& mailbox : *mailboxes) {
    progress.show(++done, mailboxes->size());
    const auto account = site.accounts().open(mailbox.id, {});
    if (!account) return complain("ledger check " + mailbox.address, account.error());
    const auto found = (*account)->check_receipts([&](View text) { fault(mailbox.address + ": " + own(text)); });
    if (!found) return complain("ledger check " + mailbox.address, found.error());
    sums.receipts += found->receipts;
    sums.stored += found->stored;
    sums.deleted += found->deleted;
    sums.unkept += found->unkept;
  }
  fmt::print("queue: {} messages accepted for {} recipients, {} have ended, {} wait\n", queued->accepted,
             queued->recipients, queued->ended, queued->waiting);
  fmt::print("mailboxes: {} deliveries, {} are there, {} were removed or moved by their owners, {} were not kept\n",
             sums.receipts, sums.stored, sums.deleted, sums.unkept);
  fmt::print("{}\n", faults == 0 ? "nothing is lost" : fmt::format("{} faults", faults));
  return faults == 0 ? 0 : 1;
}

int expire_ledger(Site& site, const Words& words) {
  const WallTime before = site.clock().wall() - std::chrono::days(words.days);
  const auto queued = queue::expire_ledger(site.store(), before);
  if (!queued) return complain("ledger expire", queued.error());
  std::uint64_t receipts = 0;
  auto mailboxes = site.directory().mailboxes({});
  if (!mailboxes) return complain("ledger expire", mailboxes.error());
  for (const auto& mailbox : *mailboxes) {
    const auto account = site.accounts().open(mailbox.id, {});
    if (!account) return complain("ledger expire " + mailbox.address, account.error());
    const auto removed = (*account)->expire_receipts(before);
    if (!removed) return complain("ledger expire " + mailbox.address, removed.error());
    receipts += *removed;
  }
  fmt::print("removed the records of {} messages and {} deliveries\n", *queued, receipts);
  return 0;
}

/// Orders with one subject.
struct OrderRow {
  const char* name;
  queue::Order order;
  const char* subject;  ///< what stands for it in the help
  bool may_be_all;
  const char* help;
};

constexpr OrderRow kOrders[] = {
    {"hold", queue::Order::hold, "MESSAGE|DESTINATION|ADDRESS", true,
     "let messages rest until they are released; they do not expire"},
    {"release", queue::Order::release, "MESSAGE|DESTINATION|ADDRESS", true, "end a hold"},
    {"requeue", queue::Order::requeue, "MESSAGE|DESTINATION", true, "try messages at once, as if they had just come"},
    {"expire", queue::Order::expire, "MESSAGE|DESTINATION", false, "give messages up now and tell their senders"},
    {"remove", queue::Order::remove, "MESSAGE|DESTINATION", false, "give messages up now without a word"},
    {"flush", queue::Order::flush, "DESTINATION", false, "try what waits for a destination at once"},
    {"freeze", queue::Order::freeze, "ACCOUNT", false, "let everything rest that an account has submitted or submits"},
    {"thaw", queue::Order::thaw, "ACCOUNT", false, "end a freeze"},
};

CLI::App* add(CLI::App* parent, const char* name, const char* help, Action& chosen, const std::shared_ptr<Words>& words,
              int (*run)(Site&, const Words&)) {
  CLI::App* made = parent->add_subcommand(name, help);
  made->callback([&chosen, words, run] { chosen = [words, run](Site& site) { return run(site, *words); }; });
  return made;
}

void add_order(CLI::App* parent, const OrderRow& row, Action& chosen, const std::shared_ptr<Words>& words) {
  CLI::App* made = parent->add_subcommand(row.name, row.help);
  CLI::Option* subject = made->add_option(row.subject, words->subject);
  if (row.may_be_all) {
    subject->excludes(made->add_flag("--all", words->all, "everything in the queue"));
  } else {
    subject->required();
  }
  made->callback([&chosen, words, &row] {
    chosen = [words, &row](Site& site) {
      if (words->subject.empty() && !words->all) {
        fmt::print(stderr, "posthorn: queue {} needs a {}, or --all\n", row.name, row.subject);
        return 2;
      }
      return give(site, row.name, row.order, words->subject);
    };
  });
}

}  // namespace

void add_queue_commands(CLI::App& app, Action& chosen) {
  const auto words = std::make_shared<Words>();
  CLI::App* queue = app.add_subcommand("queue", "mail that waits for other hosts");
  queue->require_subcommand(1);
  CLI::App* listing = add(queue, "list", "list what waits, the oldest first", chosen, words, list);
  listing->add_option("--to", words->destination, "only for this destination");
  listing->add_option("--limit", words->limit, "lines at most")->capture_default_str();
  add(queue, "status", "sums for each destination, and which of them are down", chosen, words, status);
  add(queue, "show", "everything about one message", chosen, words, show)
      ->add_option("MESSAGE", words->subject)
      ->required();
  for (const OrderRow& row : kOrders) add_order(queue, row, chosen, words);
  add_handover_commands(*queue, chosen);

  CLI::App* ledger = app.add_subcommand("ledger", "the record of what was accepted and how it ended");
  ledger->require_subcommand(1);
  add(ledger, "check", "prove that every accepted recipient has exactly one end; ends with 1 when one has not", chosen,
      words, check_ledger);
  add(ledger, "expire", "remove records of mail that has ended", chosen, words, expire_ledger)
      ->add_option("--days", words->days, "keep the records of so many days")
      ->capture_default_str();
}

}  // namespace posthorn::servers
