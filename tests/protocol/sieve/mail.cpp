#include "protocol/sieve/mail.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("mail: fields are decoded once, also after a change") {
  Mail mail("Subject: =?utf-8?q?=C3=A4?=\r\n B\r\nX:  y \r\n\r\nbody");
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
    Mail mail(text);
    CHECK(mail.fields().size() <= 1);
    CHECK(mail.octets() == text);
  }
}
