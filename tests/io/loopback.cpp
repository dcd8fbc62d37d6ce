#include "loopback.h"

#include <cstring>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace posthorn::testing {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "posthorn-io-XXXXXX").string();
  path_ = mkdtemp(name.data());
}
Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

io::Certificate make_certificate(const Folder& folder, const std::string& file, const std::string& name,
                                 const std::string& kind, long lifetime) {
  EVP_PKEY_CTX* maker = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr);
  EVP_PKEY_keygen_init(maker);
  EVP_PKEY_CTX_set_ec_paramgen_curve_nid(maker, NID_X9_62_prime256v1);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_keygen(maker, &key);
  EVP_PKEY_CTX_free(maker);
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), lifetime < 0 ? 2 * lifetime : 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), lifetime);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.data()),
                             static_cast<int>(name.size()), -1, 0);
  X509_set_issuer_name(certificate, subject);
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  std::string names = kind + ":" + name;
  X509_EXTENSION* extension = X509V3_EXT_nconf_nid(nullptr, &context, NID_subject_alt_name, names.data());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(certificate, key, EVP_sha256());
  io::Certificate made{folder / (file + ".crt"), folder / (file + ".key"), {}};
  FILE* out = std::fopen(made.certificate_file.c_str(), "w");
  PEM_write_X509(out, certificate);
  std::fclose(out);
  out = std::fopen(made.key_file.c_str(), "w");
  PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return made;
}

Client::Client(std::uint16_t port, const std::string& address) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &where.sin_addr);
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{10, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) close();
}

Client::~Client() { close(); }

void Client::close() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
  ssl_ = nullptr;
  context_ = nullptr;
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

bool Client::start_tls(const std::string& host, const std::string& alpn, int version) {
  context_ = SSL_CTX_new(TLS_client_method());
  if (version != 0) SSL_CTX_set_max_proto_version(context_, static_cast<std::uint16_t>(version));
  if (!shown_.certificate_file.empty()) {
    SSL_CTX_use_certificate_file(context_, shown_.certificate_file.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context_, shown_.key_file.c_str(), SSL_FILETYPE_PEM);
  }
  ssl_ = SSL_new(context_);
  if (!host.empty()) SSL_set_tlsext_host_name(ssl_, host.c_str());
  if (!alpn.empty()) {
    std::string wire(1, static_cast<char>(alpn.size()));
    wire += alpn;
    SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(wire.data()),
                        static_cast<unsigned int>(wire.size()));
  }
  SSL_set_fd(ssl_, socket_);
  const bool done = SSL_connect(ssl_) == 1;
  ERR_clear_error();
  return done;
}

void Client::send(View octets) {
  if (ssl_ != nullptr) {
    SSL_write(ssl_, octets.data(), static_cast<int>(octets.size()));
    return;
  }
  while (!octets.empty()) {
    const ssize_t put = ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (put <= 0) return;
    octets.remove_prefix(static_cast<std::size_t>(put));
  }
}

long Client::read(char* into, std::size_t most) {
  if (ssl_ != nullptr) return SSL_read(ssl_, into, static_cast<int>(most));
  return recv(socket_, into, most, 0);
}

std::string Client::line() {
  std::string got;
  for (char c = 0; c != '\n' && read(&c, 1) == 1;) got += c;
  return got;
}

std::string Client::rest() {
  std::string got;
  char chunk[16384];
  for (long n = 0; (n = read(chunk, sizeof chunk)) > 0;) got.append(chunk, static_cast<std::size_t>(n));
  return got;
}

bool Client::ended() {
  char c = 0;
  errno = 0;
  return read(&c, 1) <= 0 && errno != EAGAIN;
}

std::string Client::server_certificate() const {
  X509* certificate = SSL_get_peer_certificate(ssl_);
  if (certificate == nullptr) return {};
  char name[256] = "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  X509_free(certificate);
  return name;
}

std::string Client::exporter() const {
  std::string octets(32, '\0');
  const View label = "EXPORTER-Channel-Binding";
  SSL_export_keying_material(ssl_, reinterpret_cast<unsigned char*>(octets.data()), octets.size(), label.data(),
                             label.size(), nullptr, 0, 0);
  return octets;
}

std::string Client::protocol() const {
  const unsigned char* octets = nullptr;
  unsigned int count = 0;
  SSL_get0_alpn_selected(ssl_, &octets, &count);
  return std::string(octets, octets + count);
}

void Parrot::receive(View octets) { in_.append(octets); }

Wants Parrot::next(TimePoint now) {
  if (spins_) return Wants::input;
  if (closing_) return Wants::close;
  if (paused_until_) {
    if (now < *paused_until_) return Wants::pause;
    paused_until_.reset();
    deadline_.reset();
    out_.append("paused\r\n");
    return Wants::again;
  }
  if (deadline_ && now >= *deadline_) {
    out_.append("bye: idle\r\n");
    closing_ = true;
    return Wants::again;
  }
  deadline_ = now + shared_.idle_limit;
  if (shared_.news.exchange(false)) {
    out_.append("news\r\n");
    return Wants::again;
  }
  const std::size_t end = in_.view().find("\r\n");
  if (end == View::npos) return ended_ ? Wants::close : Wants::input;
  const std::string line = own(in_.view().substr(0, end));
  in_.consume(end + 2);
  return command(line, now);
}

Wants Parrot::command(const std::string& line, TimePoint now) {
  if (line == "QUIT") {
    out_.append("bye\r\n");
    return Wants::close;
  }
  if (line == "STARTTLS") {
    out_.append("go ahead\r\n");
    shared_.dropped += static_cast<int>(in_.size());
    in_.clear();
    return Wants::upgrade;
  }
  if (line.starts_with("WORK") || line == "THROW") {
    job_ = line;
    return Wants::work;
  }
  if (line == "PAUSE") {
    paused_until_ = deadline_ = now + std::chrono::milliseconds(100);
    return Wants::pause;
  }
  if (line == "SPIN") {
    spins_ = true;
    deadline_ = now;
    return Wants::again;
  }
  if (line.starts_with("BIG ")) {
    out_.append(std::string(std::stoul(line.substr(4)), 'x') + "\r\n");
    return Wants::again;
  }
  if (line == "TLS") {
    out_.append(facts_.version + " " + facts_.server_name + " " + std::to_string(facts_.exporter.size()) + "\r\n");
    return Wants::again;
  }
  if (line == "PEER") {
    for (const std::string& address : facts_.peer_addresses) out_.append(address + " ");
    out_.append("\r\n");
    return Wants::again;
  }
  if (line == "EXPORTER") {
    out_.append(facts_.exporter + "\r\n");
    return Wants::again;
  }
  out_.append("echo " + line + "\r\n");
  return Wants::again;
}

void Parrot::work(TimePoint) {
  if (job_ == "THROW") throw std::bad_alloc();
  if (job_ == "WORK long") std::this_thread::sleep_for(std::chrono::milliseconds(300));
  out_.append("worked\r\n");
}

void Parrot::stop() {
  ++shared_.stopped;
  if (!shared_.hears_stop) return;
  out_.append("bye: stopping\r\n");
  closing_ = true;
}

void Parrot::set_wake(std::function<void()> wake) {
  const std::lock_guard lock(shared_.mutex);
  shared_.wake = std::move(wake);
}

bool soon(const std::function<bool()>& happened) {
  for (int i = 0; i < 500; ++i) {
    if (happened()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return happened();
}

}  // namespace posthorn::testing
