#include "protocol/imap/mailbox_names.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

namespace {
MailboxInfo info(std::string name, bool exists = true) {
  MailboxInfo out;
  out.name = std::move(name);
  out.exists = out.selectable = exists;
  return out;
}
const Namespaces kSharing{{""}, {"#Users/"}, {"#Shared/", "#Shared/archive/"}};
}  // namespace

TEST_CASE("INBOX has one spelling, and so has what is below it") {
  CHECK(canonical_name("inbox") == "INBOX");
  CHECK(canonical_name("InBox/a") == "INBOX/a");
  CHECK(canonical_name("inboxes") == "inboxes");
  CHECK(canonical_name("a/inbox") == "a/inbox");
}

TEST_CASE("a name lies below another only behind the delimiter") {
  CHECK(is_below("a/b", "a"));
  CHECK(is_below("a/b/c", "a/b"));
  CHECK_FALSE(is_below("a", "a"));
  CHECK_FALSE(is_below("ab/c", "a"));
}

TEST_CASE("names with a number sign need a namespace that is told") {
  CHECK(has_namespace("plain", {}));
  CHECK(has_namespace("a/#b", {}));
  CHECK_FALSE(has_namespace("#news.comp", {}));
  CHECK(has_namespace("#Shared/a", kSharing));
  CHECK(has_namespace("#Users/bob/Work", kSharing));
  CHECK_FALSE(has_namespace("#Shared/", kSharing));
  CHECK_FALSE(has_namespace("#Shared", kSharing));
  CHECK_FALSE(has_namespace("#shared/a", kSharing));
}

TEST_CASE("a reference has the root of its namespace, and a pattern with a prefix needs no reference") {
  CHECK(root_of("", kSharing) == "");
  CHECK(root_of("foo/", kSharing) == "");
  CHECK(root_of("#Shared/alice", kSharing) == "#Shared/");
  CHECK(root_of("#Shared/archive/x", kSharing) == "#Shared/archive/");
  CHECK(joined_pattern("foo/", "%", kSharing) == "foo/%");
  CHECK(joined_pattern("foo/", "#Shared/%", kSharing) == "#Shared/%");
  CHECK(joined_pattern("foo/", "#x", kSharing) == "foo/#x");
}

TEST_CASE("levels that nobody made stand between the others") {
  const auto names =
      with_parents({info("INBOX"), info("a/b/c"), info("a-b"), info("gone/below", false), info("#Shared/alice/Work")});
  std::vector<std::string> told;
  for (const MailboxInfo& name : names) {
    told.push_back(name.name + (name.exists ? "" : " missing") + (name.has_children ? " +" : ""));
  }
  CHECK(told == std::vector<std::string>{"#Shared missing +", "#Shared/alice missing +", "#Shared/alice/Work", "INBOX",
                                         "a missing +", "a-b", "a/b missing +", "a/b/c", "gone missing",
                                         "gone/below missing"});
  CHECK(place_of("a-b", names) == 5);
  CHECK(place_of("a-c", names) == names.size());
}
