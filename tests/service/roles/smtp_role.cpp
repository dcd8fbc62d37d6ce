#include "posthorn/service/roles/smtp_role.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/service/recipients/judge.h"
#include "posthorn/testing/splits.h"

#include "service/roles/fakes.h"

using namespace posthorn;
using namespace posthorn::roles;
using roles::testing::Driver;
using roles::testing::Site;

namespace {

/// Code and enhanced code of each reply: "220 250 250/2.1.0".
std::string codes(View sent) {
  std::string out;
  while (!sent.empty()) {
    const View line = sent.substr(0, sent.find("\r\n"));
    if (line.size() > 3 && line[3] == ' ') {
      out.append(out.empty() ? "" : " ").append(line.substr(0, 3));
      if (line[0] != '2' && line[0] != '3') out.append("/").append(line.substr(4, line.find(' ', 4) - 4));
    }
    sent.remove_prefix(std::min(sent.size(), line.size() + 2));
  }
  return out;
}

Connection mx() { return {.host_name = "mx.example.org", .remote = "192.0.2.1", .tls = Tls::starttls}; }
Connection submission() {
  return {.host_name = "mx.example.org", .remote = "192.0.2.1", .tls = Tls::implicit, .require_login = true};
}

struct Run : Site {
  std::unique_ptr<Conversation> role;
  Driver drive;
  explicit Run(const Connection& connection = mx(), const SmtpOptions& options = {})
      : role(make_smtp_role(services, connection, options)), drive{*role, clock} {
    if (connection.tls == Tls::implicit) role->upgraded({"TLSv1.3", "TLS_AES_128_GCM_SHA256", "", "", ""});
  }
  std::string operator()(View octets) { return drive(octets); }
  std::string log_in() { return (*this)("EHLO c\r\nAUTH PLAIN " + plain("ann@example.org", "secret") + "\r\n"); }
  static std::string plain(View login, View password) {
    std::string text;
    text.append(1, '\0').append(login).append(1, '\0').append(password);
    return codec::base64_encode(text);
  }
};

const std::string kEnvelope = "MAIL FROM:<x@y.example>\r\nRCPT TO:<ann@example.org>\r\n";
const std::string kMessage = "Subject: a\r\n\r\nb\r\n";

}  // namespace

TEST_CASE("MX: a message arrives, in two visits to a worker") {
  Run run;
  CHECK(codes(run("EHLO c.example\r\n")) == "220 250");
  const std::string sent = run(kEnvelope + "RCPT TO:<team@example.org>\r\nDATA\r\n");
  CHECK(codes(sent) == "250 250 250 354");
  CHECK(run.drive.visits == 1);
  CHECK(run(kMessage + ".\r\n") == "250 2.0.0 Stored as id17\r\n");
  CHECK(run.drive.visits == 2);
  REQUIRE(run.delivery.stored.size() == 1);
  const auto& stored = run.delivery.stored[0];
  CHECK(stored.content == kMessage);
  CHECK(stored.envelope.sender == "x@y.example");
  REQUIRE(stored.envelope.recipients.size() == 2);
  CHECK(stored.envelope.recipients[0].address == "ann@example.org");
  CHECK(stored.envelope.recipients[1].resolution.targets.size() == 2);
  CHECK(stored.envelope.origin.helo == "c.example");
  CHECK(stored.envelope.origin.address == "192.0.2.1");
  CHECK(stored.envelope.origin.protocol == "ESMTP");
  CHECK(codes(run("QUIT\r\n")) == "221");
  CHECK(run.drive.closed);
  CHECK(run.observer.counts[journal::Happening::message_accepted] == 1);
}

TEST_CASE("MX: who may receive") {
  Run run;
  run("EHLO c\r\nMAIL FROM:<>\r\n");
  CHECK(codes(run("RCPT TO:<nobody@example.org>\r\nRCPT TO:<x@elsewhere.example>\r\nRCPT TO:<off@example.org>\r\n")) ==
        "550/5.1.1 550/5.7.1 550/5.2.1");
  CHECK(run.observer.counts[journal::Happening::recipient_refused] == 3);
  run.directory.failure = environment_error(Code::unavailable);
  CHECK(codes(run("RCPT TO:<ann@example.org>\r\n")) == "451/4.3.0");
  CHECK(codes(run("DATA\r\n")) == "554/5.5.1");
  CHECK(codes(run("AUTH PLAIN\r\n")) == "503/5.5.1");
  CHECK(codes(run("RSET\r\nAUTH PLAIN\r\n")) == "250 538/5.7.11");
}

