// What the MIME parser says of a message, as text.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "posthorn/grammar/mime/message.h"
#include "posthorn/grammar/mime/parser.h"

namespace posthorn::testing {

/// Keeps everything.
struct Recorder final : mime::Visitor {
  struct Seen {
    mime::Part part;
    std::string fields;
    std::string body;
    std::string preamble;
    std::string epilogue;
  };
  std::vector<Seen> parts;
  std::string defects;

  void part_begins(mime::PartId id, mime::PartId parent) override {
    Seen seen;
    seen.part.id = id;
    seen.part.parent = parent;
    parts.push_back(seen);
  }
  void field(mime::PartId id, const mime::Field& f) override {
    parts[id.value()].fields += std::string(f.name) + "|" + std::string(f.raw) + "|\n";
  }
  void body(mime::PartId id, View chunk) override { parts[id.value()].body += chunk; }
  void preamble(mime::PartId id, View chunk) override { parts[id.value()].preamble += chunk; }
  void epilogue(mime::PartId id, View chunk) override { parts[id.value()].epilogue += chunk; }
  void part_ends(const mime::Part& part) override { parts[part.id.value()].part = part; }
  void defect(mime::Defect d, mime::Offset) override {
    if (d != mime::Defect::bare_line_end) defects += " " + std::string(mime::name_of(d));
  }
};

/// A line per part "id type/subtype header:body:end lines n", then its fields and its body, indented by depth.
inline std::string transcript(const Recorder& recorder) {
  std::string out;
  std::vector<std::size_t> depth;
  for (const auto& seen : recorder.parts) {
    const mime::Part& p = seen.part;
    depth.push_back(p.id == p.parent ? 0 : depth[p.parent.value()] + 1);
    const std::string indent(depth.back(), ' ');
    out += indent + std::to_string(p.id.value()) + " " + p.type + "/" + p.subtype + " " + std::to_string(p.header) +
           ":" + std::to_string(p.body) + ":" + std::to_string(p.end) + " lines " + std::to_string(p.lines) + "\n";
    for (std::size_t at = 0; at < seen.fields.size();) {
      const std::size_t end = std::min(seen.fields.find("|\n", at), seen.fields.size() - 2) + 2;
      out += indent + "  " + seen.fields.substr(at, end - at);
      at = end;
    }
    if (!seen.body.empty()) out += indent + "  [" + seen.body + "]\n";
    if (!seen.preamble.empty()) out += indent + "  before [" + seen.preamble + "]\n";
    if (!seen.epilogue.empty()) out += indent + "  after [" + seen.epilogue + "]\n";
  }
  if (!recorder.defects.empty()) out += "defects" + recorder.defects + "\n";
  return out;
}

/// "multipart/mixed(text/plain,image/png)"
inline std::string tree(const mime::Message& message, mime::PartId id = mime::PartId(0)) {
  std::string out = message.part(id).type + "/" + message.part(id).subtype;
  const auto children = message.children(id);
  for (std::size_t i = 0; i < children.size(); ++i) out += (i == 0 ? "(" : ",") + tree(message, children[i]);
  return children.empty() ? out : out + ")";
}

}  // namespace posthorn::testing
