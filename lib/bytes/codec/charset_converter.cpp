// Charsets whose tables the machine has: we divide characters, iconv says which they are.
#include <utility>

#include <iconv.h>

#include "bytes/codec/charset_reader.h"
#include "bytes/codec/scan.h"
#include "bytes/codec/utf8_prefix.h"

namespace posthorn::codec {

namespace {
iconv_t no_converter() { return reinterpret_cast<iconv_t>(-1); }  // NOLINT: how iconv_open fails

bool is_ascii_octet(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// Converters that nobody uses now. To open the first of its kind loads a module and to close the last one unloads it,
/// which takes longer than most texts do; so a thread keeps a few. What is read does not depend on them.
class IdleConverters {
 public:
  /// @param over  becomes true with the end of the thread
  explicit IdleConverters(bool& over) : over_(over) {}
  IdleConverters(const IdleConverters&) = delete;
  IdleConverters& operator=(const IdleConverters&) = delete;
  ~IdleConverters() {
    over_ = true;
    for (const Idle& idle : idle_) close(idle.handle);
  }

  /// One that is open, or else a new one; null where the machine has none. @param name  of the closed list, as it lies
  void* take(const char* name) {
    for (Idle& idle : idle_) {
      if (idle.name == name) return std::exchange(idle, {}).handle;
    }
    return open(name);
  }
  static void* open(const char* name) {
    const iconv_t opened = iconv_open("UTF-8", name);
    return opened == no_converter() ? nullptr : opened;
  }
  /// Where there is no place, another goes.
  void keep(const char* name, void* handle) {
    iconv(handle, nullptr, nullptr, nullptr, nullptr);
    for (Idle& idle : idle_) {
      if (idle.handle != nullptr) continue;
      idle = {name, handle};
      return;
    }
    close(std::exchange(idle_[next_], {name, handle}).handle);
    next_ = (next_ + 1) % idle_.size();
  }

  static void close(void* handle) {
    if (handle != nullptr) iconv_close(handle);
  }

 private:
  struct Idle {
    const char* name = nullptr;
    void* handle = nullptr;
  };
  std::array<Idle, 8> idle_;
  std::size_t next_ = 0;
  bool& over_;
};

/// Null when the thread is ending: decoders of its may live longer.
IdleConverters* idle_converters() {
  thread_local bool over = false;
  if (over) return nullptr;
  thread_local IdleConverters idle(over);
  return &idle;
}

void* open_converter(const char* name) {
  if (IdleConverters* idle = idle_converters()) return idle->take(name);
  return IdleConverters::open(name);
}

struct Sequence {
  enum class State : std::uint8_t { whole, broken, cut };
  State state;
  std::size_t octets;
};

/// @param octets  not empty
Sequence sequence_at(const MultiOctet::Steps& steps, View octets) {
  std::uint8_t state = MultiOctet::kWhole;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    state = steps[state][static_cast<unsigned char>(octets[i])];
    if (state == MultiOctet::kWhole) return {Sequence::State::whole, i + 1};
    if (state == MultiOctet::kBroken) return {Sequence::State::broken, i + 1};
  }
  return {Sequence::State::cut, octets.size()};
}

/// The character that two octets stand for and the converter has another one for; 0 where it is right.
char16_t exception_at(const MultiOctet& kind, View octets) {
  if (kind.exceptions.empty() || octets.size() < 2) return 0;
  const auto pair =
      static_cast<std::uint16_t>(static_cast<unsigned char>(octets[0]) << 8U | static_cast<unsigned char>(octets[1]));
  for (const MultiOctet::Exception& e : kind.exceptions) {
    if (e.octets == pair) return e.character;
  }
  return 0;
}

/// Octets at the front that are whole characters, up to where ASCII is worth copying or to a few hundred: what stands
/// behind a character that nobody knows may have to be divided again.
std::size_t whole_characters(const MultiOctet& kind, View octets) {
  constexpr std::size_t kEnough = 512;
  std::size_t at = 0;
  while (at < octets.size() && at < kEnough) {
    const bool sixteen = at + Sixteen::kOctets <= octets.size();
    if (is_ascii_octet(octets[at]) && sixteen && Sixteen(octets.data() + at).above_ascii() == 0) break;
    const Sequence sequence = sequence_at(kind.steps, octets.substr(at));
    if (sequence.state != Sequence::State::whole || exception_at(kind, octets.substr(at)) != 0) break;
    at += sequence.octets;
  }
  return at;
}

/// Reads one multi-octet character that the converter has not, or that is broken.
/// @returns octets taken
std::size_t read_odd(const MultiOctet& kind, Converters& converters, View octets, std::size_t at, Sequence sequence,
                     TextSink& sink) {
  const View character = octets.substr(at, sequence.octets);
  const bool is_whole = sequence.state == Sequence::State::whole;
  if (is_whole && kind.other != nullptr && convert(converters, 1, kind.other, character, sink.text()) != 0) {
    return character.size();
  }
  if (is_whole && character.size() == 1 && is_ascii_octet(character[0])) {  // the machine has no converter
    sink.put(static_cast<unsigned char>(character[0]));
    return 1;
  }
  if (kind.octet_80 != 0 && sequence.state == Sequence::State::broken && character == "\x80") {
    sink.put(kind.octet_80);
    return 1;
  }
  sink.replace(at);
  return is_whole && character.size() == 4 ? 4 : broken_octets(character);
}
}  // namespace

void CharsetDecoder::ReturnConverter::operator()(void* handle) const {
  if (IdleConverters* idle = idle_converters()) {
    idle->keep(name, handle);
  } else {
    IdleConverters::close(handle);
  }
}

std::size_t convert(Converters& converters, std::size_t slot, const char* name, View octets, std::string& out) {
  auto& handle = converters[slot];
  if (!handle) {
    void* const opened = open_converter(name);
    if (opened == nullptr) return 0;
    handle = {opened, {name}};
  }
  std::array<char, 4096> room;
  char* from = const_cast<char*>(octets.data());  // NOLINT: iconv reads only
  std::size_t left = octets.size();
  for (bool more = true; more;) {
    char* to = room.data();
    std::size_t free = room.size();
    const std::size_t before = left;
    // With nothing left, what the converter held back comes out.
    const bool is_end = left == 0;
    iconv(handle.get(), is_end ? nullptr : &from, is_end ? nullptr : &left, &to, &free);
    out.append(room.data(), room.size() - free);
    more = !is_end && (left != before || free != room.size());
  }
  if (left != 0) iconv(handle.get(), nullptr, nullptr, nullptr, nullptr);
  return octets.size() - left;
}

std::size_t read_multi_octets(const MultiOctet& kind, Converters& converters, View octets, bool last, TextSink& sink) {
  for (std::size_t at = 0; at < octets.size();) {
    const std::size_t plain = ascii_prefix(octets.substr(at));
    sink.copy(octets.substr(at, plain));
    at += plain;
    if (const char16_t character = exception_at(kind, octets.substr(at)); character != 0) {
      sink.put(character);
      at += 2;
      continue;
    }
    const std::size_t end = at + whole_characters(kind, octets.substr(at));
    bool is_divided = true;
    while (at < end && is_divided) {
      at += convert(converters, 0, kind.converter, octets.substr(at, end - at), sink.text());
      if (at == end) break;
      const Sequence unknown = sequence_at(kind.steps, octets.substr(at));
      const std::size_t taken = read_odd(kind, converters, octets, at, unknown, sink);
      at += taken;
      // Behind two octets characters begin where they did, even if the second was ASCII and is read again.
      is_divided = taken == unknown.octets || unknown.octets == 2;
    }
    if (at < end || at == octets.size() || is_ascii_octet(octets[at])) continue;
    const Sequence next = sequence_at(kind.steps, octets.substr(at));
    if (next.state == Sequence::State::whole) continue;
    if (next.state == Sequence::State::cut && !last) return at;
    at += read_odd(kind, converters, octets, at, next, sink);
  }
  return octets.size();
}

}  // namespace posthorn::codec
