#include "posthorn/grammar/mime/editor.h"

#include <algorithm>
#include <array>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/fields.h"

#include "grammar/mime/entity_writer.h"
#include "grammar/mime/field_text.h"
#include "grammar/mime/part_places.h"
#include "grammar/mime/random_word.h"

namespace posthorn::mime {

namespace {
constexpr View kContent = "Content-";
/// What is left where all parts of a multipart are gone.
constexpr View kEmptyPart = "Content-Type: text/plain; charset=us-ascii\r\n\r\n";

Octets octets_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::eight_bit: return Octets::eight_bit;
    case Encoding::binary: return Octets::binary;
    case Encoding::seven_bit:
    case Encoding::quoted_printable:
    case Encoding::base64:
    case Encoding::unknown: break;
  }
  return Octets::seven_bit;
}

std::string encoding_field(Octets octets) { return "Content-Transfer-Encoding: " + own(word_of(octets)) + "\r\n"; }

bool is_content(View name) { return same_word(name.substr(0, kContent.size()), kContent); }

/// Fields that a new body brings, or that say something of the old one alone.
bool is_of_body(View name, View new_fields) {
  constexpr std::array<View, 5> kAlways{"Content-Type", "Content-Transfer-Encoding", "Content-Disposition",
                                        "Content-Description", "Content-MD5"};
  const auto same = [&](View other) { return same_word(other, name); };
  return std::ranges::any_of(kAlways, same) || (is_content(name) && find_field(new_fields, name));
}

/// The two halves of an entity with CRLF.
View fields_of(View entity) { return entity.substr(0, entity.find("\r\n\r\n") + 2); }
View body_of(View entity) { return entity.substr(entity.find("\r\n\r\n") + 4); }

bool is_mixed(const Message& message, PartId part) {
  return message.part(part).is_multipart() && message.part(part).subtype == "mixed" && !message.children(part).empty();
}
}  // namespace

bool Editor::Plan::changes() const {
  return !top.empty() || !bottom.empty() || !fields.empty() || body || whole || !added.empty() || !attached.empty();
}

bool Editor::Plan::has_field(View name) const {
  const auto in = [&](View text) { return find_field(text, name).has_value(); };
  return in(top) || in(bottom) || std::ranges::any_of(fields, [&](const auto& entry) {
           return same_word(entry.first, name) || in(entry.second);
         });
}

/// Writes the message once, from its first octet to its last; parts are entered and left in the order of the octets.
class Editor::Writer {
 public:
  Writer(const Message& message, const std::map<PartId, Plan>& plans, Random& random)
      : message_(message), plans_(plans), random_(random) {
    const std::size_t lf = message.octets().find('\n');
    const bool bare = lf != View::npos && (lf == 0 || message.octets()[lf - 1] != '\r');
    line_end_ = bare ? "\n" : "\r\n";
  }
  std::string run();

 private:
  /// Fields that stand for others.
  struct Put {
    View name;
    std::string text;
    bool placed = false;
  };

  [[nodiscard]] const Plan& plan_of(PartId part) const;
  [[nodiscard]] bool wraps(PartId part) const;
  [[nodiscard]] bool none_left(PartId multipart) const;
  [[nodiscard]] std::string local(View lines) const;
  void put(Offset from, Offset to, View text, bool own_line = true);
  void put_content(Offset from, Offset to, std::string text, bool own_line);
  void close(Offset at, std::string text);
  [[nodiscard]] Octets inside_of(PartId part) const;
  bool enter(PartId part);
  void replace(PartId part, View whole);
  std::string write_header(PartId part, const Plan& plan);
  [[nodiscard]] std::vector<Put> puts_of(PartId part, const Plan& plan);
  void leave(PartId part);
  void end_multipart(PartId part, const Plan& plan);

  const Message& message_;
  const std::map<PartId, Plan>& plans_;
  Random& random_;
  View line_end_;
  std::string out_;
  Offset at_ = 0;                           // octets of the message that are written or passed over
  std::size_t padding_ = 0;                 // octets of a line end that was written only because the message ends
  std::map<PartId, std::string> wrappers_;  // boundaries of new multiparts
};

