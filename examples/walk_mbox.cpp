// A line for each message of an mbox file, of any size, with what it is about: walk_mbox FILE
#include <array>
#include <fstream>
#include <iostream>
#include <string>

#include "posthorn/grammar/frame/mbox.h"
#include "posthorn/grammar/mime/encoded_word.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/grammar/mime/preview.h"

using namespace posthorn;

namespace {
class Printer final : public frame::MboxVisitor {
 public:
  void message_begins(View) override { octets_.clear(); }
  void content(View chunk) override { octets_ += chunk; }
  void message_ends() override {
    const auto message = mime::Message::index(octets_);
    const auto subject = mime::find_field(message.header(mime::PartId(0)), "Subject");
    std::cout << ++number_ << "\t" << mime::decode_words(mime::unfold(subject.value_or(""))) << "\t"
              << mime::preview(message, mime::PartId(0), 40) << "\n";
  }

 private:
  std::string octets_;
  int number_ = 0;
};
}  // namespace

int main(int count, char** words) {
  std::ifstream file(count > 1 ? words[1] : "/dev/stdin", std::ios::binary);
  Printer printer;
  frame::MboxReader reader(printer);
  std::array<char, 65'536> chunk{};
  while (file.read(chunk.data(), chunk.size()) || file.gcount() > 0) {
    reader.feed(View(chunk.data(), static_cast<std::size_t>(file.gcount())));
  }
  reader.finish();
}