TEST_CASE("quota: refused at RCPT with SIZE, at the end without") {
  Run run;
  run("EHLO c\r\n");
  CHECK(codes(run("MAIL FROM:<> SIZE=101\r\nRCPT TO:<full@example.org>\r\nRSET\r\n")) == "250 452/4.2.2 250");
  CHECK(codes(run("MAIL FROM:<> SIZE=100\r\nRCPT TO:<full@example.org>\r\nRSET\r\n")) == "250 250 250");
  CHECK(codes(run("MAIL FROM:<>\r\nRCPT TO:<full@example.org>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n" +
                  std::string(200, 'x') + "\r\n.\r\n")) == "250 250 250 354 452/4.2.2");
  CHECK(run.delivery.stored.empty());  // nobody got it, so nobody gets it twice
}

TEST_CASE("failures of the store are never acknowledged") {
  const auto answer = [](auto arrange) {
    Run run;
    arrange(run);
    run("EHLO c\r\n" + kEnvelope + "RCPT TO:<bob@example.org>\r\nDATA\r\n");
    return codes(run(kMessage + ".\r\n"));
  };
  CHECK(answer([](Run& r) { r.delivery.begin_failure = environment_error(Code::unavailable); }) == "451/4.3.0");
  CHECK(answer([](Run& r) { r.delivery.append_failure = environment_error(Code::no_space); }) == "452/4.3.1");
  CHECK(answer([](Run& r) { r.delivery.append_failure = peer_error(Code::too_many); }) == "554/5.4.6");
  const auto both = [](const Error& a, const Error& b) {
    return [=](Run& r) { r.delivery.failures = {{"ann@example.org", a}, {"bob@example.org", b}}; };
  };
  CHECK(answer(both(environment_error(Code::no_space), peer_error(Code::not_found))) == "452/4.3.1");
  CHECK(answer(both(peer_error(Code::not_found), peer_error(Code::not_found))) == "550/5.1.1");
  // Some have it, some do not. Sending again would not help and would store it for ann each time: the sender's server
  // tells him.
  CHECK(answer([](Run& r) { r.delivery.failures = {{"bob@example.org", peer_error(Code::too_many)}}; }) == "554/5.4.6");
  // This may pass: sent again rather than lost.
  CHECK(answer([](Run& r) { r.delivery.failures = {{"bob@example.org", environment_error(Code::no_space)}}; }) ==
        "451/4.3.0");
}

TEST_CASE("a big message goes to the worker in pieces and is whole; one that is refused leaves nothing") {
  Run run;
  run("EHLO c\r\n" + kEnvelope + "DATA\r\n");
  std::string content;
  for (int i = 0; i < 9000; ++i) content += "a line of fifty octets, counted without its end..\r\n";
  const int before = run.drive.visits;
  std::string sent;
  for (std::size_t at = 0; at < content.size(); at += 16384) sent += run(View(content).substr(at, 16384));
  sent += run(".\r\n");
  CHECK(codes(sent) == "250");
  CHECK(run.drive.visits - before < 6);
  REQUIRE(run.delivery.stored.size() == 1);
  CHECK(run.delivery.stored[0].content == content);
  CHECK(codes(run(kEnvelope + "DATA\r\n" + content + "bare\n\r\n.\r\n")) == "250 250 354 550/5.5.2");
  CHECK(codes(run("NOOP\r\n")) == "250");
  CHECK(run.delivery.stored.size() == 1);
}

TEST_CASE("every split gives the same") {
  const std::string input = "EHLO c\r\n" + kEnvelope + "RCPT TO:<nobody@example.org>\r\nDATA\r\n" + kMessage + ".\r\n" +
                            kEnvelope + "BDAT 5\r\n12\r\n3BDAT 2 LAST\r\n\r\nMAIL FROM:<>\r\nEHLO d\r\nQUIT\r\n";
  std::string last;
  CHECK(posthorn::testing::for_every_split(input, [&](auto&& feed) {
          Run run;
          std::string out;
          feed([&](View piece) { out += run(piece); });
          for (const auto& s : run.delivery.stored) out += "[" + s.content + "]";
          return last = out;
        }) == "");
  CHECK(codes(last) == "220 250 250 250 550/5.1.1 354 250 250 250 250 250 250 250 221");
  CHECK(last.ends_with("[" + kMessage + "][12\r\n3\r\n]"));
}

