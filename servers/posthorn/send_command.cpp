// `posthorn send`: hands a message to a server, as mail programs do. Needs no data directory.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <unistd.h>

#include "posthorn/bytes/buffer.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/grammar/frame/text.h"
#include "posthorn/grammar/mail/domain.h"
#include "posthorn/grammar/mime/editor.h"
#include "posthorn/io/system.h"
#include "posthorn/service/delivery/delivery.h"
#include "posthorn/service/submission/message_facts.h"

#include "commands.h"
#include "sender.h"
#include "shared/files.h"
#include "shared/system.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

// Exit statuses.
constexpr int kSomeFailed = 1;
constexpr int kNoneSent = 2;

struct Words {
  std::string file = "-";
  std::vector<std::string> to;
  std::string from;
  std::string server;
  std::string tls;
  std::string ca_file;
  bool any_certificate = false;
  std::string user;
  std::string password_file;
  std::string hello;
  bool lmtp = false;
  bool require_tls = false;
  bool dsn = false;
  std::string notify;
  std::string returned;
  std::string envelope_id;
};

int give_up(const Words& words, const Error& error) {
  complain("send by " + words.server, error);
  return kNoneSent;
}

bool is_ascii(View text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7F; });
}

/// An address as it was typed; a domain beyond ASCII needs no SMTPUTF8 in A-labels.
Result<mail::Mailbox> parse_address(View text) {
  auto mailbox = mail::parse_mailbox(text, true);
  if (!mailbox) return fail(caller_error(Code::syntax, fmt::format("'{}' is no address", text)));
  if (is_ascii(mailbox->local_part) && !is_ascii(mailbox->domain)) {
    if (auto domain = mail::ascii_domain(mailbox->domain)) mailbox->domain = std::move(*domain);
  }
  return mailbox;
}

/// HOST, HOST:PORT, [ADDRESS]:PORT or an IPv6 address.
Result<io::Remote> parse_server(View text) {
  io::Remote remote;
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : View::npos;
  const std::size_t colon = text.find(':', bracket == View::npos ? 0 : bracket);
  if (bracket != View::npos) {
    remote.host = own(text.substr(1, bracket - 1));
    if (bracket + 1 < text.size() && colon != bracket + 1)
      return fail(caller_error(Code::syntax, fmt::format("'{}' is no server", text)));
  } else if (colon != View::npos && text.find(':', colon + 1) != View::npos) {
    remote.host = own(text);
    return remote;
  } else {
    remote.host = own(text.substr(0, colon));
  }
  if (colon != View::npos) {
    Cursor c(text.substr(colon + 1));
    c.number(remote.port);
    c.end();
    if (!c.ok() || remote.port == 0)
      return fail(caller_error(Code::syntax, fmt::format("'{}' has no port after its colon", text)));
  }
  if (remote.host.empty()) return fail(caller_error(Code::syntax, fmt::format("'{}' is no server", text)));
  return remote;
}

std::string this_host() {
  std::string name(256, '\0');
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  name.resize(name.find('\0'));
  return name.empty() ? "localhost" : name;
}

/// A message in the form in which it is sent.
struct Letter {
  std::string text;
  bool eight_bit = false;
  bool utf8 = false;  ///< octets over 127 in the header
  std::string author;
};

std::string normalize(View octets) {
  Buffer lines;
  frame::TextWriter().write(octets, lines);
  std::string text = own(lines.view());
  if (!text.ends_with("\r\n")) text += "\r\n";
  return text;
}

/// Line ends, Date and Message-ID; nobody is told of Bcc (RFC 5322 section 3.6.3).
Result<Letter> prepare(View octets, View host, const Words& words) {
  io::SystemRandom random;
  const std::string text = normalize(octets);
  const auto message = mime::Message::index(text);
  const View header = message.header(mime::PartId(0));
  const submission::Facts facts = submission::read_facts(header);
  // What is delivered by LMTP has passed its submission already.
  if (!words.lmtp) {
    if (auto checked = submission::check(facts); !checked) return fail(checked.error());
  }
  mime::Editor editor(message, random);
  editor.remove_fields(mime::PartId(0), "Bcc").remove_fields(mime::PartId(0), "Resent-Bcc");
  const std::string fields = submission::fix_ups(facts, io::SystemClock().wall(), delivery::new_id(random), host);
  if (!fields.empty()) editor.add_fields(mime::PartId(0), fields);
  auto edited = editor.finish();
  if (!edited) return fail(edited.error());
  Letter letter{std::move(*edited), !is_ascii(text), !is_ascii(header), {}};
  if (!facts.authors.empty()) letter.author = facts.authors.front();
  return letter;
}

