#include <algorithm>
#include <map>
#include <utility>

#include "posthorn/grammar/dns/message.h"
#include "posthorn/grammar/dns/name.h"

namespace posthorn::dns::wire {

namespace {

constexpr std::size_t kPointerReach = 0x4000;  // a pointer has 14 bits (RFC 1035 section 4.1.4)
constexpr std::size_t kStringOctets = 255;

/// Appends fields; the first failure stays.
class Writer {
 public:
  void u8(unsigned value) { out_.push_back(static_cast<char>(value & 0xFFU)); }
  void u16(unsigned value) {
    u8(value >> 8U);
    u8(value);
  }
  void u32(std::uint32_t value) {
    u16(value >> 16U);
    u16(value);
  }
  void octets(View octets) { out_.append(octets); }

  /// A name, ended by a pointer to the same labels where they stand already.
  void name(View text) {
    auto encoded = encode_name(text);
    if (!encoded) return fail_with(std::move(encoded.error()));
    View rest = *encoded;
    while (rest.size() > 1) {
      const auto known = places_.find(own(rest));
      if (known != places_.end()) return u16(0xC000U | static_cast<unsigned>(known->second));
      if (out_.size() < kPointerReach) places_.emplace(own(rest), out_.size());
      const std::size_t label = static_cast<unsigned char>(rest.front()) + std::size_t{1};
      octets(rest.substr(0, label));
      rest.remove_prefix(label);
    }
    u8(0);
  }

  /// A name that no pointer may end (RFC 2782).
  void whole_name(View text) {
    auto encoded = encode_name(text);
    if (!encoded) return fail_with(std::move(encoded.error()));
    octets(*encoded);
  }

  void record(const Record& record) {
    name(record.name);
    u16(static_cast<unsigned>(record.type));
    u16(record.klass);
    u32(record.ttl);
    const std::size_t length_at = out_.size();
    u16(0);
    data(record);
    const std::size_t length = out_.size() - length_at - 2;
    if (length > MessageLimits::kOctets) return fail_with(caller_error(Code::too_long, "the data is too long"));
    out_[length_at] = static_cast<char>(length >> 8U);
    out_[length_at + 1] = static_cast<char>(length & 0xFFU);
  }

  void fail_with(Error error) {
    if (!failed_) error_ = std::move(error);
    failed_ = true;
  }
  Result<std::string> finish() && {
    if (out_.size() > MessageLimits::kOctets) fail_with(caller_error(Code::too_long, "the message is too long"));
    if (failed_) return fail(std::move(error_));
    return std::move(out_);
  }

 private:
  void data(const Record& record);
  void address(Type type, const IpAddress& address);
  void text(const Txt& txt);

  std::string out_;
  std::map<std::string, std::size_t> places_;  // labels to the end of a name -> where they stand
  bool failed_ = false;
  Error error_;
};

void Writer::address(Type type, const IpAddress& address) {
  if (type == Type::aaaa && address.is_v4()) octets(View("\0\0\0\0\0\0\0\0\0\0\xFF\xFF", 12));
  for (const std::uint8_t octet : address.octets()) u8(octet);
}

void Writer::text(const Txt& txt) {
  for (const std::string& string : txt.strings) {
    if (string.size() > kStringOctets) return fail_with(caller_error(Code::too_long, "a string of TXT is too long"));
    u8(static_cast<unsigned>(string.size()));
    octets(string);
  }
}

/// Whether the alternative is the one that the reader would make of this type.
bool fits(const Record& record) {
  switch (record.type) {
    case Type::a: return std::holds_alternative<Address>(record.data) && std::get<Address>(record.data).is_v4();
    case Type::aaaa: return std::holds_alternative<Address>(record.data);
    case Type::ns:
    case Type::cname:
    case Type::ptr: return std::holds_alternative<Target>(record.data);
    case Type::mx: return std::holds_alternative<Mx>(record.data);
    case Type::txt: return std::holds_alternative<Txt>(record.data) && !std::get<Txt>(record.data).strings.empty();
    case Type::soa: return std::holds_alternative<Soa>(record.data);
    case Type::srv: return std::holds_alternative<Srv>(record.data);
    case Type::tlsa: return std::holds_alternative<Tlsa>(record.data);
    case Type::opt:
    case Type::any: break;
  }
  return std::holds_alternative<Octets>(record.data);
}

void Writer::data(const Record& record) {
  if (!fits(record)) return fail_with(caller_error(Code::misuse, "data that is not of its type"));
  if (const auto* raw = std::get_if<Octets>(&record.data)) return octets(raw->octets);
  if (const auto* one = std::get_if<Address>(&record.data)) return address(record.type, *one);
  if (const auto* target = std::get_if<Target>(&record.data)) return name(target->name);
  if (const auto* txt = std::get_if<Txt>(&record.data)) return text(*txt);
  if (const auto* mx = std::get_if<Mx>(&record.data)) {
    u16(mx->preference);
    return name(mx->exchange);
  }
  if (const auto* tlsa = std::get_if<Tlsa>(&record.data)) {
    for (const std::uint8_t field : {tlsa->usage, tlsa->selector, tlsa->matching}) u8(field);
    return octets(tlsa->association);
  }
  if (const auto* srv = std::get_if<Srv>(&record.data)) {
    for (const std::uint16_t field : {srv->priority, srv->weight, srv->port}) u16(field);
    return whole_name(srv->target);
  }
  const auto& soa = std::get<Soa>(record.data);
  name(soa.server);
  name(soa.mailbox);
  for (const std::uint32_t number : {soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum}) u32(number);
}

unsigned bits_of(const Header& header) {
  const auto bit = [](bool on, unsigned place) { return static_cast<unsigned>(on) << place; };
  return bit(header.response, 15) | (header.opcode & 0xFU) << 11U | bit(header.authoritative, 10) |
         bit(header.truncated, 9) | bit(header.recursion_desired, 8) | bit(header.recursion_available, 7) |
         bit(header.authentic, 5) | bit(header.checking_disabled, 4) | (static_cast<unsigned>(header.rcode) & 0xFU);
}

}  // namespace

Result<std::string> format_message(const Message& message) {
  Writer writer;
  writer.u16(message.header.id);
  writer.u16(bits_of(message.header));
  const auto sections = {&message.answers, &message.authorities, &message.additional};
  std::size_t most = message.questions.size();
  for (const auto* section : sections) most = std::max(most, section->size());
  if (most > 0xFFFF) return fail(caller_error(Code::too_many, "too many records"));
  writer.u16(static_cast<unsigned>(message.questions.size()));
  for (const auto* section : sections) writer.u16(static_cast<unsigned>(section->size()));
  for (const Question& question : message.questions) {
    writer.name(question.name);
    writer.u16(static_cast<unsigned>(question.type));
    writer.u16(question.klass);
  }
  for (const auto* section : sections) {
    for (const Record& record : *section) writer.record(record);
  }
  return std::move(writer).finish();
}

}  // namespace posthorn::dns::wire
