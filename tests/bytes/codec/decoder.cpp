#include "posthorn/bytes/codec/decoder.h"

#include <doctest/doctest.h>

#include "bytes/codec/transfer.h"

using namespace posthorn;
using codec::Fault;
using codec::Transfer;

TEST_CASE("decoder: one after the other") {
  codec::Decoder decoder(Transfer::base64);
  std::string out;
  decoder.decode("Zm9vYg", out);
  CHECK(decoder.faults().empty());
  decoder.finish(out);
  CHECK(out == "foob");
  CHECK(decoder.faults().first(Fault::cut_group) == 6);
  decoder.decode("YmFy", out);
  CHECK(out == "foobbar");
  CHECK(decoder.faults().empty());
  decoder.finish(out);
  CHECK(decoder.faults().empty());
  decoder.finish(out);
  CHECK(out == "foobbar");
}

TEST_CASE("decoder: identity") {
  const auto whole = testing::decoded(Transfer::identity, "a=20\r\n \0\xFF");
  CHECK(whole.octets == "a=20\r\n \0\xFF");
  CHECK(whole.faults == "");
}

TEST_CASE("decoder: what is in the string stays, and room is not taken for good") {
  for (const Transfer transfer :
       {Transfer::identity, Transfer::base64, Transfer::quoted_printable, Transfer::uuencode}) {
    std::string out = "before ";
    codec::Decoder decoder(transfer);
    decoder.decode("", out);
    decoder.decode("\r\n", out);
    decoder.finish(out);
    CHECK(out.starts_with("before "));
    CHECK(decoder.room_for(300) <= 302);
  }
}
