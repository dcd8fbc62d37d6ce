// UTF-16, UTF-32 (RFC 2781, Unicode section 3.10) and UTF-7 (RFC 2152).

#include "bytes/codec/base64_alphabet.h"
#include "bytes/codec/charset_reader.h"

namespace posthorn::codec {

namespace {
bool is_high(char32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low(char32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }
bool is_surrogate(char32_t unit) { return is_high(unit) || is_low(unit); }
char32_t joined(char32_t high, char32_t low) { return 0x10000 + ((high - 0xD800) << 10U) + (low - 0xDC00); }

char32_t unit_at(View octets, std::size_t at, std::size_t size, Order order) {
  char32_t unit = 0;
  for (std::size_t i = 0; i < size; ++i) {
    unit = unit << 8U | static_cast<unsigned char>(octets[at + (order == Order::big ? i : size - 1 - i)]);
  }
  return unit;
}

/// Finds the order of a text by its first unit; it stands in Shift::mode then.
/// @returns octets of the byte order mark
std::size_t find_order(View octets, std::size_t size, Order named, Shift& shift) {
  constexpr char32_t kMark = 0xFEFF;
  const char32_t big = unit_at(octets, 0, size, Order::big);
  const char32_t little = unit_at(octets, 0, size, Order::little);
  const bool is_marked = big == kMark || little == kMark;
  Order order = named;
  if (order == Order::unknown) {
    // One unit may be U+3000 in big-endian, two are ASCII in little-endian.
    const bool has_next = octets.size() >= 2 * size;
    const char32_t next = has_next ? unit_at(octets, size, size, Order::little) : little;
    const auto is_ascii = [](char32_t unit) { return unit > 0 && unit < 0x80; };
    order = is_ascii(little) && is_ascii(next) ? Order::little : Order::big;
  }
  if (is_marked) order = big == kMark ? Order::big : Order::little;
  shift.mode = static_cast<std::uint8_t>(order);
  return is_marked ? size : 0;
}

/// Takes units of `size` octets; `take(at, order)` reads a character and returns its octets, or 0 when it is cut.
template <class Take>
std::size_t read_units(View octets, std::size_t size, bool last, Order named, Shift& shift, TextSink& sink, Take take) {
  std::size_t at = 0;
  if (static_cast<Order>(shift.mode) == Order::unknown && octets.size() >= size) {
    if (named == Order::unknown && octets.size() < 2 * size && !last) return 0;
    at = find_order(octets, size, named, shift);
  }
  while (octets.size() - at >= size) {
    const std::size_t taken = take(at, static_cast<Order>(shift.mode));
    if (taken == 0) return at;
    at += taken;
  }
  if (!last || at == octets.size()) return at;
  sink.replace(at);
  return octets.size();
}
}  // namespace

std::size_t read_utf16(View octets, bool last, Order named, Shift& shift, TextSink& sink) {
  constexpr std::size_t kUnit = 2;
  return read_units(octets, kUnit, last, named, shift, sink, [&](std::size_t at, Order order) -> std::size_t {
    const char32_t unit = unit_at(octets, at, kUnit, order);
    if (!is_surrogate(unit)) {
      sink.put(unit);
      return kUnit;
    }
    if (is_high(unit) && octets.size() - at < 2 * kUnit) {
      if (!last) return 0;
      sink.replace(at);  // and what there is of the next unit
      return octets.size() - at;
    }
    const char32_t next = is_high(unit) ? unit_at(octets, at + kUnit, kUnit, order) : 0;
    if (is_low(next)) {
      sink.put(joined(unit, next));
      return 2 * kUnit;
    }
    sink.replace(at);
    return kUnit;
  });
}

std::size_t read_utf32(View octets, bool last, Order named, Shift& shift, TextSink& sink) {
  constexpr std::size_t kUnit = 4;
  return read_units(octets, kUnit, last, named, shift, sink, [&](std::size_t at, Order order) {
    const char32_t c = unit_at(octets, at, kUnit, order);
    if (c > 0x10FFFF || is_surrogate(c)) {
      sink.replace(at);
    } else {
      sink.put(c);
    }
    return kUnit;
  });
}

namespace {
/// Shift::mode of UTF-7.
enum class Run : std::uint8_t { none, begun, going };  // begun: only the "+" so far

/// The run of base64 is over; what is left of it has to be nothing.
void end_run(Shift& shift, std::size_t at, TextSink& sink) {
  constexpr std::uint8_t kMostPadding = 5;
  if (shift.high != 0 || shift.count > kMostPadding || (shift.bits & ((1U << shift.count) - 1)) != 0) sink.replace(at);
  shift = {};
}

void take_letter(unsigned value, Shift& shift, std::size_t at, TextSink& sink) {
  shift.mode = static_cast<std::uint8_t>(Run::going);
  shift.bits = (shift.bits << 6U | value) & 0x3FFFFFU;
  shift.count = static_cast<std::uint8_t>(shift.count + 6);
  if (shift.count < 16) return;
  shift.count = static_cast<std::uint8_t>(shift.count - 16);
  const char32_t unit = (shift.bits >> shift.count) & 0xFFFFU;
  const char32_t high = shift.high;
  shift.high = 0;
  if (high != 0 && is_low(unit)) {
    sink.put(joined(high, unit));
    return;
  }
  if (high != 0) sink.replace(at);
  if (is_high(unit)) {
    shift.high = static_cast<std::uint16_t>(unit);
  } else if (is_low(unit)) {
    sink.replace(at);
  } else {
    sink.put(unit);
  }
}
}  // namespace

std::size_t read_utf7(View octets, bool last, Shift& shift, TextSink& sink) {
  const auto run = [&] { return static_cast<Run>(shift.mode); };
  for (std::size_t at = 0; at < octets.size(); ++at) {
    const char c = octets[at];
    if (run() != Run::none) {
      const int value = kBase64Values[static_cast<unsigned char>(c)];
      if (value >= 0) {
        take_letter(static_cast<unsigned>(value), shift, at, sink);
        continue;
      }
      const bool is_plus = run() == Run::begun;
      end_run(shift, at, sink);
      if (is_plus && c == '-') sink.put('+');
      if (is_plus && c != '-') sink.replace(at);
      if (c == '-') continue;
    }
    if (c == '+') {
      shift.mode = static_cast<std::uint8_t>(Run::begun);
    } else if (static_cast<unsigned char>(c) < 0x80) {
      sink.put(static_cast<unsigned char>(c));
    } else {
      sink.replace(at);
    }
  }
  if (last && run() != Run::none) {
    if (run() == Run::begun) sink.replace(octets.size());
    end_run(shift, octets.size(), sink);
  }
  return octets.size();
}

}  // namespace posthorn::codec