Result<void> add_wishes(const Words& words, smtp::Outgoing& out) {
  std::optional<smtp::Notify> notify;
  if (!words.notify.empty()) {
    notify = smtp::parse_notify(words.notify);
    if (!notify)
      return fail(
          caller_error(Code::syntax, fmt::format("'{}': write never, or some of success,failure,delay", words.notify)));
  } else if (words.dsn) {
    notify = smtp::Notify{.never = false, .success = true, .failure = true, .delay = true, .given = true};
  }
  for (const mail::Mailbox& recipient : out.recipients) {
    smtp::RcptParams& wishes = out.wishes.emplace_back();
    if (!notify) continue;
    wishes.notify = *notify;
    wishes.original = mail::typed_text(recipient);
  }
  if (!words.returned.empty()) out.ret = words.returned == "full" ? smtp::Return::full : smtp::Return::headers;
  if (!words.envelope_id.empty() && !smtp::format_envelope_id(words.envelope_id))
    return fail(caller_error(Code::syntax, "an envelope id is printable ASCII, and short"));
  out.envelope_id = words.envelope_id;
  return {};
}

Result<smtp::Outgoing> envelope(const Words& words, const Letter& letter) {
  smtp::Outgoing out;
  const std::string& sender = words.from.empty() ? letter.author : words.from;
  if (sender != "<>" && !sender.empty()) {
    auto mailbox = parse_address(sender);
    if (!mailbox) return fail(mailbox.error());
    out.sender = std::move(*mailbox);
  }
  for (const std::string& address : words.to) {
    auto mailbox = parse_address(address);
    if (!mailbox) return fail(mailbox.error());
    out.recipients.push_back(std::move(*mailbox));
  }
  out.octets = letter.text.size();
  out.eight_bit = letter.eight_bit;
  out.utf8 = letter.utf8;
  out.require_tls = words.require_tls;
  if (auto added = add_wishes(words, out); !added) return fail(added.error());
  return out;
}

Result<SenderOptions> sender_options(const Words& words, Random& random) {
  SenderOptions options;
  auto remote = parse_server(words.server);
  if (!remote) return fail(remote.error());
  options.remote = std::move(*remote);
  const std::string tls = !words.tls.empty() ? words.tls : words.lmtp ? "none" : "implicit";
  options.implicit_tls = tls == "implicit";
  options.session.tls = tls == "starttls" ? smtp::TlsPolicy::required : smtp::TlsPolicy::none;
  if (options.remote.port == 0)
    options.remote.port = words.lmtp ? 24 : tls == "implicit" ? 465 : tls == "starttls" ? 587 : 25;
  options.trust.verify = !words.any_certificate;
  options.trust.ca_file = words.ca_file;
  options.session.host_name = words.hello.empty() ? this_host() : words.hello;
  options.session.lmtp = words.lmtp;
  if (words.user.empty()) return options;
  auto password =
      ask_credential(words.password_file, fmt::format("Password of {} at {}", words.user, options.remote.host));
  if (!password) return fail(password.error());
  options.session.login =
      sasl::ClientOptions{{}, words.user, std::move(*password), &random, {}, options.remote.host, options.remote.port};
  options.session.clear_login = tls == "none";
  return options;
}

/// One line that is rewritten, on a terminal.
class Meter {
 public:
  ~Meter() {
    if (dirty_) fmt::print(stderr, "\r\033[K");
  }
  void show(const SendProgress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ || now - shown_ < std::chrono::milliseconds(100)) return;
    shown_ = now;
    dirty_ = true;
    fmt::print(stderr, "\r\033[K{} of {}; {} of {} recipients accepted", format_octets(progress.octets),
               format_octets(progress.total), progress.taken, progress.recipients);
  }

 private:
  std::chrono::steady_clock::time_point shown_;
  bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  bool dirty_ = false;
};

