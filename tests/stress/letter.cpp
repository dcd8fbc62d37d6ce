#include "stress/letter.h"

#include <charconv>

namespace posthorn::stress {

namespace {

constexpr View kMark = "letter ";

bool number_at(View& text, std::uint32_t& out) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (read.ec != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return true;
}

std::size_t lines_of(Letter letter) {
  if (letter.is_large()) return 5'000;
  return 3 + (letter.client * 7 + letter.number * 13) % 60;
}

}  // namespace

std::string name_of(Letter letter) {
  return own(kMark) + std::to_string(letter.client) + "." + std::to_string(letter.number);
}

std::string content_of(Letter letter) {
  const std::string name = name_of(letter);
  std::string text = "From: Client " + std::to_string(letter.client) + " <c@example.org>\r\nSubject: " + name +
                     "\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\nMessage-ID: <" + std::to_string(letter.client) +
                     "." + std::to_string(letter.number) + "@example.org>\r\n\r\n";
  const std::size_t lines = lines_of(letter);
  for (std::size_t i = 0; i < lines; ++i) text += "This is line " + std::to_string(i) + " of " + name + " only.\r\n";
  return text;
}

std::optional<Letter> letter_in(View text) {
  const std::size_t at = text.find(kMark);
  if (at == View::npos) return std::nullopt;
  text.remove_prefix(at + kMark.size());
  Letter letter;
  if (!number_at(text, letter.client) || !text.starts_with('.')) return std::nullopt;
  text.remove_prefix(1);
  if (!number_at(text, letter.number)) return std::nullopt;
  return letter;
}

}  // namespace posthorn::stress
