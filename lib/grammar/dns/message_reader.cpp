#include <utility>

#include "posthorn/grammar/dns/message.h"
#include "posthorn/grammar/dns/name.h"

namespace posthorn::dns::wire {

namespace {

constexpr std::size_t kHeaderOctets = 12;

/// Takes numbers, names and octets from the left; after the first failure everything is empty. `end` is where the
/// present field ends: names may point to before it, nothing is read behind it.
class Reader {
 public:
  explicit Reader(View message, std::size_t at = 0) : message_(message), at_(at), end_(message.size()) {}

  [[nodiscard]] bool ok() const { return !failed_; }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] std::size_t left() const { return end_ - at_; }
  [[nodiscard]] Error error() const { return error_; }

  View octets(std::size_t count) {
    if (failed_ || left() < count) {
      fail_with(Code::syntax, "a field runs over its end");
      return {};
    }
    const View taken = message_.substr(at_, count);
    at_ += count;
    return taken;
  }
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return number(4); }
  std::string name() {
    if (failed_) return {};
    auto name = decode_name(message_.substr(0, end_), at_);
    if (name) return std::move(*name);
    failed_ = true;
    error_ = std::move(name.error());
    return {};
  }
  /// Octets that a length of one octet stands before.
  std::string string() { return own(octets(u8())); }

  /// Narrows what is read to the next `count` octets; the end before, for widen().
  std::size_t narrow(std::size_t count) {
    if (left() < count) fail_with(Code::syntax, "the data runs over the end");
    return std::exchange(end_, failed_ ? end_ : at_ + count);
  }
  void widen(std::size_t end) {
    if (at_ != end_) fail_with(Code::syntax, "octets behind the data");
    end_ = end;
  }
  void fail_with(Code code, View note) {
    if (failed_) return;
    failed_ = true;
    error_ = peer_error(code, note, static_cast<std::uint32_t>(at_));
  }

 private:
  std::uint32_t number(std::size_t count) {
    std::uint32_t value = 0;
    for (const char c : octets(count)) value = (value << 8U) | static_cast<unsigned char>(c);
    return value;
  }
  View message_;
  std::size_t at_;
  std::size_t end_;
  bool failed_ = false;
  Error error_;
};

Header read_header(Reader& reader) {
  Header header;
  header.id = reader.u16();
  const std::uint16_t bits = reader.u16();
  const auto bit = [bits](unsigned place) { return ((static_cast<unsigned>(bits) >> place) & 1U) != 0; };
  header.response = bit(15);
  header.opcode = static_cast<std::uint8_t>((static_cast<unsigned>(bits) >> 11U) & 0xFU);
  header.authoritative = bit(10);
  header.truncated = bit(9);
  header.recursion_desired = bit(8);
  header.recursion_available = bit(7);
  header.authentic = bit(5);
  header.checking_disabled = bit(4);
  header.rcode = static_cast<Rcode>(bits & 0xFU);
  return header;
}

Soa read_soa(Reader& reader) {
  Soa soa;
  soa.server = reader.name();
  soa.mailbox = reader.name();
  for (std::uint32_t* number : {&soa.serial, &soa.refresh, &soa.retry, &soa.expire, &soa.minimum})
    *number = reader.u32();
  return soa;
}

Data read_address(Reader& reader, std::size_t octets) {
  const auto address = IpAddress::from_octets(reader.octets(octets));
  return address.value_or(IpAddress());
}

Txt read_txt(Reader& reader) {
  Txt txt;
  do txt.strings.push_back(reader.string());
  while (reader.ok() && reader.left() > 0);
  return txt;
}

Data read_data(Reader& reader, Type type) {
  switch (type) {
    case Type::a: return read_address(reader, 4);
    case Type::aaaa: return read_address(reader, 16);
    case Type::ns:
    case Type::cname:
    case Type::ptr: return Target{reader.name()};
    case Type::mx: {
      const std::uint16_t preference = reader.u16();
      return Mx{preference, reader.name()};
    }
    case Type::txt: return read_txt(reader);
    case Type::soa: return read_soa(reader);
    case Type::srv: {
      Srv srv;
      for (std::uint16_t* field : {&srv.priority, &srv.weight, &srv.port}) *field = reader.u16();
      srv.target = reader.name();
      return srv;
    }
    case Type::tlsa: {
      Tlsa tlsa;
      tlsa.usage = reader.u8();
      tlsa.selector = reader.u8();
      tlsa.matching = reader.u8();
      tlsa.association = own(reader.octets(reader.left()));
      return tlsa;
    }
    case Type::opt:
    case Type::any: break;
  }
  return Octets{own(reader.octets(reader.left()))};
}

Record read_record(Reader& reader) {
  Record record;
  record.name = reader.name();
  record.type = static_cast<Type>(reader.u16());
  record.klass = reader.u16();
  record.ttl = reader.u32();
  const std::size_t end = reader.narrow(reader.u16());
  record.data = read_data(reader, record.type);
  reader.widen(end);
  return record;
}

void read_records(Reader& reader, std::uint16_t count, std::vector<Record>& records) {
  for (std::uint16_t i = 0; i < count && reader.ok(); ++i) records.push_back(read_record(reader));
}

}  // namespace

Result<Header> parse_header(View octets) {
  if (octets.size() < kHeaderOctets) return fail(peer_error(Code::syntax, "no whole header"));
  Reader reader(octets);
  return read_header(reader);
}

Result<Message> parse_message(View octets) {
  if (octets.size() > MessageLimits::kOctets) return fail(peer_error(Code::too_long, "the message is too long"));
  Reader reader(octets);
  Message message;
  message.header = read_header(reader);
  const std::array<std::uint16_t, 4> counts = {reader.u16(), reader.u16(), reader.u16(), reader.u16()};
  for (std::uint16_t i = 0; i < counts[0] && reader.ok(); ++i) {
    Question question;
    question.name = reader.name();
    question.type = static_cast<Type>(reader.u16());
    question.klass = reader.u16();
    message.questions.push_back(std::move(question));
  }
  read_records(reader, counts[1], message.answers);
  read_records(reader, counts[2], message.authorities);
  read_records(reader, counts[3], message.additional);
  if (reader.left() > 0) reader.fail_with(Code::syntax, "octets behind the message");
  if (!reader.ok()) return fail(reader.error());
  return message;
}

Result<Data> parse_data(Type type, View octets) {
  Reader reader(octets);
  Data data = read_data(reader, type);
  if (reader.left() > 0) reader.fail_with(Code::syntax, "octets behind the data");
  if (!reader.ok()) return fail(reader.error());
  return data;
}

}  // namespace posthorn::dns::wire
