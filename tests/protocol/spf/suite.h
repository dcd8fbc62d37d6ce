// The openspf test suite for RFC 7208: YAML documents with tests and the DNS that they see.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/dns/name.h"
#include "posthorn/protocol/spf/evaluation.h"
#include "posthorn/testing/zone_resolver.h"

#include "protocol/dnsbl/drive.h"

namespace posthorn::testing {

struct SpfTest {
  std::string name;
  spf::Request request;
  std::vector<std::string> results;  ///< any of them
  std::string explanation;           ///< empty: not checked; "DEFAULT": the domain gives none
};

struct SpfScenario {
  std::string description;
  std::vector<SpfTest> tests;
  YAML::Node zone;
};

/// A name of the suite in the text form of the DNS: all that is no letter or digit is escaped.
inline std::string spf_name(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  std::string escaped;
  for (const char c : name) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '.' || chars::kAlnum[c]) {
      escaped.push_back(c);
    } else if (chars::kVisible[c]) {
      escaped += {'\\', c};
    } else {
      escaped.push_back('\\');
      for (const int digit : {octet / 100, octet / 10 % 10, octet % 10})
        escaped.push_back(static_cast<char>('0' + digit));
    }
  }
  const auto normal = dns::wire::normal_name(escaped);
  return normal ? *normal : std::string();
}

inline std::vector<std::string> spf_strings(const YAML::Node& node) {
  if (!node.IsSequence()) return {node.as<std::string>()};
  std::vector<std::string> out;
  for (const YAML::Node& part : node) out.push_back(part.as<std::string>());
  return out;
}

inline dns::wire::Record spf_record(const std::string& name, const std::string& type, const YAML::Node& value) {
  using dns::wire::Type;
  dns::wire::Record record{.name = name};
  const auto named = [&] { return dns::wire::Target{spf_name(value.as<std::string>())}; };
  if (type == "A" || type == "AAAA") {
    record.type = type == "A" ? Type::a : Type::aaaa;
    record.data = IpAddress::parse(value.as<std::string>()).value();
  } else if (type == "MX") {
    record.type = Type::mx;
    record.data = dns::wire::Mx{value[0].as<std::uint16_t>(), spf_name(value[1].as<std::string>())};
  } else if (type == "PTR") {
    record.type = Type::ptr;
    record.data = named();
  } else if (type == "CNAME") {
    record.type = Type::cname;
    record.data = named();
  } else {
    record.type = Type::txt;
    record.data = dns::wire::Txt{spf_strings(value)};
  }
  return record;
}

/// What a name of the zone data has: records, or silence for every type that is not there.
inline void add_spf_name(ZoneResolver& resolver, Zone& zone, const std::string& name, const YAML::Node& records) {
  const bool has_txt =
      std::any_of(records.begin(), records.end(), [](const YAML::Node& r) { return r.IsMap() && r["TXT"]; });
  std::vector<dns::wire::Type> types;
  bool silent = false;
  for (const YAML::Node& row : records) {
    if (!row.IsMap()) {
      silent = true;
      continue;
    }
    const auto type = row.begin()->first.as<std::string>();
    const YAML::Node value = row.begin()->second;
    if (type == "SPF" && has_txt) continue;  // the type is gone: what is there only so nobody sees
    if (value.IsScalar() && value.as<std::string>() == "NONE") continue;
    dns::wire::Record record = spf_record(name, type, value);
    types.push_back(record.type);
    zone.add(std::move(record));
  }
  if (!silent) return;
  for (const dns::Type type : {dns::Type::a, dns::Type::aaaa, dns::Type::mx, dns::Type::ptr, dns::Type::txt}) {
    const bool there = std::ranges::find(types, static_cast<dns::wire::Type>(type)) != types.end();
    if (!there) resolver.fail(name, dns::Outcome::timed_out, type);
  }
}

inline void load_spf_zone(ZoneResolver& resolver, const YAML::Node& zone_data) {
  Zone zone;
  for (const auto& row : zone_data) add_spf_name(resolver, zone, spf_name(row.first.as<std::string>()), row.second);
  resolver.replace(std::move(zone));
}

inline std::vector<SpfScenario> read_spf_suite(const std::string& path) {
  std::vector<SpfScenario> scenarios;
  for (const YAML::Node& document : YAML::LoadAllFromFile(path)) {
    SpfScenario scenario{document["description"].as<std::string>(), {}, document["zonedata"]};
    for (const auto& row : document["tests"]) {
      const YAML::Node& test = row.second;
      SpfTest out{.name = row.first.as<std::string>()};
      out.request.client = IpAddress::parse(test["host"].as<std::string>()).value();
      out.request.helo = test["helo"].as<std::string>();
      out.request.mail_from = test["mailfrom"].as<std::string>();
      out.request.receiver = "receiver.example";
      out.results = spf_strings(test["result"]);
      if (test["explanation"]) out.explanation = test["explanation"].as<std::string>();
      scenario.tests.push_back(std::move(out));
    }
    scenarios.push_back(std::move(scenario));
  }
  return scenarios;
}

}  // namespace posthorn::testing
