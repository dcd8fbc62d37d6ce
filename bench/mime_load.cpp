// Our side of bench/mime: mime-load CORPUS PASSES, and what only we are asked (--allocations, --stages, --base64,
// --push).
#include <cstdlib>
#include <map>
#include <new>
#include <optional>
#include <utility>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/codec/decoder.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mail/date.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/encoded_word.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/grammar/mime/parameter.h"
#include "posthorn/grammar/mime/readings.h"

#include "mime_frame.h"

using namespace posthorn;

namespace {
std::uint64_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {
enum class Kind : std::uint8_t { text, addresses, date, type, disposition };

Kind kind_of(View name) {
  for (const View address : {"From", "To", "Cc", "Sender", "Reply-To", "Bcc"}) {
    if (same_word(name, address)) return Kind::addresses;
  }
  if (same_word(name, "Date")) return Kind::date;
  if (same_word(name, "Content-Type")) return Kind::type;
  return same_word(name, "Content-Disposition") ? Kind::disposition : Kind::text;
}

class Reader {
 public:
  void structure(const std::string& message, bench::Work& work) {
    work.parts += mime::Message::index(message, limits_).parts().size();
  }

  /// What hostile input costs where no limit cuts it short.
  void lift_limits() { limits_ = {1U << 30U, 1U << 30U, 1U << 30U, 1U << 30U}; }

  /// What else reads whole messages, and must not cost more for hostile ones.
  void beside(const std::string& octets) {
    mime::Outliner outliner;
    outliner.feed(octets);
    (void)outliner.finish();
    (void)mime::readings(mime::Message::index(octets));
  }

  void full(const std::string& octets, bench::Work& work) {
    const mime::Message message = mime::Message::index(octets, limits_);
    work.parts += message.parts().size();
    headers(message, work);
    for (const mime::Part& part : message.parts()) {
      if (message.children(part.id).empty()) work.body_octets += body(message, part);
    }
  }

  void headers(const mime::Message& message, bench::Work& work) {
    for (const mime::Part& part : message.parts()) {
      mime::FieldReader reader(message.header(part.id));
      for (mime::Field field; reader.next(field);) {
        ++work.fields;
        work.header_octets += decode(field);
      }
    }
  }

  /// Text in UTF-8, other bodies as octets in pieces; @returns how many.
  std::uint64_t body(const mime::Message& message, const mime::Part& part) {
    if (part.type == "text") return mime::decode_text(message, part.id, room_).size();
    std::uint64_t octets = 0;
    mime::BodyReader reader(message, part.id);
    for (View piece = reader.next(); !piece.empty(); piece = reader.next()) octets += piece.size();
    return octets;
  }

 private:
  static std::uint64_t decode(const mime::Field& field) {
    std::uint64_t octets = 0;
    switch (kind_of(field.name)) {
      case Kind::addresses:
        for (const mail::Address& a : mail::address_list(field.raw))
          octets += mime::decode_words(a.name).size() + a.domain.size();
        return octets;
      case Kind::date: return mail::parse_date(field.raw) ? 8 : 0;
      case Kind::type: {
        const auto type = mime::parse_content_type(field.raw);
        return type ? parameters(type->parameters) : 0;
      }
      case Kind::disposition: {
        const auto disposition = mime::parse_disposition(field.raw);
        return disposition ? parameters(disposition->parameters) : 0;
      }
      case Kind::text: return mime::decode_words(mime::unfold(field.raw)).size();
    }
    return octets;
  }

  static std::uint64_t parameters(const std::vector<mime::Parameter>& list) {
    std::uint64_t octets = 0;
    for (const View name : {"charset", "boundary", "name", "filename", "format", "micalg", "protocol"}) {
      octets += mime::decoded_parameter(list, name).value_or("").size();
    }
    return octets;
  }

  std::string room_;
  mime::Limits limits_;
};

/// Fields, and the parameters of those that have some.
std::uint64_t count_tokens(const mime::Message& message) {
  std::uint64_t tokens = 0;
  for (const mime::Part& part : message.parts()) {
    mime::FieldReader reader(message.header(part.id));
    for (mime::Field field; reader.next(field); ++tokens) {
      if (!same_word(View(field.name).substr(0, 8), "Content-")) continue;
      const auto value = mime::split_value(field.raw);
      mime::ParameterReader parameters(value ? value->parameters : View());
      for (mime::ParameterView parameter; parameters.next(parameter);) ++tokens;
    }
  }
  return tokens;
}

int count_allocations(const char* corpus) {
  const auto messages = bench::messages_of(bench::whole_file(corpus));
  Reader reader;
  bench::Work work;
  const auto count = [&](const auto& run) {
    const std::uint64_t before = allocations;
    for (const std::string& message : messages) run(message);
    return static_cast<double>(allocations - before);
  };
  const double full = count([&](const std::string& message) { reader.full(message, work); });
  bench::Work structures;
  const double structure = count([&](const std::string& message) { reader.structure(message, structures); });
  std::uint64_t tokens = 0;
  const double walked =
      count([&](const std::string& message) { tokens += count_tokens(mime::Message::index(message)); });
  const auto number = static_cast<double>(messages.size());
  std::printf("allocations %.1f %.1f %.2f %.0f %lu\n", full / number, structure / number,
              full / static_cast<double>(work.fields), walked - structure, tokens);
  return 0;
}

/// Seconds for each kind of work of a full parse: the structure, headers, bodies by type and encoding.
int measure_stages(const char* corpus) {
  const auto messages = bench::messages_of(bench::whole_file(corpus));
  Reader reader;
  bench::Work work;
  std::map<std::string, std::pair<double, std::uint64_t>> stages;
  const auto timed = [&](const std::string& stage, std::uint64_t octets, const auto& run) {
    const double begin = bench::seconds();
    run();
    stages[stage].first += bench::seconds() - begin;
    stages[stage].second += octets;
  };
  for (const std::string& octets : messages) {
    std::optional<mime::Message> message;
    timed("structure", octets.size(), [&] { message = mime::Message::index(octets); });
    std::uint64_t header_octets = 0;
    for (const mime::Part& part : message->parts()) header_octets += part.body - part.header;
    timed("headers", header_octets, [&] { reader.headers(*message, work); });
    for (const mime::Part& part : message->parts()) {
      if (!message->children(part.id).empty()) continue;
      std::string stage = part.type == "text" ? "text" : "other";
      if (part.type == "text") stage += " " + mime::charset_of(*message, part.id);
      stage += part.encoding == mime::Encoding::base64             ? " base64"
               : part.encoding == mime::Encoding::quoted_printable ? " quoted-printable"
                                                                   : "";
      timed(stage, part.end - part.body, [&] { work.body_octets += reader.body(*message, part); });
    }
  }
  for (const auto& [stage, cost] : stages) {
    if (cost.first < 0.0005) continue;
    std::printf("stage %-36s %8.1f ms %8.1f MB %8.1f MB/s\n", stage.c_str(), cost.first * 1e3,
                static_cast<double>(cost.second) / 1e6, static_cast<double>(cost.second) / 1e6 / cost.first);
  }
  return 0;
}

/// Lines of 76 letters as mail has them, and one line, both small enough for the cache.
int measure_base64() {
  constexpr std::size_t kOctets = 57 * 512;
  std::string octets;
  for (std::size_t i = 0; i < kOctets; ++i) octets += static_cast<char>(i * 2654435761U >> 13U);
  const std::string whole = codec::base64_encode(octets);
  std::string lines;
  for (std::size_t at = 0; at < whole.size(); at += 76) lines += whole.substr(at, 76) + "\r\n";
  for (const std::string* text : std::initializer_list<const std::string*>{&lines, &whole}) {
    std::string out;
    double best = 1e9;
    for (int round = 0; round < 30; ++round) {
      const double begin = bench::seconds();
      for (int i = 0; i < 100; ++i) {
        out.clear();
        codec::Decoder decoder(codec::Transfer::base64);
        decoder.decode(*text, out);
        decoder.finish(out);
      }
      best = std::min(best, (bench::seconds() - begin) / 100);
    }
    if (out != octets) return 1;
    std::printf("base64 %.3f\n", static_cast<double>(text->size()) / best / 1e9);
  }
  return 0;
}

/// A message of one encoded body that comes in pieces of 64 KiB and is decoded as it comes.
struct Sink final : mime::Visitor {
  void body(mime::PartId, View chunk) override {
    out.clear();
    decoder.decode(chunk, out);
    octets += out.size();
  }
  codec::Decoder decoder{codec::Transfer::base64};
  std::string out;
  std::uint64_t octets = 0;
};

int push(std::uint64_t size) {
  std::string piece;
  while (piece.size() < 65'536) piece += std::string(76, 'A') + "\r\n";
  Sink sink;
  mime::Parser parser(sink, {});
  const double begin = bench::seconds();
  parser.feed("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\n");
  std::uint64_t fed = 0;
  for (; fed < size; fed += 65'536) parser.feed(View(piece).substr(0, 65'536));
  parser.feed("\r\n--b--\r\n");
  parser.finish();
  std::printf("push %ld %.3f\n", bench::memory(), static_cast<double>(fed) / (bench::seconds() - begin) / 1e9);
  return sink.octets > 0 ? 0 : 1;
}
}  // namespace

int main(int argc, char** argv) {
  const View mode = argc > 1 ? argv[1] : "";
  if (mode == "--allocations" && argc == 3) return count_allocations(argv[2]);
  if (mode == "--stages" && argc == 3) return measure_stages(argv[2]);
  if (mode == "--base64") return measure_base64();
  if (mode == "--push" && argc == 3) return push(std::strtoull(argv[2], nullptr, 10));
  Reader reader;
  return bench::run(argc, argv, reader);
}