std::string Editor::Writer::run() {
  std::vector<std::pair<PartId, std::size_t>> open;  // parts, and which child of each comes next
  const auto enter_part = [&](PartId part) {
    if (enter(part)) open.emplace_back(part, 0);
  };
  enter_part(PartId(0));
  while (!open.empty()) {
    const PartId part = open.back().first;
    const auto children = message_.children(part);
    if (open.back().second < children.size()) {
      enter_part(children[open.back().second++]);
    } else {
      leave(part);
      open.pop_back();
    }
  }
  put(message_.octets().size(), message_.octets().size(), {});
  return std::move(out_);
}

const Editor::Plan& Editor::Writer::plan_of(PartId part) const {
  static const Plan kNothing;
  const auto found = plans_.find(part);
  return found == plans_.end() ? kNothing : found->second;
}

/// Whether a new multipart comes around the body of a message.
bool Editor::Writer::wraps(PartId part) const {
  const Plan& plan = plan_of(part);
  return !plan.attached.empty() && (plan.body || !is_mixed(message_, part));
}

bool Editor::Writer::none_left(PartId multipart) const {
  const Plan& plan = plan_of(multipart);
  return plan.gone == message_.children(multipart).size() && plan.added.empty() &&
         (plan.attached.empty() || wraps(multipart));
}

/// Lines with CRLF as the message has them.
std::string Editor::Writer::local(View lines) const {
  if (line_end_ != "\n") return own(lines);
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines.substr(i).starts_with("\r\n")) out += lines[i];
  }
  return out;
}

/// Octets up to `from` as they are, then `text` for those up to `to`.
/// @param own_line  the text begins a line: a header may have no line end, where the message ends in it
void Editor::Writer::put(Offset from, Offset to, View text, bool own_line) {
  out_ += message_.octets().substr(at_, from - at_);
  const bool in_line = !out_.empty() && !out_.ends_with('\n');
  if (own_line && in_line && !text.empty()) out_ += line_end_;
  out_ += text;
  at_ = to;
  padding_ = 0;
}

/// The same for a whole part or body, and the line end that it needs where it ends.
void Editor::Writer::put_content(Offset from, Offset to, std::string text, bool own_line) {
  put(from, to, text, own_line);
  const View end = behind(message_, to, text.empty() ? "\n" : View(text), line_end_);
  out_ += end;
  padding_ = end.size();
}

/// What closes a multipart; it begins with the line end that belongs to its delimiter.
void Editor::Writer::close(Offset at, std::string text) {
  if (at == at_) out_.resize(out_.size() - padding_);
  put(at, at, {}, false);
  if (out_.ends_with('\r') && text.starts_with('\n')) out_ += '\r';  // or the CR would be part of the line end
  out_ += text;
  const View end = behind(message_, at, text, line_end_);
  out_ += end;
  padding_ = end.size();
}

/// What the body of a part consists of when it is written, without attachments around it.
Octets Editor::Writer::inside_of(PartId part) const {
  const Plan& plan = plan_of(part);
  if (plan.body) return plan.body_octets;
  const Octets attached = wraps(part) ? Octets::seven_bit : plan.attached_octets;
  return std::max({octets_of(message_.part(part).encoding), plan.inside, attached});
}

/// @returns whether the parts inside are still there
bool Editor::Writer::enter(PartId part) {
  const Plan& plan = plan_of(part);
  const Part& old = message_.part(part);
  if (plan.whole) {
    replace(part, *plan.whole);
    return false;
  }
  const std::string moved = write_header(part, plan);
  std::string text(plan.body || wraps(part) ? end_of_header(message_.header(part), line_end_) : View());
  if (wraps(part)) text += "--" + wrappers_[part] + own(line_end_) + moved + own(line_end_);
  if (!plan.body) {
    if (!text.empty()) put(old.body, old.body, text, false);
    return true;
  }
  text += local(body_of(*plan.body));
  put_content(old.body, old.end, std::move(text), false);
  leave(part);
  return false;
}

/// Another part, or none.
void Editor::Writer::replace(PartId part, View whole) {
  const Part& old = message_.part(part);
  if (whole.empty() && none_left(old.parent) && part == message_.children(old.parent).back()) whole = kEmptyPart;
  if (whole.empty()) {
    put(delimiter_before(message_, part), delimiter_after(message_, part).value_or(old.end), {});
  } else {
    put_content(old.header, old.end, local(whole), true);
  }
}