TEST_CASE("LMTP answers for each recipient") {
  Run run({.host_name = "mx", .remote = "", .tls = Tls::none}, {.lmtp = true});
  run("LHLO c\r\n" + kEnvelope + "RCPT TO:<nobody@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n");
  run.delivery.failures = {{"ann@example.org", environment_error(Code::over_quota)}};
  CHECK(codes(run(kMessage + ".\r\n")) == "452/4.2.2 250");
  REQUIRE(run.delivery.stored.size() == 1);
  CHECK(run.delivery.stored[0].envelope.origin.protocol == "LMTP");
  run.delivery.begin_failure = environment_error(Code::unavailable);
  CHECK(codes(run(kEnvelope + "RCPT TO:<bob@example.org>\r\nDATA\r\n" + kMessage + ".\r\n")) ==
        "250 250 250 354 451/4.3.0 451/4.3.0");
  CHECK(codes(run("MAIL FROM:<>\r\nRCPT TO:<x@elsewhere.example>\r\n")) == "250 550/5.7.1");
}

// RFC 5429 section 2.1.1.
TEST_CASE("a recipient who refuses a message says so himself") {
  Run lmtp({.host_name = "mx", .remote = "", .tls = Tls::none}, {.lmtp = true});
  lmtp("LHLO c\r\n" + kEnvelope + "RCPT TO:<bob@example.org>\r\nDATA\r\n");
  lmtp.delivery.refusals = {{"ann@example.org", "not you again"}};
  const std::string each = lmtp(kMessage + ".\r\n");
  CHECK(codes(each) == "550/5.7.1 250");
  CHECK(each.starts_with("550 5.7.1 not you again\r\n"));
  CHECK(lmtp.delivery.stored.at(0).envelope.each_answered);

  Run mx({.host_name = "mx", .remote = "", .tls = Tls::none}, {});
  mx("EHLO c\r\n" + kEnvelope + "DATA\r\n");
  mx.delivery.refusals = {{"ann@example.org", "not you again"}};
  CHECK(mx(kMessage + ".\r\n") == "550 5.7.1 not you again\r\n");
  CHECK(mx.observer.counts[journal::Happening::message_refused] == 1);
}

TEST_CASE("submission: login first, then only with own addresses and to this server") {
  Run run(submission());
  CHECK(codes(run("EHLO c\r\nMAIL FROM:<ann@example.org>\r\n")) == "220 250 530/5.7.0");
  CHECK(codes(run("AUTH PLAIN " + Run::plain("ann@example.org", "secret") + "\r\n")) == "235");
  CHECK(run.observer.counts[journal::Happening::login_ok] == 1);
  CHECK(codes(run(
            "MAIL FROM:<bob@example.org>\r\nMAIL FROM:<x@elsewhere.example>\r\nMAIL FROM:<nobody@example.org>\r\n")) ==
        "553/5.7.1 553/5.7.1 553/5.7.1");
  CHECK(codes(run("MAIL FROM:<Ann@Example.org>\r\nRSET\r\nMAIL FROM:<sales@example.org>\r\nRSET\r\nMAIL "
                  "FROM:<>\r\nRSET\r\n")) == "250 250 250 250 250 250");
  const std::string sent = run("MAIL FROM:<ann@example.org>\r\nRCPT TO:<x@elsewhere.example>\r\n");
  CHECK(sent.find("550 5.7.1 This server does not send mail to other hosts\r\n") != std::string::npos);
  CHECK(codes(run("RCPT TO:<bob@example.org>\r\nDATA\r\n" + kMessage + ".\r\n")) == "250 354 250");
  REQUIRE(run.delivery.stored.size() == 1);
  const auto& origin = run.delivery.stored[0].envelope.origin;
  CHECK(origin.protocol == "ESMTPSA");
  CHECK(origin.tls == "TLSv1.3 TLS_AES_128_GCM_SHA256");
  CHECK(origin.address == "");
  CHECK(origin.helo == "[submission]");
}

