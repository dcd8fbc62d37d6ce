#include "posthorn/protocol/smtp/capabilities.h"

#include <array>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::smtp;

TEST_CASE("capabilities are read from the lines of EHLO") {
  const std::array<std::string, 14> lines{"pipelining",
                                          "SIZE 1000",
                                          "8BITMIME",
                                          "SMTPUTF8",
                                          "CHUNKING",
                                          "STARTTLS",
                                          "AUTH PLAIN  login",
                                          "LIMITS RCPTMAX=20 MAILMAX=5 RCPTDOMAINMAX=2 X=1",
                                          "DSN",
                                          "BINARYMIME",
                                          "REQUIRETLS",
                                          "MT-PRIORITY STANAG4406",
                                          "DELIVERBY 240",
                                          "FUTURERELEASE 3600 2030-01-01T00:00:00Z"};
  const Capabilities c = read_capabilities(lines);
  CHECK(c.pipelining);
  CHECK(c.eight_bit);
  CHECK(c.utf8);
  CHECK(c.chunking);
  CHECK(c.starttls);
  CHECK(c.announces_size);
  CHECK(c.size == 1000);
  CHECK(c.rcpt_max == 20);
  CHECK(c.mail_max == 5);
  CHECK(c.rcpt_domain_max == 2);
  CHECK(c.dsn);
  CHECK(c.binary);
  CHECK(c.require_tls);
  CHECK(c.priority);
  CHECK(c.deliver_by);
  CHECK(c.future_release == 3600);
  CHECK(c.mechanisms == std::vector<std::string>{"PLAIN", "LOGIN"});
}

TEST_CASE("what is unknown or malformed is passed over") {
  const std::array<std::string, 6> lines{"", "XFOO bar", "SIZE x", "LIMITS RCPTMAX=x", "AUTH=LOGIN", "STARTTLSX"};
  const Capabilities c = read_capabilities(lines);
  CHECK(c.announces_size);
  CHECK_FALSE(c.size.has_value());
  CHECK_FALSE(c.rcpt_max.has_value());
  CHECK(c.mechanisms.empty());
  CHECK_FALSE(c.starttls);
  const std::array<std::string, 1> no_limit{"SIZE 0"};
  CHECK_FALSE(read_capabilities(no_limit).size.has_value());
}
