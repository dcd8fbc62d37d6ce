#include "posthorn/service/reports/tls_json.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <memory>
#include <utility>

#include <jansson.h>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/timestamp.h"

namespace posthorn::reports {

namespace {

using Json = std::unique_ptr<json_t, void (*)(json_t*)>;

// --- writing ---------------------------------------------------------------------------------------------------------

Json take(json_t* value) {
  if (value == nullptr) throw std::bad_alloc();
  return {value, json_decref};
}

Json text(View octets) {
  std::string clean = own(octets);
  if (!codec::is_utf8(clean)) std::ranges::replace_if(clean, [](char c) { return chars::kEightBit[c]; }, '?');
  return take(json_stringn(clean.data(), clean.size()));
}

Json number(std::uint64_t value) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<json_int_t>::max());
  return take(json_integer(static_cast<json_int_t>(std::min(value, kMost))));
}

Json object() { return take(json_object()); }

void put(const Json& object, const char* name, Json value) {
  if (json_object_set_new(object.get(), name, value.release()) != 0) throw std::bad_alloc();
}

void put_some(const Json& object, const char* name, View value) {
  if (!value.empty()) put(object, name, text(value));
}

template <class List, class Make>
Json list(const List& items, Make make) {
  Json out = take(json_array());
  for (const auto& item : items) {
    if (json_array_append_new(out.get(), make(item).release()) != 0) throw std::bad_alloc();
  }
  return out;
}

Json detail_json(const tlsrpt::FailureDetail& detail) {
  Json out = object();
  put(out, "result-type", text(detail.result));
  put_some(out, "sending-mta-ip", detail.sending_ip);
  put_some(out, "receiving-mx-hostname", detail.receiving_host);
  put_some(out, "receiving-mx-helo", detail.receiving_helo);
  put_some(out, "receiving-ip", detail.receiving_ip);
  put(out, "failed-session-count", number(detail.sessions));
  put_some(out, "additional-information", detail.more);
  put_some(out, "failure-reason-code", detail.reason);
  return out;
}

Json policy_json(const tlsrpt::PolicyReport& report) {
  Json policy = object();
  if (report.type) put(policy, "policy-type", text(tlsrpt::word_of(*report.type)));
  if (!report.lines.empty()) put(policy, "policy-string", list(report.lines, text));
  put_some(policy, "policy-domain", report.domain);
  if (!report.hosts.empty()) put(policy, "mx-host", list(report.hosts, text));
  Json summary = object();
  put(summary, "total-successful-session-count", number(report.successes));
  put(summary, "total-failure-session-count", number(report.failures));
  Json out = object();
  put(out, "policy", std::move(policy));
  put(out, "summary", std::move(summary));
  if (!report.details.empty()) put(out, "failure-details", list(report.details, detail_json));
  return out;
}

// --- reading ---------------------------------------------------------------------------------------------------------

std::string text_at(const json_t* object, const char* name) {
  const json_t* value = json_object_get(object, name);
  return json_is_string(value) ? std::string(json_string_value(value), json_string_length(value)) : std::string();
}

std::uint64_t number_at(const json_t* object, const char* name) {
  const json_t* value = json_object_get(object, name);
  return json_is_integer(value) ? static_cast<std::uint64_t>(std::max<json_int_t>(0, json_integer_value(value))) : 0;
}

WallTime time_at(const json_t* object, const char* name) {
  return mail::parse_timestamp(text_at(object, name)).value_or(WallTime());
}

/// A list of texts; some reporters write one text instead (mx-host of RFC 8460's own example).
std::vector<std::string> texts_at(const json_t* object, const char* name) {
  const json_t* value = json_object_get(object, name);
  std::vector<std::string> out;
  if (json_is_string(value)) out.push_back(text_at(object, name));
  for (std::size_t i = 0; i < json_array_size(value); ++i) {
    const json_t* item = json_array_get(value, i);
    if (json_is_string(item)) out.emplace_back(json_string_value(item), json_string_length(item));
  }
  return out;
}

tlsrpt::FailureDetail detail_of(const json_t* value) {
  return {.result = text_at(value, "result-type"),
          .sending_ip = text_at(value, "sending-mta-ip"),
          .receiving_host = text_at(value, "receiving-mx-hostname"),
          .receiving_helo = text_at(value, "receiving-mx-helo"),
          .receiving_ip = text_at(value, "receiving-ip"),
          .sessions = number_at(value, "failed-session-count"),
          .more = text_at(value, "additional-information"),
          .reason = text_at(value, "failure-reason-code")};
}

Result<tlsrpt::PolicyReport> policy_of(const json_t* value, const TlsJsonLimits& limits) {
  const json_t* policy = json_object_get(value, "policy");
  const json_t* summary = json_object_get(value, "summary");
  const json_t* details = json_object_get(value, "failure-details");
  tlsrpt::PolicyReport out{.type = tlsrpt::policy_type_of(text_at(policy, "policy-type"))};
  out.lines = texts_at(policy, "policy-string");
  out.domain = text_at(policy, "policy-domain");
  out.hosts = texts_at(policy, "mx-host");
  out.successes = number_at(summary, "total-successful-session-count");
  out.failures = number_at(summary, "total-failure-session-count");
  if (json_array_size(details) > limits.details) return fail(peer_error(Code::too_many, "failure-details"));
  for (std::size_t i = 0; i < json_array_size(details); ++i)
    out.details.push_back(detail_of(json_array_get(details, i)));
  return out;
}

}  // namespace

std::string format_tls_report(const tlsrpt::Report& report) {
  Json range = object();
  put(range, "start-datetime", text(mail::format_timestamp(report.begin)));
  put(range, "end-datetime", text(mail::format_timestamp(report.end)));
  Json out = object();
  put(out, "organization-name", text(report.organization));
  put(out, "date-range", std::move(range));
  put(out, "contact-info", text(report.contact));
  put(out, "report-id", text(report.id));
  put(out, "policies", list(report.policies, policy_json));
  const std::unique_ptr<char, void (*)(char*)> dumped(json_dumps(out.get(), JSON_COMPACT),
                                                      [](char* octets) { std::free(octets); });
  if (!dumped) throw std::bad_alloc();
  return std::string(dumped.get()) + "\n";
}

Result<tlsrpt::Report> parse_tls_report(View json, const TlsJsonLimits& limits) {
  const Json value(json_loadb(json.data(), json.size(), JSON_ALLOW_NUL, nullptr), json_decref);
  const json_t* policies = json_object_get(value.get(), "policies");
  if (!json_is_array(policies)) return fail(peer_error(Code::syntax, "no TLS report"));
  if (json_array_size(policies) > limits.policies) return fail(peer_error(Code::too_many, "policies"));
  const json_t* range = json_object_get(value.get(), "date-range");
  tlsrpt::Report report{.organization = text_at(value.get(), "organization-name")};
  report.begin = time_at(range, "start-datetime");
  report.end = time_at(range, "end-datetime");
  report.contact = text_at(value.get(), "contact-info");
  report.id = text_at(value.get(), "report-id");
  for (std::size_t i = 0; i < json_array_size(policies); ++i) {
    auto policy = policy_of(json_array_get(policies, i), limits);
    if (!policy) return fail(std::move(policy.error()));
    report.policies.push_back(std::move(*policy));
  }
  return report;
}

}  // namespace posthorn::reports