TEST_CASE("submission: the sender check can be switched off, and fails closed") {
  Run free(submission(), {.check_sender = false, .hide_submitter = false});
  CHECK(codes(free.log_in()) == "220 250 235");
  CHECK(codes(free("MAIL FROM:<x@elsewhere.example>\r\n")) == "250");
  Run run(submission());
  run.log_in();
  run.directory.failure = environment_error(Code::unavailable);
  CHECK(codes(run("MAIL FROM:<sales@example.org>\r\n")) == "451/4.3.0");
}

TEST_CASE("failed logins are held back, counted and at last not checked") {
  Run run(submission());
  run("EHLO c\r\n");
  const std::string wrong = "AUTH PLAIN " + Run::plain("ann@example.org", "wrong") + "\r\n";
  CHECK(codes(run(wrong + "NOOP\r\n")) == "535/5.7.8 250");
  CHECK(run.drive.paused >= std::chrono::milliseconds(500));
  CHECK(run.observer.counts[journal::Happening::login_failed] == 1);
  const Duration first = run.drive.paused;
  CHECK(codes(run(wrong)) == "535/5.7.8");
  CHECK(run.drive.paused - first > first);
  CHECK(codes(run(wrong)) == "535/5.7.8 421/4.7.0");
  CHECK(run.drive.closed);

  for (int i = 0; i < 25; ++i) static_cast<void>(run.guard.failed("ann@example.org", "192.0.2.1", run.clock.now()));
  auto again = make_smtp_role(run.services, submission(), {});
  again->upgraded({});
  Driver drive{*again, run.clock};
  CHECK(codes(drive("EHLO c\r\nAUTH PLAIN " + Run::plain("ann@example.org", "secret") + "\r\n")) ==
        "220 250 535/5.7.8");
  CHECK(drive.paused > Duration::zero());
}

TEST_CASE("a directory that does not answer is no wrong password") {
  Run run(submission());
  run.directory.failure = environment_error(Code::unavailable);
  CHECK(codes(run.log_in()) == "220 250 454/4.7.0");
  CHECK(run.drive.paused == Duration::zero());
}

TEST_CASE("AUTH LOGIN, and SCRAM with its last message as a challenge") {
  Run run(submission());
  run("EHLO c\r\n");
  CHECK(codes(run("AUTH LOGIN\r\n")) == "334");
  CHECK(codes(run(codec::base64_encode("ann@example.org") + "\r\n")) == "334");
  CHECK(codes(run(codec::base64_encode("secret") + "\r\n")) == "235");

  Run scram(submission());
  scram("EHLO c\r\n");
  const auto* row = sasl::find_mechanism("SCRAM-SHA-256");
  REQUIRE(row != nullptr);
  auto client = row->use({{}, "ann@example.org", Secret(View("secret")), &scram.random, ""});
  std::string sent = scram("AUTH SCRAM-SHA-256 " + codec::base64_encode(*client->respond("")) + "\r\n");
  for (int round = 0; round < 2; ++round) {
    REQUIRE(sent.starts_with("334 "));
    const auto challenge = codec::base64_decode(View(sent).substr(4, sent.size() - 6));
    REQUIRE(challenge);
    const auto response = client->respond(*challenge);
    REQUIRE(response);
    sent = scram(codec::base64_encode(*response) + "\r\n");
  }
  CHECK(codes(sent) == "235");
  CHECK(client->server_verified());
}

TEST_CASE("STARTTLS: AUTH appears, the state begins anew") {
  Run run(mx(), {.offer_login = true});
  CHECK(run("EHLO c\r\n").find("AUTH") == std::string::npos);
  CHECK(codes(run("STARTTLS\r\nNOOP\r\n")) == "220");
  CHECK(run.drive.wants_upgrade);
  run.role->upgraded({"TLSv1.3", "X", "", "", ""});
  CHECK(run("EHLO c\r\n").find("250 AUTH ") != std::string::npos);
  CHECK(codes(run("AUTH PLAIN " + Run::plain("ann@example.org", "secret") + "\r\n")) == "235");
}

TEST_CASE("a stop while the refusal of a login is held back") {
  Run run(submission());
  run("EHLO c\r\n");
  run.role->receive("AUTH PLAIN " + Run::plain("ann@example.org", "wrong") + "\r\n");
  CHECK(run.role->next(run.clock.now()) == Wants::work);
  run.role->work(run.clock.now());
  CHECK(run.role->next(run.clock.now()) == Wants::pause);
  run.role->stop();
  CHECK(codes(run.drive.pump()) == "535/5.7.8 421/4.3.2");
  CHECK(run.drive.closed);
}

