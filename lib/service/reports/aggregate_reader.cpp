#include <array>
#include <memory>
#include <optional>
#include <utility>

#include <expat.h>

#include "posthorn/grammar/cursor.h"
#include "posthorn/service/reports/aggregate_xml.h"

namespace posthorn::reports {

namespace {

using namespace dmarc;

constexpr char kSeparator = '\n';               // in names of elements, behind the namespace: no namespace has one
constexpr std::uint64_t kLatest = 1ULL << 40U;  // seconds; no sum overflows

View trimmed(View text) {
  constexpr CharSet kBlank(" \t\r\n");
  while (!text.empty() && kBlank[text.front()]) text.remove_prefix(1);
  while (!text.empty() && kBlank[text.back()]) text.remove_suffix(1);
  return text;
}

/// What was read so far: rows and their parts are made while their elements are open.
struct Draft {
  AggregateReport report;
  CountedRow row;
  bool has_source = false;
  OverrideReason reason;
  DkimResult dkim;
  SpfResult spf;
  const XmlLimits& limits;
  std::optional<Error> error{};

  void fail(Code code, View note) {
    if (!error) error = peer_error(code, note);
  }
  template <class List, class Value>
  void keep(List& list, Value& value, std::size_t most) {
    if (list.size() >= most) return fail(Code::too_many, "a report");
    list.push_back(std::exchange(value, Value()));
  }
};

void number(Draft& draft, View text, std::uint64_t& value, View what) {
  Cursor c(text);
  if (!c.number(value) || !c.end()) draft.fail(Code::syntax, what);
}

void time(Draft& draft, View text, WallTime& value, View what) {
  std::uint64_t seconds = 0;
  number(draft, text, seconds, what);
  value = WallTime(std::chrono::seconds(std::min(seconds, kLatest)));
}

std::optional<Alignment> alignment_of(View text) {
  if (same_word(text, "r")) return Alignment::relaxed;
  if (same_word(text, "s")) return Alignment::strict;
  return std::nullopt;
}

std::optional<bool> flag_of(View text) {
  if (same_word(text, "y")) return true;
  if (same_word(text, "n")) return false;
  return std::nullopt;
}

std::optional<Discovery> discovery_of(View text) {
  for (const Discovery one : {Discovery::tree_walk, Discovery::public_suffix_list}) {
    if (same_word(text, word_of(one))) return one;
  }
  return std::nullopt;
}

/// Older reports have words of their own for SPF.
AuthResult result_of(View text) {
  if (same_word(text, "unknown")) return AuthResult::temperror;
  if (same_word(text, "error")) return AuthResult::permerror;
  if (same_word(text, "hardfail")) return AuthResult::fail;
  return auth_result_of(text).value_or(AuthResult::none);
}

void source(Draft& d, View text) {
  const auto address = IpAddress::parse(text);
  if (!address) return d.fail(Code::syntax, "source_ip");
  d.row.row.source = *address;
  d.has_source = true;
}

void row_ended(Draft& d, View) {
  if (!d.has_source) d.fail(Code::syntax, "a record without source_ip");
  d.has_source = false;
  d.keep(d.report.rows, d.row, d.limits.rows);
}

void error_told(Draft& d, View text) {
  std::string told = own(text);
  d.keep(d.report.errors, told, d.limits.listed);
}

/// An element that means something, and what to do with its text when it ends.
struct Element {
  View path;
  void (*take)(Draft& draft, View text);
};

constexpr std::array kElements = {
    Element{"/version", [](Draft& d, View t) { d.report.version = t; }},
    Element{"/report_metadata/org_name", [](Draft& d, View t) { d.report.organization = t; }},
    Element{"/report_metadata/email", [](Draft& d, View t) { d.report.email = t; }},
    Element{"/report_metadata/extra_contact_info", [](Draft& d, View t) { d.report.extra_contact = t; }},
    Element{"/report_metadata/report_id", [](Draft& d, View t) { d.report.id = t; }},
    Element{"/report_metadata/date_range/begin", [](Draft& d, View t) { time(d, t, d.report.begin, "begin"); }},
    Element{"/report_metadata/date_range/end", [](Draft& d, View t) { time(d, t, d.report.end, "end"); }},
    Element{"/report_metadata/error", error_told},
    Element{"/report_metadata/generator", [](Draft& d, View t) { d.report.generator = t; }},
    Element{"/policy_published/domain", [](Draft& d, View t) { d.report.policy.domain = t; }},
    Element{"/policy_published/discovery_method",
            [](Draft& d, View t) { d.report.policy.discovery = discovery_of(t); }},
    Element{"/policy_published/p",
            [](Draft& d, View t) { d.report.policy.policy = policy_of(t).value_or(Policy::none); }},
    Element{"/policy_published/sp", [](Draft& d, View t) { d.report.policy.subdomains = policy_of(t); }},
    Element{"/policy_published/np", [](Draft& d, View t) { d.report.policy.not_existing = policy_of(t); }},
    Element{"/policy_published/adkim", [](Draft& d, View t) { d.report.policy.dkim = alignment_of(t); }},
    Element{"/policy_published/aspf", [](Draft& d, View t) { d.report.policy.spf = alignment_of(t); }},
    Element{"/policy_published/testing", [](Draft& d, View t) { d.report.policy.testing = flag_of(t); }},
    Element{"/policy_published/fo", [](Draft& d, View t) { d.report.policy.failures = t; }},
    Element{"/record/row/source_ip", source},
    Element{"/record/row/count", [](Draft& d, View t) { number(d, t, d.row.count, "count"); }},
    Element{"/record/row/policy_evaluated/disposition",
            [](Draft& d, View t) { d.row.row.disposition = disposition_of(t).value_or(Disposition::none); }},
    Element{"/record/row/policy_evaluated/dkim",
            [](Draft& d, View t) { d.row.row.dkim_aligned = same_word(t, "pass"); }},
    Element{"/record/row/policy_evaluated/spf", [](Draft& d, View t) { d.row.row.spf_aligned = same_word(t, "pass"); }},
    Element{"/record/row/policy_evaluated/reason/type",
            [](Draft& d, View t) { d.reason.type = override_of(t).value_or(OverrideType::other); }},
    Element{"/record/row/policy_evaluated/reason/comment", [](Draft& d, View t) { d.reason.comment = t; }},
    Element{"/record/row/policy_evaluated/reason",
            [](Draft& d, View) { d.keep(d.row.row.reasons, d.reason, d.limits.listed); }},
    Element{"/record/identifiers/header_from", [](Draft& d, View t) { d.row.row.header_from = t; }},
    Element{"/record/identifiers/envelope_from", [](Draft& d, View t) { d.row.row.envelope_from = own(t); }},
    Element{"/record/identifiers/envelope_to", [](Draft& d, View t) { d.row.row.envelope_to = t; }},
    Element{"/record/auth_results/dkim/domain", [](Draft& d, View t) { d.dkim.domain = t; }},
    Element{"/record/auth_results/dkim/selector", [](Draft& d, View t) { d.dkim.selector = t; }},
    Element{"/record/auth_results/dkim/result", [](Draft& d, View t) { d.dkim.result = result_of(t); }},
    Element{"/record/auth_results/dkim/human_result", [](Draft& d, View t) { d.dkim.note = t; }},
    Element{"/record/auth_results/dkim", [](Draft& d, View) { d.keep(d.row.row.dkim, d.dkim, kMaxResults); }},
    Element{"/record/auth_results/spf/domain", [](Draft& d, View t) { d.spf.domain = t; }},
    Element{"/record/auth_results/spf/scope",
            [](Draft& d, View t) { d.spf.scope = scope_of(t).value_or(SpfScope::unspecified); }},
    Element{"/record/auth_results/spf/result", [](Draft& d, View t) { d.spf.result = result_of(t); }},
    Element{"/record/auth_results/spf/human_result", [](Draft& d, View t) { d.spf.note = t; }},
    Element{"/record/auth_results/spf", [](Draft& d, View) { d.keep(d.row.row.spf, d.spf, kMaxResults); }},
    Element{"/record", row_ended},
};

/// Follows the elements; expat calls it.
class Reader {
 public:
  explicit Reader(const XmlLimits& limits) : draft_{.limits = limits} {}

