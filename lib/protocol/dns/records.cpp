#include "posthorn/protocol/dns/records.h"

namespace posthorn::dns {

namespace {

struct Convert {
  std::optional<Record> operator()(const wire::Address& address) const { return address; }
  std::optional<Record> operator()(const wire::Target& target) const { return Ptr{target.name}; }
  std::optional<Record> operator()(const wire::Mx& mx) const { return Mx{mx.preference, mx.exchange}; }
  std::optional<Record> operator()(const wire::Tlsa& tlsa) const {
    return Tlsa{tlsa.usage, tlsa.selector, tlsa.matching, tlsa.association};
  }
  std::optional<Record> operator()(const wire::Srv& srv) const {
    return Srv{srv.priority, srv.weight, srv.port, srv.target};
  }
  std::optional<Record> operator()(const wire::Txt& txt) const {
    Txt whole;
    for (const std::string& string : txt.strings) whole.text += string;
    return whole;
  }
  std::optional<Record> operator()(const wire::Soa&) const { return std::nullopt; }
  std::optional<Record> operator()(const wire::Octets&) const { return std::nullopt; }
};

}  // namespace

std::optional<Record> record_of(const wire::Data& data) { return std::visit(Convert(), data); }

}  // namespace posthorn::dns
