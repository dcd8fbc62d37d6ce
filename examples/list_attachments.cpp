// What hangs on a message: list_attachments FILE
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "posthorn/grammar/mime/attachment.h"

using namespace posthorn;

int main(int count, char** words) {
  std::ifstream file(count > 1 ? words[1] : "/dev/stdin", std::ios::binary);
  const std::string octets{std::istreambuf_iterator<char>(file), {}};
  const auto message = mime::Message::index(octets);
  for (const mime::Attachment& a : mime::attachments(message)) {
    std::cout << a.name << "\t" << a.type << "\t" << a.size << " octets\n";
  }
}