  Result<AggregateReport> read(View xml) {
    const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(XML_ParserCreateNS(nullptr, kSeparator),
                                                                         [](XML_Parser p) { XML_ParserFree(p); });
    if (!parser) throw std::bad_alloc();
    parser_ = parser.get();
    XML_SetUserData(parser_, this);
    XML_SetStartDoctypeDeclHandler(parser_, [](void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
      static_cast<Reader*>(self)->stop(Code::unsupported, "a document type");
    });
    XML_SetElementHandler(
        parser_, [](void* self, const XML_Char* name, const XML_Char**) { static_cast<Reader*>(self)->begin(name); },
        [](void* self, const XML_Char*) { static_cast<Reader*>(self)->end(); });
    XML_SetCharacterDataHandler(parser_, [](void* self, const XML_Char* text, int count) {
      static_cast<Reader*>(self)->text(View(text, static_cast<std::size_t>(count)));
    });
    constexpr std::size_t kPiece = std::size_t{1} << 20U;
    for (bool last = false; !last;) {
      last = xml.size() <= kPiece;
      const View piece = xml.substr(0, kPiece);
      xml.remove_prefix(piece.size());
      const XML_Status status = XML_Parse(parser_, piece.data(), static_cast<int>(piece.size()), last ? 1 : 0);
      if (draft_.error) return fail(std::move(*draft_.error));
      if (status != XML_STATUS_OK) return fail(peer_error(Code::syntax, XML_ErrorString(XML_GetErrorCode(parser_))));
    }
    if (draft_.report.policy.domain.empty()) return fail(peer_error(Code::syntax, "no policy_published"));
    return std::move(draft_.report);
  }

