#include <array>
#include <cstddef>

#include "posthorn/grammar/mime/parser.h"

namespace posthorn::mime {

namespace {
struct Row {
  Defect defect;
  View name;
  View text;
};

constexpr std::array kRows{
    Row{Defect::header_without_colon, "header_without_colon",
        "A line of a header has no field name and colon; it is passed over (RFC 5322 section 2.2)."},
    Row{Defect::header_too_long, "header_too_long", "A field is over Limits::max_field_octets; its beginning is kept."},
    Row{Defect::too_many_headers, "too_many_headers",
        "A header has more fields than Limits::max_fields; the others are passed over."},
    Row{Defect::too_many_parts, "too_many_parts",
        "There are more parts than Limits::max_parts; the rest is text of nobody."},
    Row{Defect::nested_too_deep, "nested_too_deep",
        "Parts lie deeper than Limits::max_depth; the innermost is kept closed."},
    Row{Defect::boundary_missing, "boundary_missing",
        "A multipart names no usable boundary; it is kept closed (RFC 2046 section 5.1.1)."},
    Row{Defect::boundary_unterminated, "boundary_unterminated",
        "A multipart ends without its closing delimiter (RFC 2046 section 5.1.1)."},
    Row{Defect::bare_line_end, "bare_line_end", "A line ends in LF alone (RFC 5322 section 2.3)."},
    Row{Defect::nul_octet, "nul_octet", "A header field holds NUL (RFC 5322 section 4)."},
    Row{Defect::eight_bit_header, "eight_bit_header",
        "A header field holds octets above 127 (RFC 5322 section 2.2, but RFC 6532)."},
    Row{Defect::bad_content_type, "bad_content_type",
        "A Content-Type cannot be read: text/plain is assumed (RFC 2045 section 5.2)."},
    Row{Defect::bad_encoding, "bad_encoding",
        "A Content-Transfer-Encoding is unknown: the body is kept as it is (RFC 2045 section 6.4)."},
    Row{Defect::duplicate_field, "duplicate_field",
        "A field that decides how the body is read stands twice; the first one counts."},
    Row{Defect::mbox_from_line, "mbox_from_line",
        "The message begins with the separator line of an mbox file (RFC 4155)."},
    Row{Defect::premature_end, "premature_end", "A part ends inside its header."},
    Row{Defect::space_before_colon, "space_before_colon",
        "White space stands between a field name and its colon (RFC 5322 section 4.5)."},
    Row{Defect::bare_cr, "bare_cr", "A header field holds CR without LF (RFC 5322 section 2.2)."},
    Row{Defect::bad_boundary, "bad_boundary",
        "A boundary is longer than 70 octets, ends in a space or has octets that it may not have (RFC 2046 section "
        "5.1.1)."},
    Row{Defect::boundary_repeated, "boundary_repeated",
        "A multipart has the boundary of another that is around it (RFC 2046 section 5.1.2)."},
    Row{Defect::duplicate_boundary, "duplicate_boundary",
        "A Content-Type has two boundary parameters; the first one counts."},
    Row{Defect::encoded_composite, "encoded_composite",
        "A multipart or message is encoded, which RFC 2045 section 6.4 forbids."},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].defect) != i) return false;
  }
  return true;
}
static_assert(in_order(), "the rows stand in the order of the enumeration");
}  // namespace

View name_of(Defect defect) { return kRows[static_cast<std::size_t>(defect)].name; }
View describe(Defect defect) { return kRows[static_cast<std::size_t>(defect)].text; }

}  // namespace posthorn::mime