/// What the server said, and nothing that a terminal would obey.
std::string words_of(const smtp::Reply& reply) {
  std::string text =
      fmt::format("{} {}{}{}", reply.code, reply.enhanced, reply.enhanced.empty() ? "" : " ", reply.text);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return text;
}

int report(const smtp::Outgoing& message, const SendResult& result) {
  std::vector<std::vector<std::string>> rows{{"RECIPIENT", "RESULT", "ANSWER"}};
  std::size_t sent = 0;
  for (std::size_t i = 0; i < message.recipients.size(); ++i) {
    const auto& outcome = result.outcomes[i];
    const bool taken = outcome && outcome->positive();
    if (taken) ++sent;
    const char* word = taken ? "accepted" : !outcome ? "not tried" : outcome->transient() ? "not now" : "refused";
    rows.push_back({message.recipients[i].text(), word, outcome ? words_of(*outcome) : explain(*result.trouble)});
  }
  print_table(rows, "");
  return sent == rows.size() - 1 ? 0 : sent == 0 ? kNoneSent : kSomeFailed;
}

int send(const Words& words) {
  close_memory();
  io::SystemRandom random;
  const auto options = sender_options(words, random);
  if (!options) return give_up(words, options.error());
  const auto octets = read_file(words.file);
  if (!octets) return give_up(words, octets.error());
  const auto letter = prepare(*octets, options->session.host_name, words);
  if (!letter) return give_up(words, letter.error());
  const auto message = envelope(words, *letter);
  if (!message) return give_up(words, message.error());
  SendResult result;
  {
    Meter meter;
    result =
        send_message(*options, *message, letter->text, [&](const SendProgress& progress) { meter.show(progress); });
  }
  const bool tried = std::ranges::any_of(result.outcomes, [](const auto& outcome) { return outcome.has_value(); });
  if (result.trouble && !tried) return give_up(words, *result.trouble);
  return report(*message, result);
}

void add_options(CLI::App* command, Words& words) {
  command->add_option("FILE", words.file, "the message; - is standard input")->capture_default_str();
  command->add_option("--to", words.to, "a recipient; may be repeated")->required();
  command->add_option("--from", words.from,
                      "the sender of the envelope, <> for none; default: the author of the message");
  command
      ->add_option("--server", words.server,
                   "HOST[:PORT]; default ports: 465, with STARTTLS 587, without TLS 25, LMTP 24")
      ->required();
  command
      ->add_option("--tls", words.tls,
                   "implicit (default), starttls or none (default of LMTP; a password goes in the clear)")
      ->check(CLI::IsMember({"implicit", "starttls", "none"}));
  command->add_option("--ca-file", words.ca_file, "believe the authorities in this PEM file instead of the system's");
  command->add_flag("--any-certificate", words.any_certificate, "do not verify who the server is");
  command->add_option("--user", words.user, "the login there; default: none");
  command->add_option("--password-file", words.password_file,
                      "the password: the first line of this file; - is standard input; default: ask");
  command->add_option("--helo", words.hello, "how this machine calls itself; default: its host name");
  command->add_flag("--lmtp", words.lmtp, "speak LMTP: one answer for each recipient");
  command->add_flag("--require-tls", words.require_tls, "verified TLS on the whole way, or no delivery (RFC 8689)");
  CLI::Option* dsn = command->add_flag("--dsn", words.dsn, "ask for reports of success, failure and delay");
  command->add_option("--notify", words.notify, "never, or some of success,failure,delay")->excludes(dsn);
  command->add_option("--ret", words.returned, "what a report returns of the message")
      ->check(CLI::IsMember({"full", "headers"}));
  command->add_option("--envid", words.envelope_id, "a name that reports repeat");
}

}  // namespace

void add_send_command(CLI::App& app) {
  auto words = std::make_shared<Words>();
  CLI::App* command = app.add_subcommand(
      "send", "send a message by SMTP or LMTP; ends with 0 when all recipients were accepted, 1 some, 2 none");
  add_options(command, *words);
  command->callback([words] {
    if (const int status = send(*words); status != 0) throw CLI::RuntimeError(status);
  });
}

}  // namespace posthorn::servers