namespace {

/// Knows ann, does not know gone, cannot say of others.
struct FakeCheck : recipients::Check {
  std::vector<std::string> asked;
  recipients::Verdict check(View address, directory::WhenUnknown when_unknown) override {
    asked.push_back(own(address) + (when_unknown == directory::WhenUnknown::accept ? " accept" : " defer"));
    if (address.starts_with("gone")) return recipients::Verdict::refuse;
    return address.starts_with("ann") ? recipients::Verdict::accept : recipients::Verdict::defer;
  }
};

}  // namespace

TEST_CASE("backup domain: the primary is asked, and refuses or cannot say") {
  FakeCheck check;
  Run run;
  run.services.queued = true;
  run.services.recipients = &check;
  run.directory.backups_of = {{"call.example", directory::WhenUnknown::defer}, {"any.example", std::nullopt}};
  run.role = make_smtp_role(run.services, mx(), {});
  Driver drive{*run.role, run.clock};
  drive("EHLO c\r\nMAIL FROM:<x@y.example>\r\n");
  CHECK(codes(drive("RCPT TO:<ann@call.example>\r\nRCPT TO:<gone@call.example>\r\nRCPT TO:<cid@call.example>\r\n")) ==
        "250 550/5.1.1 451/4.4.1");
  CHECK(codes(drive("RCPT TO:<gone@any.example>\r\nRCPT TO:<ann@example.org>\r\n")) == "250 250");
  CHECK(check.asked ==
        std::vector<std::string>{"ann@call.example defer", "gone@call.example defer", "cid@call.example defer"});
  CHECK(run.observer.counts[journal::Happening::recipient_refused] == 2);
}

TEST_CASE("backup domain: the primary is asked for those whom an alias leads to, too") {
  FakeCheck check;
  Run run;
  run.services.queued = true;
  run.services.recipients = &check;
  run.directory.backups_of = {{"call.example", directory::WhenUnknown::accept}, {"any.example", std::nullopt}};
  run.directory.aliases_of["some@example.org"] = {"gone@call.example", "ann@call.example"};
  run.directory.aliases_of["here@example.org"] = {"gone@call.example", "ann@example.org"};
  run.directory.aliases_of["none@example.org"] = {"gone@call.example", "gone2@call.example"};
  run.directory.aliases_of["later@example.org"] = {"ann@call.example", "cid@call.example"};
  run.directory.aliases_of["any@example.org"] = {"gone@any.example"};
  run.role = make_smtp_role(run.services, mx(), {});
  Driver drive{*run.role, run.clock};
  drive("EHLO c\r\nMAIL FROM:<x@y.example>\r\n");
  CHECK(codes(drive("RCPT TO:<some@example.org>\r\nRCPT TO:<here@example.org>\r\nRCPT TO:<none@example.org>\r\n"
                    "RCPT TO:<later@example.org>\r\nRCPT TO:<any@example.org>\r\n")) ==
        "250 250 550/5.1.1 451/4.4.1 250");
  CHECK(codes(drive("DATA\r\nx\r\n.\r\n")) == "354 250");
  REQUIRE(run.delivery.stored.size() == 1);
  const auto& recipients = run.delivery.stored.front().envelope.recipients;
  REQUIRE(recipients.size() == 3);
  CHECK(recipients[0].resolution.remote == std::vector<std::string>{"ann@call.example"});
  CHECK(recipients[1].resolution.remote.empty());
  CHECK(recipients[1].resolution.targets.size() == 1);
  CHECK(recipients[2].resolution.remote == std::vector<std::string>{"gone@any.example"});
}

TEST_CASE("submission: nobody sends without a name, also where a mailbox is open to all") {
  Site site;
  site.services.anonymous = "ann@example.org";
  const auto role = make_smtp_role(site.services, submission(), {});
  role->upgraded({"TLSv1.3", "TLS_AES_128_GCM_SHA256", "", "", ""});
  Driver drive{*role, site.clock};
  const std::string offered = drive("EHLO c\r\n");
  CHECK(offered.find("PLAIN") != std::string::npos);
  CHECK(offered.find("ANONYMOUS") == std::string::npos);
  CHECK(codes(drive("AUTH ANONYMOUS " + codec::base64_encode("me") + "\r\n")).starts_with("504"));  // RFC 4954 section 4
}
