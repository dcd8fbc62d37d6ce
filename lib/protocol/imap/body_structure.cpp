#include "protocol/imap/body_structure.h"

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/grammar/mime/header.h"

#include "protocol/imap/envelope.h"

namespace posthorn::imap {

namespace {
class Writer {
 public:
  Writer(Responder& out, const mime::Outline& message, StructureForm form, StructureText* cut = nullptr)
      : out_(out), message_(message), form_(form), cut_(cut) {}

  /// As deep as mime::Limits::max_depth lets a message be.
  void part(mime::PartId id) {
    const mime::Part& p = message_.part(id);
    if (p.is_multipart()) {
      multipart(p);
    } else {
      single(p);
    }
  }

 private:
  void multipart(const mime::Part& p) {
    out_.raw("(");
    for (const mime::PartId child : message_.children(p.id)) part(child);
    // The grammar wants one part at least.
    if (message_.children(p.id).empty()) {
      out_.raw(R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0)");
      extensions([&] { out_.raw(" NIL NIL NIL NIL"); });
      out_.raw(")");
    }
    out_.raw(" ");
    write_text(out_, p.subtype);
    extensions([&] {
      out_.raw(" ");
      parameters(type_of(p).parameters);
      common_extensions(p);
    });
    out_.raw(")");
  }

  void single(const mime::Part& p) {
    const View header = message_.header(p.id);
    const bool is_message = p.is_message() && (form_.global || p.subtype == "rfc822");
    const bool has_message = is_message && !message_.children(p.id).empty();
    // message/rfc822 that was not looked into has no envelope to show: it is just octets.
    const bool opaque = is_message && !has_message;
    out_.raw("(");
    write_text(out_, opaque ? View("application") : View(p.type));
    out_.raw(" ");
    write_text(out_, opaque ? View("octet-stream") : View(p.subtype));
    out_.raw(" ");
    parameters(type_of(p).parameters);
    out_.raw(" ");
    write_field(out_, mime::find_field(header, "Content-ID"));
    out_.raw(" ");
    write_field(out_, mime::find_field(header, "Content-Description"));
    out_.raw(" ");
    encoding(header);
    out_.raw(" ").number(p.end - p.body);
    if (has_message) {
      const mime::PartId inner = message_.children(p.id)[0];
      out_.raw(" ");
      write_envelope(out_, message_.header(inner));
      out_.raw(" ");
      part(inner);
      out_.raw(" ").number(p.lines);
    } else if (p.type == "text") {
      out_.raw(" ").number(p.lines);
    }
    extensions([&] {
      out_.raw(" ");
      write_field(out_, mime::find_field(header, "Content-MD5"));
      common_extensions(p);
    });
    out_.raw(")");
  }

  /// What BODY leaves out, if it is wanted.
  template <class Write>
  void extensions(Write write) {
    if (!form_.extensions) return;
    const std::size_t begin = cut_ == nullptr ? 0 : cut_->text.size();
    write();
    if (cut_ != nullptr) cut_->cuts.push_back({begin, cut_->text.size()});
  }

  /// As on the wire, with the default of RFC 2045 section 5.2 for text.
  mime::ContentType type_of(const mime::Part& p) const {
    const auto raw = mime::find_field(message_.header(p.id), "Content-Type");
    auto type = raw ? mime::parse_content_type(*raw) : std::nullopt;
    if (!type) type.emplace();
    if (p.type == "text" && mime::find_parameter(type->parameters, "charset") == nullptr) {
      type->parameters.push_back({"charset", "us-ascii"});
    }
    return std::move(*type);
  }

  void parameters(const std::vector<mime::Parameter>& list) {
    if (list.empty()) {
      out_.raw("NIL");
      return;
    }
    View before = "(";
    for (const mime::Parameter& p : list) {
      out_.raw(before);
      write_text(out_, p.name);
      out_.raw(" ");
      write_text(out_, p.value);
      before = " ";
    }
    out_.raw(")");
  }

  void encoding(View header) {
    const auto raw = mime::find_field(header, "Content-Transfer-Encoding");
    const auto words = raw ? mime::parse_tokens(*raw) : std::vector<std::string>();
    write_text(out_, words.empty() ? View("7bit") : View(words.front()));
  }

  /// Disposition, language, location.
  void common_extensions(const mime::Part& p) {
    const View header = message_.header(p.id);
    const auto raw = mime::find_field(header, "Content-Disposition");
    const auto disposition = raw ? mime::parse_disposition(*raw) : std::nullopt;
    out_.raw(" ");
    if (disposition) {
      out_.raw("(");
      write_text(out_, disposition->kind);
      out_.raw(" ");
      parameters(disposition->parameters);
      out_.raw(") ");
    } else {
      out_.raw("NIL ");
    }
    const auto language = mime::find_field(header, "Content-Language");
    languages(language ? mime::parse_tokens(*language) : std::vector<std::string>());
    out_.raw(" ");
    write_field(out_, mime::find_field(header, "Content-Location"));
  }

  void languages(const std::vector<std::string>& list) {
    if (list.empty()) {
      out_.raw("NIL");
      return;
    }
    View before = "(";
    for (const std::string& word : list) {
      out_.raw(before);
      write_text(out_, word);
      before = " ";
    }
    out_.raw(")");
  }

  Responder& out_;
  const mime::Outline& message_;
  StructureForm form_;
  StructureText* cut_;
};
}  // namespace

void write_body_structure(Responder& out, const mime::Outline& message, StructureForm form) {
  Writer(out, message, form).part(mime::PartId(0));
}

StructureText structure_text(const mime::Outline& message, bool global) {
  StructureText out;
  Responder responder(out.text, std::numeric_limits<std::size_t>::max());
  Writer(responder, message, {.extensions = true, .global = global}, &out).part(mime::PartId(0));
  return out;
}

}  // namespace posthorn::imap
