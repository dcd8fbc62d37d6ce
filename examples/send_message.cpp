// Sends a message and says what became of it: send_message HOST PORT FROM TO... < MESSAGE
#include <iostream>
#include <iterator>

#include "posthorn/io/client.h"
#include "posthorn/protocol/smtp/client_session.h"

using namespace posthorn;

namespace {
/// Hands the content over as the server takes it, and shows how far it is.
struct Upload {
  smtp::ClientSession session;
  std::string text;
  std::size_t given = 0;
  bool open = false;

  void receive(View octets) { session.receive(octets); }
  void receive_end() { session.receive_end(); }
  smtp::ClientEvent next(TimePoint now) {
    if (open && session.transmit().size() < 16'384) {
      const View piece = View(text).substr(given, 16'384);
      session.content(piece);
      given += piece.size();
      open = given < text.size();
      if (!open) session.content_end();
    }
    return session.next(now);
  }
  View transmit() const { return session.transmit(); }
  void transmitted(std::size_t octets) {
    session.transmitted(octets);
    if (given > 0)
      std::cerr << "\r" << given - std::min(given, session.transmit().size()) << "/" << text.size() << " octets";
  }
  std::optional<TimePoint> deadline() const { return session.deadline(); }
  void upgraded(const TlsFacts& facts) { session.upgraded(facts); }
};
}  // namespace

int main(int count, char** words) {
  if (count < 5) return std::cerr << "send_message HOST PORT FROM TO... < MESSAGE\n", 2;
  smtp::Outgoing message;
  for (int i = 3; i < count; ++i) {
    const auto address = mail::parse_mailbox(words[i], false);
    if (!address) return std::cerr << words[i] << " is no address\n", 2;
    if (i == 3) message.sender = *address;
    if (i > 3) message.recipients.push_back(*address);
  }
  const smtp::ClientOptions options{.host_name = "localhost", .tls = smtp::TlsPolicy::opportunistic};
  Upload upload{{options, io::ClientConnection::now()}, {std::istreambuf_iterator<char>(std::cin), {}}};
  message.octets = upload.text.size();
  const auto connection = io::ClientConnection::open({words[1], static_cast<std::uint16_t>(std::atoi(words[2]))});
  if (!connection) return std::cerr << connection.error().note << "\n", 1;

  bool all = false;
  const auto driven = io::drive(**connection, {}, upload, [&](Upload&, smtp::ClientEvent& event) {
    if (std::holds_alternative<smtp::StartTls>(event)) return Wants::upgrade;
    if (std::holds_alternative<smtp::Ready>(event)) upload.session.send(message);
    if (std::holds_alternative<smtp::WantContent>(event)) upload.open = true;
    if (const auto* refused = std::get_if<smtp::Refused>(&event)) std::cerr << refused->reply.text << "\n";
    if (const auto* done = std::get_if<smtp::Finished>(&event)) {
      all = true;
      for (std::size_t i = 0; i < done->outcomes.size(); ++i) {
        const smtp::Reply& reply = done->outcomes[i];
        all = all && reply.positive();
        std::cout << message.recipients[i].text() << "\t" << reply.code << " " << reply.text << "\n";
      }
      upload.session.quit();
    }
    return Wants::again;
  });
  if (!driven) std::cerr << driven.error().note << "\n";
  return driven && all ? 0 : 1;
}
