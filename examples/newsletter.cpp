// A newsletter with a picture in its text, as octets to send: newsletter PICTURE.png TO... > message.eml
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "posthorn/grammar/mime/compose.h"
#include "posthorn/io/system.h"

using namespace posthorn;

int main(int count, char** words) {
  if (count < 3) return 2;
  std::ifstream file(words[1], std::ios::binary);
  mime::Composition news;
  news.date = io::SystemClock().wall();
  news.from = mail::address_list("Müller & Söhne <news@example.org>");
  for (int i = 2; i < count; ++i) {
    for (const mail::Address& reader : mail::address_list(words[i])) news.to.push_back(reader);
  }
  news.subject = "Neuigkeiten für Oktober ✨";
  news.text = "Guten Tag,\n\nes gibt Neues: https://example.org/neues\n";
  news.html =
      "<p>Guten Tag,</p><p><img src=\"cid:logo\" alt=\"Logo\"> es gibt <a "
      "href=\"https://example.org/neues\">Neues</a>.</p>";
  news.pictures.push_back({"logo.png", "image/png", {std::istreambuf_iterator<char>(file), {}}, "logo"});
  news.more.emplace_back("List-Unsubscribe", "<https://example.org/weg>");
  io::SystemRandom random;
  const auto message = mime::compose(news, random);
  if (!message) {
    std::cerr << "newsletter: " << message.error().note << "\n";
    return 1;
  }
  std::cout << *message;
}
