#include "posthorn/testing/transcript.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <vector>

namespace posthorn::testing {

namespace {

constexpr int kMaxSteps = 1'000'000;

// "..." in the pattern stands for any octets.
bool matches(View pattern, View line) {
  const std::size_t dots = pattern.find("...");
  if (dots == View::npos) return pattern == line;
  if (line.substr(0, dots) != pattern.substr(0, dots)) return false;
  const View after = pattern.substr(dots + 3);
  for (std::size_t at = dots; at <= line.size(); ++at) {
    if (matches(after, line.substr(at))) return true;
  }
  return false;
}

std::string from_hex(View text) {
  std::string octets;
  for (std::size_t at = 0; at + 1 < text.size();) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 2, value, 16);
    if (error == std::errc() && end == text.data() + at + 2) {
      octets.push_back(static_cast<char>(value));
      at += 2;
    } else {
      ++at;
    }
  }
  return octets;
}

// What a line of the client puts on the wire; nullopt for all other lines.
std::optional<std::string> sent_by(View line) {
  if (line == "C:") return "\r\n";
  if (line.starts_with("C: ")) return own(line.substr(3)) + "\r\n";
  if (line.starts_with("X: ")) return from_hex(line.substr(3));
  return std::nullopt;
}

std::string printable(View octets) {
  std::string text;
  for (const char c : octets.substr(0, 300)) text += c >= ' ' && c < 0x7F ? c : '?';
  return text;
}

class Player {
 public:
  Player(Conversation& server, FakeClock& clock, const TranscriptOptions& options)
      : server_(server), clock_(clock), options_(options) {}

  std::string play(View transcript) {
    run();
    std::size_t number = 0;
    while (!transcript.empty()) {
      ++number;
      const std::size_t end = transcript.find('\n');
      View line = transcript.substr(0, end);
      transcript.remove_prefix(end == View::npos ? transcript.size() : end + 1);
      if (line.ends_with('\r')) line.remove_suffix(1);
      const std::string problem = step(line);
      if (!problem.empty()) return "line " + std::to_string(number) + ": " + own(line) + "\n  " + problem;
    }
    flush();
    if (!heard_.empty()) return "the server said more: " + printable(heard_);
    return {};
  }

 private:
  std::string step(View line) {
    if (line.empty() || line.starts_with('#')) return {};
    if (auto octets = sent_by(line)) {
      unsent_ += *octets;
      return {};
    }
    flush();
    if (line == "S*") {
      skipping_ = true;
      return {};
    }
    if (line == "S:") return expect({});
    if (line.starts_with("S: ")) return expect(line.substr(3));
    if (line.starts_with("! ")) return direct(line.substr(2));
    return "no such kind of line";
  }

  std::string expect(View pattern) {
    const bool skipping = skipping_;
    skipping_ = false;
    for (;;) {
      const std::size_t end = heard_.find("\r\n");
      if (end == std::string::npos) return "the server said nothing more";
      const std::string said = heard_.substr(0, end);
      heard_.erase(0, end + 2);
      if (matches(pattern, said)) return {};
      if (!skipping) return "the server said: " + printable(said);
    }
  }

  std::string direct(View words) {
    if (words == "starttls") {
      if (wants_ != Wants::upgrade) return "the server does not want TLS now";
      server_.upgraded(options_.tls);
    } else if (words == "end") {
      server_.receive_end();
    } else if (words == "closed") {
      return wants_ == Wants::close ? "" : "the server has not closed";
    } else if (words.starts_with("wait ")) {
      long seconds = 0;
      std::from_chars(words.data() + 5, words.data() + words.size(), seconds);
      clock_.advance(std::chrono::seconds(seconds));
    } else {
      return "no such directive";
    }
    run();
    return {};
  }

  void flush() {
    const std::string octets = std::move(unsent_);
    unsent_.clear();
    if (wants_ == Wants::close) return;
    const std::size_t chunk = options_.chunk == 0 ? octets.size() : options_.chunk;
    for (std::size_t at = 0; at < octets.size() && wants_ != Wants::close; at += chunk) {
      server_.receive(View(octets).substr(at, chunk));
      if (wants_ != Wants::upgrade) run();
    }
  }

  void run() {
    for (int steps = 0; steps < kMaxSteps; ++steps) {
      wants_ = server_.next(clock_.now());
      heard_ += server_.transmit();
      server_.transmitted(server_.transmit().size());
      if (wants_ == Wants::work) server_.work(clock_.now());
      if (wants_ == Wants::pause) {
        const auto deadline = server_.deadline();
        if (deadline && *deadline > clock_.now()) clock_.advance(*deadline - clock_.now());
      }
      if (wants_ == Wants::input || wants_ == Wants::close || wants_ == Wants::upgrade) return;
    }
  }

  Conversation& server_;
  FakeClock& clock_;
  const TranscriptOptions& options_;
  std::string heard_;
  std::string unsent_;
  bool skipping_ = false;
  Wants wants_ = Wants::again;
};

}  // namespace

std::string play(View transcript, Conversation& server, FakeClock& clock, const TranscriptOptions& options) {
  return Player(server, clock, options).play(transcript);
}

PlayedFolder play_folder(const std::string& folder, const std::function<Stage(View name)>& make) {
  PlayedFolder played;
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    for (const std::size_t chunk : {std::size_t{0}, std::size_t{1}}) {
      const Stage stage = make(path.stem().string());
      TranscriptOptions options;
      options.chunk = chunk;
      const std::string problem = play(text, *stage.server, *stage.clock, options);
      if (problem.empty()) continue;
      played.problems += path.filename().string() + (chunk == 1 ? " (octet by octet)" : "") + ": " + problem + "\n";
    }
    ++played.files;
  }
  return played;
}

std::string client_octets(View transcript) {
  std::string octets;
  while (!transcript.empty()) {
    const std::size_t end = transcript.find('\n');
    View line = transcript.substr(0, end);
    transcript.remove_prefix(end == View::npos ? transcript.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (auto sent = sent_by(line)) octets += *sent;
  }
  return octets;
}

}  // namespace posthorn::testing
