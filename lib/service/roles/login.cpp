#include "service/roles/login.h"

#include <algorithm>
#include <vector>

#include "posthorn/grammar/char_set.h"

namespace posthorn::roles {

namespace {

/// How long a refusal without a check is held back: long enough that asking again at once gains nothing.
constexpr Duration kUnchecked = std::chrono::seconds(3);

constexpr std::size_t kGroups = 8;         // of an IPv6 address
constexpr std::size_t kNetworkGroups = 4;  // the first 64 bits

std::vector<View> groups_of(View text) {
  std::vector<View> groups;
  while (!text.empty()) {
    const View group = text.substr(0, text.find(':'));
    groups.push_back(group);
    text.remove_prefix(std::min(text.size(), group.size() + 1));
  }
  return groups;
}

}  // namespace

std::string network_of(View address) {
  if (address.find(':') == View::npos) return own(address);
  if (address.find('.') != View::npos) return own(address.substr(address.rfind(':') + 1));  // an IPv4 address in IPv6
  const std::size_t gap = address.find("::");
  std::vector<View> groups = groups_of(address.substr(0, gap));
  if (gap != View::npos) {
    const std::vector<View> tail = groups_of(address.substr(gap + 2));
    while (groups.size() + tail.size() < kGroups) groups.push_back("0");
    groups.insert(groups.end(), tail.begin(), tail.end());
  }
  std::string network;
  for (std::size_t i = 0; i < std::min(groups.size(), kNetworkGroups); ++i) {
    View group = groups[i];
    while (group.size() > 1 && group.front() == '0') group.remove_prefix(1);
    for (char c : group) network.push_back(to_lower(c));
    network.push_back(':');
  }
  return network + ":/64";
}

Login::Login(const Services& services, const Connection& connection, bool reads_mail)
    : services_(services),
      anonymous_(reads_mail && !services.anonymous.empty()),
      clear_(connection.clear_login),
      source_(network_of(connection.remote)) {}

void Login::upgraded(const TlsFacts& facts) {
  tls_ = true;
  binding_ = facts.exporter;
  certified_ = facts.peer_addresses;
  cancel();
}

std::string Login::offered() const {
  std::string names;
  for (const sasl::MechanismSpec* row : sasl::offered(tls_, !binding_.empty(), clear_, accepted())) {
    if (!names.empty()) names.push_back(' ');
    names.append(row->name);
  }
  return names;
}

sasl::Accepted Login::accepted() const {
  return {.tokens = services_.tokens != nullptr, .certificate = !certified_.empty(), .anonymous = anonymous_};
}

bool Login::begin(View mechanism) {
  cancel();
  const auto rows = sasl::offered(tls_, !binding_.empty(), clear_, accepted());
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto* r) { return same_word(r->name, mechanism); });
  if (row == rows.end()) return false;
  const bool plus = std::any_of(rows.begin(), rows.end(), [](const auto* r) { return r->needs_channel_binding; });
  exchange_ =
      (*row)->serve({.verifier = this, .random = &services_.random, .channel_binding = binding_, .plus_offered = plus});
  return true;
}

sasl::Step Login::step(std::optional<View> response, TimePoint now) {
  if (!exchange_) return Error(caller_error(Code::misuse, "no exchange"));
  now_ = now;
  delay_ = {};
  if (!response) claimed_.clear();
  sasl::Step step = exchange_->step(response);
  if (const auto* error = std::get_if<Error>(&step)) judge(error, claimed_);
  if (const auto* success = std::get_if<sasl::Success>(&step)) judge(nullptr, success->login);
  if (!std::holds_alternative<sasl::Challenge>(step)) cancel();
  return step;
}

Result<std::string> Login::check(View login, const Secret& password, TimePoint now) {
  now_ = now;
  delay_ = {};
  auto checked = check_password({}, login, password);
  judge(checked ? nullptr : &checked.error(), checked ? View(*checked) : login);
  return checked;
}

bool Login::admit(View login) {
  claimed_ = own(login);
  admitted_ = services_.guard.admits(login, source_, now_);
  return admitted_;
}

Result<std::string> Login::check_password(View authorize, View login, const Secret& password) {
  if (!admit(login)) return fail(peer_error(Code::denied, "too many failures"));
  return keep(services_.directory.log_in(authorize, login, password));
}

Result<sasl::ScramKeys> Login::scram_keys(View login) {
  if (!admit(login)) return fail(peer_error(Code::denied, "too many failures"));
  return services_.directory.scram_keys(login);
}

Result<std::string> Login::authorize(View authorize, View login, const Secret& client_key) {
  return keep(services_.directory.admit(authorize, login, client_key));
}

sasl::TokenVerdict Login::check_token(const sasl::BearerToken& token) {
  if (services_.tokens == nullptr) return Verifier::check_token(token);
  // A token alone names nobody yet: its failures count for its network only.
  if (!admit(token.authorize.empty() ? "token of " + source_ : token.authorize))
    return sasl::TokenRefusal{peer_error(Code::denied, "too many failures"), {}, {}, {}};
  sasl::TokenVerdict verdict = services_.tokens->judge(token, services_.clock.wall());
  const auto* named = std::get_if<std::string>(&verdict);
  if (named == nullptr) return verdict;
  auto login = keep(services_.directory.recognise(token.authorize, *named));
  if (!login) return sasl::TokenRefusal{std::move(login.error()), {}, {}, {}};
  return std::move(*login);
}

Result<std::string> Login::check_certificate(View authorize) {
  if (certified_.empty()) return Verifier::check_certificate(authorize);
  if (!admit(certified_.front())) return fail(peer_error(Code::denied, "too many failures"));
  Result<std::string> last = fail(peer_error(Code::denied, "no mailbox"));
  for (const std::string& address : certified_) {
    last = keep(services_.directory.recognise(authorize, address));
    if (last || last.error().code != Code::denied) break;
  }
  return last;
}

Result<std::string> Login::check_anonymous(View /*trace*/) {
  if (!anonymous_) return Verifier::check_anonymous({});
  if (!admit(services_.anonymous)) return fail(peer_error(Code::denied, "too many failures"));
  return keep(services_.directory.recognise({}, services_.anonymous));
}

Result<std::string> Login::keep(Result<directory::Admission> admission) {
  admission_ = {};
  if (!admission) return fail(std::move(admission.error()));
  admission_ = std::move(*admission);
  return admission_.login;
}

void Login::judge(const Error* error, View login) {
  using journal::Happening;
  if (error == nullptr) {
    // Under the name that was typed, which is what admits() asks for.
    services_.guard.succeeded(claimed_, source_);
  } else if (!admitted_) {
    delay_ = kUnchecked;
    admitted_ = true;
  } else if (error->code == Code::denied) {
    delay_ = services_.guard.failed(claimed_, source_, now_);
  }
  services_.observer.happened({.what = error == nullptr ? Happening::login_ok : Happening::login_failed,
                               .protocol = "sasl",
                               .remote = source_,
                               .account = login,
                               .detail = error == nullptr ? View() : View(error->note)});
}

std::string locked_notice(const directory::Admission& admission) {
  if (admission.locked) {
    return "This mailbox is sealed and this login does not open it: log in with the mailbox password to read sealed "
           "mail";
  }
  if (admission.old_locked) {
    return "Mail from before the last password reset is sealed: ask for it to be reopened with the password of that "
           "time";
  }
  return {};
}

}  // namespace posthorn::roles