/// The fields that take the place of others in a header.
std::vector<Editor::Writer::Put> Editor::Writer::puts_of(PartId part, const Plan& plan) {
  std::vector<Put> out;
  for (const auto& [name, fields] : plan.fields) out.push_back({name, local(fields)});
  const Part& old = message_.part(part);
  const bool composite = old.is_multipart() || old.is_message();
  const Octets octets = inside_of(part);
  if (wraps(part)) {
    std::string& boundary = wrappers_[part];
    // Chance alone would do, if nobody could know what comes.
    constexpr int kTries = 10;
    for (int i = 0; i < kTries && (boundary.empty() || message_.octets().contains(boundary)); ++i) {
      boundary = "=_" + random_word(random_);
    }
    HeaderWriter writer;
    writer.value("Content-Type", "multipart/mixed", std::array{Parameter{"boundary", wrappers_[part]}});
    std::string fields = writer.finish().value_or("");
    const Octets all = std::max(octets, plan.attached_octets);
    if (all != Octets::seven_bit) fields += encoding_field(all);
    out.push_back({kContent, local(fields)});
  } else if (plan.body) {
    out.push_back({kContent, local(fields_of(*plan.body))});
  } else if (composite && octets > octets_of(old.encoding)) {
    const View name = "Content-Transfer-Encoding";
    const bool is_put = std::ranges::any_of(out, [&](const Put& p) { return same_word(p.name, name); });
    if (!is_put) out.push_back({name, local(encoding_field(octets))});
  }
  return out;
}

/// @returns the fields of the body, which go into the first part of a new multipart
std::string Editor::Writer::write_header(PartId part, const Plan& plan) {
  const View header = message_.header(part);
  const Offset begin = message_.part(part).header;
  std::vector<Put> puts = puts_of(part, plan);
  if (puts.empty() && plan.top.empty() && plan.bottom.empty()) return {};
  const View new_fields = plan.body ? fields_of(*plan.body) : View();
  const Part& old = message_.part(part);
  const bool raised = (old.is_multipart() || old.is_message()) && inside_of(part) > octets_of(old.encoding);
  std::string moved = local(new_fields);
  if (raised && !plan.body) moved = local(encoding_field(inside_of(part)));
  const Offset top = header_top(message_, part);
  put(top, top, local(plan.top));
  FieldReader reader(header);
  for (Field field; reader.next(field);) {
    const View octets = Fields(header).octets(field);
    const bool of_body = plan.body && is_of_body(field.name, new_fields);
    const auto found = std::ranges::find_if(puts, [&](const Put& p) {
      if (p.name != kContent) return same_word(p.name, field.name);
      return wraps(part) ? is_content(field.name) : of_body;
    });
    if (found == puts.end()) continue;
    const bool stale = of_body || (raised && same_word(field.name, "Content-Transfer-Encoding"));
    if (found->name == kContent && !stale) moved += own(octets) + own(octets.ends_with('\n') ? View() : line_end_);
    put(begin + field.at, begin + field.at + octets.size(),
        std::exchange(found->placed, true) ? View() : View(found->text));
  }
  std::string bottom;
  for (const Put& p : puts) bottom += p.placed ? std::string() : p.text;
  bottom += local(plan.bottom);
  // RFC 2045 section 4: a message that uses MIME says so.
  const bool is_mime = plan.body || wraps(part);
  if (is_mime && is_message(message_, part) && !find_field(header, "MIME-Version") && !plan.has_field("MIME-Version"))
    bottom += local("MIME-Version: 1.0\r\n");
  const Offset end = header_bottom(message_, part);
  put(end, end, bottom);
  return moved;
}

void Editor::Writer::leave(PartId part) {
  const Plan& plan = plan_of(part);
  if (!plan.body && message_.part(part).is_multipart()) end_multipart(part, plan);
  if (!wraps(part)) return;
  std::string text;
  const std::string delimiter = own(line_end_) + "--" + wrappers_[part];
  for (const std::string& entity : plan.attached) text += delimiter + own(line_end_) + local(entity);
  close(message_.part(part).end, text + delimiter + "--");
}

