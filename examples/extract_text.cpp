// The text of a message, as plain text whatever it was sent as: extract_text FILE
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "posthorn/grammar/mime/bodies.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/flowed.h"
#include "posthorn/grammar/mime/html.h"

using namespace posthorn;

int main(int count, char** words) {
  std::ifstream file(count > 1 ? words[1] : "/dev/stdin", std::ios::binary);
  const std::string octets{std::istreambuf_iterator<char>(file), {}};
  const auto message = mime::Message::index(octets);
  for (const mime::PartId id : mime::bodies_of(message).text) {
    const mime::Part& part = message.part(id);
    if (part.type == "text" && part.subtype == "html") {
      std::cout << mime::html_to_text(mime::decode_text(message, id)) << "\n";
    } else if (part.type == "text") {
      std::cout << mime::decode_plain(message, id);
    }
  }
}
