#include "service/mailbox/rows.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::mailbox;

TEST_CASE("each row reads back as it was written") {
  const AccountRow account{1, 2, 1ULL << 40U, 4, 5};
  CHECK(*decode_account(encode(account)) == account);
  const MailboxRow box{1, 2, 3, 4, 5, 1ULL << 63U, 7, 8, 9};
  CHECK(*decode_mailbox(encode(box)) == box);
  const NameRow name{MailboxId{77}, imap::SpecialUse::trash};
  CHECK(*decode_name(encode(name)) == name);
  const MessageRow message{{11, 31, {0, 3, 65534}}, BlobId{9}, 10, WallTime(std::chrono::seconds(-5))};
  CHECK(*decode_message(encode(message)) == message);
  MessageRow full = message;
  full.save_date = WallTime(std::chrono::seconds(1'767'225'600));
  full.email = 7;
  full.capsule = "capsule";
  full.digest = 5;
  CHECK(*decode_message(encode(full)) == full);
  MailboxRow uncounted = box;
  uncounted.deleted_octets.reset();
  CHECK(*decode_mailbox(encode(uncounted)) == uncounted);
  CHECK(*decode_summary(encode_summary("summary")) == "summary");
  const LogRow log{{{Uid{1}, Uid{1}}}, {{Uid{2}, Uid{9}}, {Uid{11}, Uid{12}}}};
  CHECK(*decode_log(encode(log)) == log);
  const std::vector<std::string> words{"$Forwarded", "a"};
  CHECK(*decode_keywords(encode_keywords(words)) == words);
  CHECK(*decode_references(encode_references(3)) == 3);
}

TEST_CASE("octets of version 1 stay what they are") {
  CHECK(encode(NameRow{MailboxId{0x01020304}, imap::SpecialUse::archive}) == View("\1\1\2\3\4\1", 6));
  CHECK(encode_references(2) == View("\1\0\0\0\2", 5));
  CHECK(encode_keywords({"ab"}) == View("\1\2ab", 4));
  CHECK(keys::message(MailboxId{0xAB}, Uid{0x10}) == "m/m/000000ab/00000010");
  CHECK(keys::log(MailboxId{1}, 0xFEDC) == "m/l/00000001/000000000000fedc");
  CHECK(keys::reference(BlobId{255}) == "m/r/00000000000000ff");
  CHECK(keys::summary(BlobId{255}) == "o/00000000000000ff");
  CHECK(keys::blob_of_summary("o/00000000000000ff")->value() == 255);
  CHECK(keys::mailbox(MailboxId{5}) == "m/b/00000005");
  CHECK(keys::name("INBOX") == "m/d/INBOX");
}

TEST_CASE("rows of messages and mailboxes of older versions are read") {
  const std::string common = std::string(7, '\0') + "\x09" + std::string(7, '\0') + "\x0A" + std::string(7, '\0') +
                             "\x0B" + std::string(7, '\0') + "\x0C" + "\x05";
  const std::string keywords("\0\3", 2);
  MessageRow row{{12, 5, {3}}, BlobId{9}, 10, WallTime(std::chrono::seconds(11))};
  CHECK(*decode_message("\x01" + common + keywords) == row);
  row.capsule = "cap";
  row.digest = 6;
  CHECK(*decode_message("\x02" + common + "\x03" + "cap" + std::string("\0\0\0\6", 4) + keywords) == row);
  CHECK_FALSE(decode_message("\x03" + common + "\x08" + keywords).has_value());
  CHECK_FALSE(decode_message("\x04" + common + keywords).has_value());
  // A number that no message has is not written, as an empty capsule is not.
  const std::string email = "\x03" + common + "\x02" + std::string(7, '\0');
  CHECK(decode_message(email + "\x07" + keywords)->email == 7);
  CHECK(decode_message(email + std::string(1, '\0') + keywords).error().code == Code::corrupt);
  // Whoever deleted messages before they were counted left a number that nobody knows.
  std::string mailbox = encode(MailboxRow{});
  mailbox[0] = 1;
  mailbox.resize(mailbox.size() - 8);
  CHECK(decode_mailbox(mailbox)->deleted_octets == std::optional<std::uint64_t>(0));
  mailbox[20] = 1;  // the last octet of the count of deleted messages
  CHECK_FALSE(decode_mailbox(mailbox)->deleted_octets.has_value());
}

TEST_CASE("a value that is cut, goes on or has another version is corrupt") {
  const std::string good = encode(MailboxRow{});
  for (std::size_t cut = 0; cut < good.size(); ++cut)
    CHECK(decode_mailbox(View(good).substr(0, cut)).error().code == Code::corrupt);
  CHECK_FALSE(decode_mailbox(good + "x").has_value());
  std::string newer = good;
  newer[0] = 3;
  CHECK_FALSE(decode_mailbox(newer).has_value());
  MessageRow row;
  row.keywords = {1};
  const std::string message = encode(row);
  CHECK_FALSE(decode_message(View(message).substr(0, message.size() - 1)).has_value());
  CHECK_FALSE(decode_keywords(View("\1\5ab", 4)).has_value());
  CHECK_FALSE(decode_log(View("\1\xFF\xFF\xFF\xFF", 5)).has_value());
  CHECK_FALSE(decode_name(View("\1\0\0\0\1\x63", 6)).has_value());
}

TEST_CASE("flags: their octets are those of the format, and others are corrupt") {
  FlagBlock block;
  block.set(Uid{65}, {0x0102, 9, {7}});
  block.set(Uid{66}, {0x0102, 9, {7}});
  block.set(Uid{70}, {3, 0, {}});
  const std::string octets(
      "\x01\x02"
      "\0\0\0\0\0\0\x01\x02\x09\0\x01\0\x07"
      "\0\0\0\0\0\0\0\x03\0\0\0"
      "\x01\x02\x01\x06\x06\x02",
      2 + 13 + 11 + 6);
  CHECK(encode(block) == octets);
  CHECK(keys::flags(MailboxId{0xAB}, FlagBlock::number(Uid{65})) == "m/f/000000ab/00000001");
  CHECK(keys::block_of("m/f/000000ab/00000001").value() == 1);
  for (const std::size_t cut : {0U, 1U, 5U, 14U, 20U, 31U}) CHECK_FALSE(decode_flags(View(octets).substr(0, cut)));
  for (const auto& [at, wrong] : {std::pair(26, '\x05'), {27, '\x40'}, {28, '\0'}, {28, '\x03'}}) {
    std::string broken = octets;
    broken[static_cast<std::size_t>(at)] = wrong;
    CHECK(decode_flags(broken).error().code == Code::corrupt);
  }
}

TEST_CASE("uids gather into ranges") {
  std::vector<UidRange> ranges;
  for (const std::uint32_t uid : {1U, 2U, 3U, 5U, 7U, 8U}) append_uid(ranges, Uid{uid});
  CHECK(ranges == std::vector<UidRange>{{Uid{1}, Uid{3}}, {Uid{5}, Uid{5}}, {Uid{7}, Uid{8}}});
}

TEST_CASE("numbers come back out of keys") {
  CHECK(keys::uid_of(keys::message(MailboxId{3}, Uid{4'000'000'000}))->value() == 4'000'000'000);
  CHECK(keys::mailbox_of(keys::log(MailboxId{3}, 9))->value() == 3);
  CHECK_FALSE(keys::uid_of("m/m/00000001/0000001").has_value());
  CHECK_FALSE(keys::uid_of("m/m/00000001/0000000G").has_value());
}