/// The parts that are added to a multipart, and what closes it where nothing did.
void Editor::Writer::end_multipart(PartId part, const Plan& plan) {
  const auto children = message_.children(part);
  if (children.empty()) return;
  std::vector<View> added(plan.added.begin(), plan.added.end());
  if (!wraps(part)) added.insert(added.end(), plan.attached.begin(), plan.attached.end());
  const Plan& last = plan_of(children.back());
  const bool last_gone = last.whole && last.whole->empty() && !none_left(part);
  if (added.empty() && !last_gone) return;
  const std::string delimiter = "--" + message_.part(part).boundary;
  const auto closing = delimiter_after(message_, children.back());
  std::string text;
  if (closing) {
    for (const View entity : added) text += delimiter + own(line_end_) + local(entity) + own(line_end_);
    put(*closing, *closing, text);
    return;
  }
  for (const View entity : added) text += own(line_end_) + delimiter + own(line_end_) + local(entity);
  text += own(line_end_) + delimiter + "--";
  if (last_gone) text.erase(0, line_end_.size());  // the line end before it is there already
  close(message_.part(part).end, std::move(text));
}

Editor::Editor(const Message& message, Random& random, const BuildOptions& options)
    : message_(message), random_(random), options_(options) {}

void Editor::fail(Code code, View why) {
  if (!error_) error_ = caller_error(code, why);
}

bool Editor::may_change(PartId part, bool in_multipart) {
  if (error_) return false;
  if (part.value() >= message_.parts().size()) {
    fail(Code::misuse, "no such part");
  } else if (in_multipart && is_message(message_, part)) {
    fail(Code::misuse, "a message is no part of a multipart: change its body");
  }
  return !error_;
}

bool Editor::takes(View fields) {
  if (!are_fields(fields)) fail(Code::misuse, "the text is not made of fields");
  return !error_;
}

std::optional<PartId> Editor::parent_of(PartId part) const {
  const PartId parent = message_.part(part).parent;
  return parent == part ? std::nullopt : std::optional(parent);
}

/// What comes into a part consists of such octets, and so does what is around it.
void Editor::need(std::optional<PartId> inside, Octets octets) {
  for (auto id = inside; id; id = parent_of(*id)) plans_[*id].inside = std::max(plans_[*id].inside, octets);
}

/// An entity with CRLF; no delimiter of what is around it is in it.
/// @param inside  a part it comes into; or else it takes the place of the message's body
std::string Editor::written(std::optional<PartId> inside, const Entity& entity, Octets& octets) {
  EntityWriter writer(random_, options_);
  for (auto id = inside; id; id = parent_of(*id)) {
    if (!message_.part(*id).boundary.empty()) writer.avoid(message_.part(*id).boundary);
  }
  auto out = writer.write(entity, false, octets);
  if (!out && !error_) error_ = out.error();
  return out.value_or("");
}

Editor& Editor::add_fields(PartId part, View fields, Place place) {
  if (!may_change(part, false) || !takes(fields)) return *this;
  Plan& plan = plans_[part];
  if (place == Place::top) {
    plan.top.insert(0, fields);
  } else {
    plan.bottom += fields;
  }
  return *this;
}

Editor& Editor::replace_fields(PartId part, View name, View fields) {
  if (!may_change(part, false) || !takes(fields)) return *this;
  auto& list = plans_[part].fields;
  const auto found = std::ranges::find_if(list, [&](const auto& entry) { return same_word(entry.first, name); });
  if (found == list.end()) {
    list.emplace_back(name, fields);
  } else {
    found->second = fields;
  }
  return *this;
}

Editor& Editor::replace_body(PartId part, const Entity& entity) {
  if (!may_change(part, false)) return *this;
  if (!entity.header.empty() || std::holds_alternative<VerbatimBody>(entity.body)) {
    fail(Code::misuse, "a body has no other fields: add them to the header");
    return *this;
  }
  Plan& plan = plans_[part];
  if (plan.body) fail(Code::conflict, "two bodies for one part");
  plan.body = written(parent_of(part), entity, plan.body_octets);
  need(parent_of(part), plan.body_octets);
  return *this;
}

Editor& Editor::replace_part(PartId part, const Entity& entity) {
  if (!may_change(part, true)) return *this;
  if (plans_[part].whole) fail(Code::conflict, "the part was replaced or taken out already");
  Octets octets = Octets::seven_bit;
  plans_[part].whole = written(parent_of(part), entity, octets);
  need(parent_of(part), octets);
  return *this;
}

Editor& Editor::remove_part(PartId part) {
  if (!may_change(part, true)) return *this;
  if (plans_[part].whole) fail(Code::conflict, "the part was replaced or taken out already");
  plans_[part].whole = std::string();
  ++plans_[message_.part(part).parent].gone;
  return *this;
}

