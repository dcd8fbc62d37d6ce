// MIME: any split makes the same calls, and few of them; the tree is sound; body structures and sections of it can be
// written.
#include <cstddef>
#include <string>

#include "posthorn/bytes/buffer.h"
#include "posthorn/grammar/mime/message.h"

#include "check.h"
#include "fuzz.h"
#include "protocol/imap/body_structure.h"
#include "protocol/imap/envelope.h"

namespace {

using namespace posthorn;

struct Recorder final : mime::Visitor {
  std::string calls;
  std::string bodies;
  std::string preambles;
  std::string epilogues;
  std::size_t count = 0;
  void part_begins(mime::PartId id, mime::PartId parent) override {
    ++count;
    calls += "b" + std::to_string(id.value()) + "," + std::to_string(parent.value());
  }
  void field(mime::PartId id, const mime::Field& f) override {
    ++count;
    calls +=
        "f" + std::to_string(id.value()) + std::string(f.name) + ":" + std::string(f.raw) + "@" + std::to_string(f.at);
  }
  void body(mime::PartId, View chunk) override { add(bodies, chunk); }
  void preamble(mime::PartId, View chunk) override { add(preambles, chunk); }
  void epilogue(mime::PartId, View chunk) override { add(epilogues, chunk); }
  void part_ends(const mime::Part& p) override {
    ++count;
    calls += "e" + std::to_string(p.id.value()) + p.type + "/" + p.subtype + std::to_string(p.header) + "," +
             std::to_string(p.body) + "," + std::to_string(p.end) + "," + std::to_string(p.lines);
    fuzzing::check(p.header <= p.body && p.body <= p.end, "offsets of a part are in order");
  }
  void defect(mime::Defect d, mime::Offset at) override {
    ++count;
    calls += "d" + std::to_string(static_cast<int>(d)) + "@" + std::to_string(at);
  }
  void add(std::string& to, View chunk) {
    ++count;
    to += chunk;
  }
};

std::string record(View input, std::size_t chunk, const mime::Limits& limits) {
  Recorder recorder;
  mime::Parser parser(recorder, limits);
  for (std::size_t at = 0; at < input.size(); at += chunk) parser.feed(input.substr(at, chunk));
  parser.finish();
  fuzzing::check(recorder.count <= 4 * (input.size() + 1), "a few calls for each octet");
  return recorder.calls + "|" + recorder.bodies + "|" + recorder.preambles + "|" + recorder.epilogues;
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  mime::Limits limits;
  limits.max_depth = 10;
  limits.max_parts = 100;
  limits.max_fields = 50;
  limits.max_field_octets = 200;
  const std::string whole = record(input, input.size() + 1, limits);
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{3}, std::size_t{61}}) {
    fuzzing::check(record(input, chunk, limits) == whole, "any split makes the same calls");
  }
  mime::Outliner outliner(limits);
  outliner.feed(input);
  const mime::Outline outline = outliner.finish();
  const auto again = mime::Outline::unpack(outline.pack());
  fuzzing::check(again && again->pack() == outline.pack(), "an outline survives packing");
  (void)mime::Outline::unpack(input);
  for (const mime::Part& part : outline.parts()) {
    const mime::Part& parent = outline.part(part.parent);
    fuzzing::check(parent.header <= part.header && part.end <= parent.end, "a part lies inside its parent");
    fuzzing::check(part.end <= input.size(), "a part lies inside the message");
  }
  Buffer buffer;
  imap::Responder out(buffer, 1U << 20U);
  imap::write_body_structure(out, outline, {});
  imap::write_envelope(out, outline.header(mime::PartId(0)));
  fuzzing::check(buffer.view().find('\0') == View::npos, "no NUL on the wire");
}