 private:
  void stop(Code code, View note) {
    draft_.fail(code, note);
    XML_StopParser(parser_, XML_FALSE);
  }
  void begin(View name) {
    const std::size_t at = name.rfind(kSeparator);
    const View space = at == View::npos ? View() : name.substr(0, at);
    const View local = at == View::npos ? name : name.substr(at + 1);
    if (starts_.empty()) {
      if (local != "feedback") return stop(Code::syntax, "no report");
      space_ = own(space);
    } else if (starts_.size() >= draft_.limits.depth) {
      return stop(Code::too_many, "elements in each other");
    }
    starts_.push_back(path_.size());
    // Elements of extensions have names that no path has.
    if (starts_.size() > 1) path_ += "/" + (space == space_ ? own(local) : std::string());
    text_.clear();
  }
  void end() {
    if (draft_.error) return;  // an empty element ends after its beginning has stopped the parser
    for (const Element& element : kElements) {
      if (element.path == path_) element.take(draft_, trimmed(text_));
    }
    path_.resize(starts_.back());
    starts_.pop_back();
    text_.clear();
    if (draft_.error) XML_StopParser(parser_, XML_FALSE);
  }
  void text(View piece) {
    if (draft_.error) return;
    if (text_.size() + piece.size() > draft_.limits.text) return stop(Code::too_long, "a text");
    text_ += piece;
  }

  XML_Parser parser_ = nullptr;
  Draft draft_;
  std::string space_;                // the namespace of the report
  std::string path_;                 // of the open elements below the first
  std::vector<std::size_t> starts_;  // where each began in it
  std::string text_;                 // since the last tag
};

}  // namespace

Result<AggregateReport> parse_aggregate(View xml, const XmlLimits& limits) { return Reader(limits).read(xml); }

}  // namespace posthorn::reports