Editor& Editor::add_part(PartId multipart, const Entity& entity) {
  if (!may_change(multipart, false)) return *this;
  if (!message_.part(multipart).is_multipart() || message_.children(multipart).empty()) {
    fail(Code::misuse, "a part is added to a multipart that has parts");
    return *this;
  }
  Octets octets = Octets::seven_bit;
  plans_[multipart].added.push_back(written(multipart, entity, octets));
  need(multipart, octets);
  return *this;
}

Editor& Editor::attach(PartId message, const Entity& entity) {
  if (!may_change(message, false)) return *this;
  if (!is_message(message_, message)) {
    fail(Code::misuse, "attachments are added to messages");
    return *this;
  }
  Plan& plan = plans_[message];
  plan.attached.push_back(written(message, entity, plan.attached_octets));
  need(parent_of(message), plan.attached_octets);
  return *this;
}

std::vector<PartId> Editor::broken_signatures() const {
  std::vector<PartId> out;
  for (const auto& [part, plan] : plans_) {
    if (!changes_octets(part, plan)) continue;
    const bool is_other =
        plan.whole || plan.body || plan.has_field("Content-Type") || plan.has_field("Content-Transfer-Encoding");
    for (PartId id = part;; id = message_.part(id).parent) {
      const Part& kind = message_.part(id);
      // RFC 1847 section 2.1: two parts and no more.
      const bool no_signed = id == part && kind.subtype == "signed" && (!plan.added.empty() || is_other);
      if (kind.is_multipart() && no_signed) out.push_back(id);
      if (kind.parent == id) break;
      const Part& around = message_.part(kind.parent);
      if (!around.is_multipart() || around.subtype != "signed") continue;
      const bool content = id == message_.children(around.id).front();
      if (content || (id == part && is_other)) out.push_back(around.id);
    }
  }
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  std::erase_if(out, [&](PartId id) { return is_cut(id, true); });
  return out;
}

/// Whether a plan comes to something: fields that are not there can be taken out.
bool Editor::changes_octets(PartId part, const Plan& plan) const {
  if (!plan.top.empty() || !plan.bottom.empty() || plan.body || plan.whole) return true;
  if (!plan.added.empty() || !plan.attached.empty()) return true;
  return std::ranges::any_of(plan.fields, [&](const auto& entry) {
    return !entry.second.empty() || find_field(message_.header(part), entry.first);
  });
}

/// Whether a part goes with something around it that is replaced or taken out.
/// @param itself  or is that itself
bool Editor::is_cut(PartId part, bool itself) const {
  for (PartId id = part;; id = message_.part(id).parent) {
    const auto plan = plans_.find(id);
    const bool counts = plan != plans_.end() && (itself || id != part);
    if (counts && (plan->second.whole || plan->second.body)) return true;
    if (message_.part(id).parent == id) return false;
  }
}

/// What contradicts itself.
void Editor::check_plans() {
  for (const auto& [part, plan] : plans_) {
    if (!plan.changes() && plan.gone == 0) continue;
    const bool fields = !plan.top.empty() || !plan.bottom.empty() || !plan.fields.empty();
    if (is_cut(part, false)) fail(Code::conflict, "a change inside what is replaced or taken out");
    if (plan.whole && (fields || plan.body || !plan.added.empty())) {
      fail(Code::conflict, "a change of a part that is replaced or taken out");
    }
    const bool adds = !plan.added.empty() || (!plan.attached.empty() && !plan.body && is_mixed(message_, part));
    const bool closes = (adds || plan.gone > 0) && message_.part(part).is_multipart();
    if (closes && is_open_to_others(message_, part))
      fail(Code::conflict, "an open multipart inside has the same boundary");
    if (plan.body && !plan.added.empty()) fail(Code::conflict, "a part for a multipart whose body is replaced");
    bool content = plan.has_field("Content-Type") || plan.has_field("Content-Transfer-Encoding");
    content = content || (plan.body && (plan.has_field("Content-Disposition") || plan.has_field("Content-ID")));
    if (content && (plan.body || !plan.attached.empty() || !plan.added.empty())) {
      fail(Code::conflict, "fields of a body, and what they are about too");
    }
  }
}

Result<std::string> Editor::finish() {
  check_plans();
  if (error_) return posthorn::fail(*error_);
  return Writer(message_, plans_, random_).run();
}

}  // namespace posthorn::mime
