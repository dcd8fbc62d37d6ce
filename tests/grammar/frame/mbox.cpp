#include "posthorn/grammar/frame/mbox.h"

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"

using namespace posthorn;

namespace {
/// "{from line}content;" for each message.
struct Recorder final : frame::MboxVisitor {
  std::string out;
  void message_begins(View from_line) override { out += "{" + std::string(from_line) + "}"; }
  void content(View chunk) override { out += chunk; }
  void message_ends() override { out += ";"; }
};
std::string read(View file, frame::MboxQuoting quoting = frame::MboxQuoting::all_marks) {
  Recorder recorder;
  frame::MboxReader reader(recorder, quoting);
  reader.feed(file);
  reader.finish();
  return recorder.out;
}
}  // namespace

TEST_CASE("mbox: messages are divided") {
  CHECK(read("From a@x Thu Jan  1 00:00:00 1970\nSubject: 1\n\none\n\nFrom b\nSubject: 2\n\ntwo\n\n") ==
        "{From a@x Thu Jan  1 00:00:00 1970}Subject: 1\n\none\n;{From b}Subject: 2\n\ntwo\n;");
  CHECK(read("From a\r\nSubject: 1\r\n\r\none\r\n\r\nFrom b\r\n\r\n") == "{From a}Subject: 1\r\n\r\none\r\n;{From b};");
  CHECK(read("From a\none\n\n\nFrom b\ntwo") == "{From a}one\n\n;{From b}two;");
  CHECK(read("From a\none\n\n\n\n") == "{From a}one\n\n\n;");
  CHECK(read("") == "");
  CHECK(read("From a") == "{From a};");
  CHECK(read("From a\n\nFrom b\n\n") == "{From a};{From b};");
}

TEST_CASE("mbox: a From line in running text divides nothing") {
  CHECK(read("From a\none\nFrom here on\n") == "{From a}one\nFrom here on\n;");
  CHECK(read("From a\n\nFromage\n From me\n\nfrom you\n") == "{From a}\nFromage\n From me\n\nfrom you\n;");
}

TEST_CASE("mbox: quoting is undone") {
  constexpr View kFile = "From a\n>From me\n>>From you\n>>>From all\n> From\n>\n>>Fro\n\n>From x\n";
  CHECK(read(kFile) == "{From a}From me\n>From you\n>>From all\n> From\n>\n>>Fro\n\nFrom x\n;");
  CHECK(read(kFile, frame::MboxQuoting::from) ==
        "{From a}From me\n>>From you\n>>>From all\n> From\n>\n>>Fro\n\nFrom x\n;");
}

TEST_CASE("mbox: what is no mbox file") {
  Recorder recorder;
  frame::MboxReader reader(recorder);
  reader.feed("Subject: x\n\nbody\n");
  reader.finish();
  CHECK(recorder.out.empty());
  CHECK(reader.passed_over() == 17);
  CHECK(read("junk\n\nFrom a\none\n") == "{From a}one\n;");
}

TEST_CASE("mbox: any split makes the same messages") {
  for (const frame::MboxQuoting quoting : {frame::MboxQuoting::from, frame::MboxQuoting::all_marks}) {
    CHECK(testing::for_every_split(
              "x\n\nFrom a\r\nS: 1\r\n\r\n>From\r\n>>From b\n\r\r\n>From c\n\n\r\n\nFrom d\nFro\nFrom \n\n\nFrom e\n>>",
              [&](auto&& feed) {
                Recorder recorder;
                frame::MboxReader reader(recorder, quoting);
                feed([&](View chunk) { reader.feed(chunk); });
                reader.finish();
                return recorder.out + std::to_string(reader.passed_over());
              }) == "");
  }
}

TEST_CASE("mbox: a From line has a limit, long lines of quotes have none") {
  CHECK(read("From " + std::string(5000, 'x') + "\na\n") ==
        "{From " + std::string(frame::kMaxFromLine - 5, 'x') + "}a\n;");
  CHECK(read("From a\n" + std::string(300'000, '>') + "From b\n") ==
        "{From a}" + std::string(299'999, '>') + "From b\n;");
}
