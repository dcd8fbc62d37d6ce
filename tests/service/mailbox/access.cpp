#include "service/mailbox/access.h"

#include <set>

#include "service/mailbox/fixture.h"

using namespace posthorn;
using namespace posthorn::mailbox;
using imap::RightsChange;

namespace {

class FakeVisitor : public Visitor {
 public:
  explicit FakeVisitor(std::set<std::string> names) : names_(std::move(names)) {}
  AccountId account() const override { return AccountId{9}; }
  Result<bool> is(View identifier) const override {
    if (identifier == "broken") return fail(environment_error(Code::unavailable));
    return names_.contains(own(identifier));
  }
  std::uint64_t stamp() const override { return 1; }
  bool has_own_seen() const override { return true; }

 private:
  std::set<std::string> names_;
};

imap::Rights rights(View letters) { return *imap::parse_rights(letters); }

}  // namespace

TEST_CASE("rights: together what is given, or what overrides, without what is taken") {
  const FakeVisitor visitor({"anyone", "user=9", "group=a", "group-override=b"});
  const auto of = [&](const AclRow& acl) { return *rights_by(acl, visitor); };
  CHECK(of({}) == imap::Rights());
  CHECK(of({{"anyone", rights("l")}, {"group=a", rights("r")}, {"user=9", rights("s")}, {"user=8", rights("w")}}) ==
        rights("lrs"));
  CHECK(of({{"-anyone", rights("r")}, {"user=9", rights("lrs")}}) == rights("ls"));
  CHECK(of({{"-user=8", rights("r")}, {"user=9", rights("lrs")}}) == rights("lrs"));
  CHECK(of({{"group-override=b", rights("l")}, {"user=9", rights("lrs")}}) == rights("l"));
  CHECK(of({{"group-override=c", rights("l")}, {"user=9", rights("lrs")}}) == rights("lrs"));
  CHECK(of({{"-group=a", rights("l")}, {"group-override=b", rights("lr")}, {"user=9", rights("lrs")}}) == rights("r"));
  CHECK(rights_by({{"broken", rights("l")}}, visitor).error().code == Code::unavailable);
}

TEST_CASE("entries are changed one by one, sorted, and none is empty") {
  Limits limits;
  limits.acl_entries = 3;
  limits.identifier_octets = 8;
  AclRow acl;
  CHECK(change_entry(acl, "b", RightsChange::add, rights("lr"), limits));
  CHECK(change_entry(acl, "a", RightsChange::replace, rights("s"), limits));
  CHECK(change_entry(acl, "b", RightsChange::remove, rights("rw"), limits));
  CHECK(change_entry(acl, "c", RightsChange::remove, rights("rw"), limits));
  CHECK(acl == AclRow{{"a", rights("s")}, {"b", rights("l")}});
  CHECK(decode_acl(encode_acl(acl)) == acl);
  CHECK(change_entry(acl, "c", RightsChange::add, rights("l"), limits));
  CHECK(change_entry(acl, "d", RightsChange::add, rights("l"), limits).error().code == Code::too_many);
  CHECK(change_entry(acl, "a", RightsChange::replace, {}, limits));
  CHECK(acl == AclRow{{"b", rights("l")}, {"c", rights("l")}});
  CHECK(change_entry(acl, "123456789", RightsChange::add, rights("l"), limits).error().code == Code::too_long);
  CHECK(change_entry(acl, "", RightsChange::add, rights("l"), limits).error().code == Code::syntax);
  CHECK(change_entry(acl, View("a\0b", 3), RightsChange::add, rights("l"), limits).error().code == Code::syntax);
}

TEST_CASE("broken rows are told, and give nothing") {
  for (const View bad : {View(""), View("\x02"), View("\x01\x00", 2), View("\x01\x00\x01\x00\x02x", 6),
                         View("\x01\xFF\xFF\x00\x01x", 6)}) {
    CHECK_FALSE(decode_acl(bad).has_value());
  }
}

TEST_CASE("answers follow the ACL; who sees nothing is not told that there is something") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    Process process(*store);
    const auto owner = process.account->session();
    const auto partition = *store->open(kAccount);
    const auto visitor = std::make_shared<FakeVisitor>(std::set<std::string>{"user=9"});
    const Access access(*partition, visitor);
    const MailboxId inbox{1};
    CHECK(code_of(access.require(inbox, {})) == Code::not_found);
    REQUIRE(owner->set_acl("INBOX", "user=9", RightsChange::add, rights("r")));
    CHECK(code_of(access.require(inbox, rights("r"))) == Code::not_found);
    REQUIRE(owner->set_acl("INBOX", "user=9", RightsChange::add, rights("l")));
    CHECK(access.require(inbox, rights("r")).has_value());
    CHECK(code_of(access.require(inbox, rights("rs"))) == Code::denied);
    CHECK(*access.rights(inbox) == rights("lr"));
    REQUIRE(owner->remove("Trash"));
    CHECK(*Access(*partition, nullptr).rights(inbox) == imap::Rights::all());
    require_sound(*process.account);
  }
}

TEST_CASE("the number of identifiers in an ACL is limited") {
  const auto store = store::make_memory_store();
  Limits limits;
  limits.acl_entries = 1;
  Process process(*store, {}, limits);
  const auto owner = process.account->session();
  CHECK(owner->set_acl("INBOX", "user=1", RightsChange::add, rights("l")));
  CHECK(code_of(owner->set_acl("INBOX", "user=2", RightsChange::add, rights("l"))) == Code::too_many);
  CHECK(owner->set_acl("INBOX", "user=1", RightsChange::replace, {}));
  CHECK(owner->set_acl("INBOX", "user=2", RightsChange::add, rights("l")));
}
