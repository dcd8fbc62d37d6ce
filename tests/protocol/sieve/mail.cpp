#include "protocol/sieve/mail.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("mail: fields are decoded once, also after a change") {
  const Limits limits;
  Mail mail("Subject: =?utf-8?q?=C3=A4?=\r\n B\r\nX:  y \r\n\r\nbody", limits);
  CHECK(mail.fields().size() == 2);
  CHECK(mail.decoded(0).text == "\xC3\xA4 B");
  CHECK(mail.decoded(0).collated == "\xC3\xA4 b");
  CHECK(mail.decoded(1).text == "y");
  CHECK(mail.header().size() == mail.octets().size() - 4);
  CHECK(mail.changed() == nullptr);
  mail.change("Z: new\r\n\r\n");
  CHECK(mail.fields().size() == 1);
  CHECK(mail.decoded(0).text == "new");
  CHECK(*mail.changed() == "Z: new\r\n\r\n");
}

TEST_CASE("mail: messages without a header, or without an end of it") {
  for (const View text : {"", "\r\n", "\r\nbody", "A: b", "A: b\r\n", "nonsense"}) {
    const Limits limits;
    Mail mail(text, limits);
    CHECK(mail.fields().size() <= 1);
    CHECK(mail.octets() == text);
  }
}

TEST_CASE("mail: a flood of fields, and a field without end, are seen up to a limit") {
  std::string flood;
  for (int i = 0; i < 100'000; ++i) flood += "a: b\r\n";
  const Limits limits;
  CHECK(Mail(flood, limits).fields().size() == limits.fields);
  const std::string endless = "To: " + std::string(2'000'000, 'x') + "\r\n\r\n";
  CHECK(Mail(endless, limits).fields().at(0).raw.size() == limits.field);
}
