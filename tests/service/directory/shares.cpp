#include "service/directory/shares.h"

#include "service/directory/fixture.h"

using namespace posthorn;
using namespace posthorn::directory;
using namespace posthorn::directory::testing;

namespace {

struct Shared : Fixture {
  Shared() {
    domain("example.org");
    ann = mailbox("ann@example.org").id;
    bob = mailbox("bob@example.org").id;
  }
  Sharing& sharing() { return *directory->sharing(); }
  std::string groups() {
    std::string text;
    const auto all = sharing().groups();
    REQUIRE(all);
    for (const Group& group : *all) {
      text += (text.empty() ? "" : "; ") + group.name + ":";
      for (const std::string& member : group.members) text += " " + member;
    }
    return text;
  }
  AccountId ann, bob;
};

}  // namespace

TEST_CASE("groups have members, and members know their groups") {
  Shared host;
  CHECK(host.sharing().add_group("Staff"));
  CHECK(host.sharing().add_group("x"));
  CHECK(word(host.sharing().add_group("STAFF")) == "exists");
  for (const char* bad : {"", "-a", "a b", "a/b", "a:b", "$a", "\xC3\xA9"})
    CHECK(word(host.sharing().add_group(bad)) == "syntax");
  CHECK(word(host.sharing().add_group(std::string(65, 'a'))) == "syntax");
  CHECK(host.sharing().add_member("staff", "Bob@Example.org"));
  CHECK(host.sharing().add_member("staff", "bob@example.org"));
  CHECK(host.sharing().add_member("Staff", "ann@example.org"));
  CHECK(host.sharing().add_member("x", "ann@example.org"));
  CHECK(word(host.sharing().add_member("staff", "nobody@example.org")) == "not_found");
  CHECK(word(host.sharing().add_member("nothing", "ann@example.org")) == "not_found");
  CHECK(host.groups() == "staff: ann@example.org bob@example.org; x: ann@example.org");
  CHECK(*host.sharing().groups_of(host.ann) == std::vector<std::string>{"staff", "x"});
  CHECK(*host.sharing().has_group("STAFF"));
  CHECK_FALSE(*host.sharing().has_group("staf"));
  CHECK(host.sharing().remove_member("x", "ann@example.org"));
  CHECK(word(host.sharing().remove_member("x", "ann@example.org")) == "not_found");
  CHECK(host.sharing().remove_group("X"));
  CHECK(word(host.sharing().remove_group("x")) == "not_found");
  CHECK(host.groups() == "staff: ann@example.org bob@example.org");
}

TEST_CASE("a mailbox that is removed leaves its groups and the index, in both directions") {
  Shared host;
  CHECK(host.sharing().add_group("staff"));
  CHECK(host.sharing().add_member("staff", "ann@example.org"));
  CHECK(host.sharing().add_member("staff", "bob@example.org"));
  const std::string to_bob = user_identifier(host.bob);
  CHECK(host.sharing().announce(host.ann, to_bob));
  CHECK(host.sharing().announce(host.ann, "anyone"));
  CHECK(host.sharing().announce(host.bob, "anyone"));
  CHECK(*host.sharing().sharers("anyone") == std::vector{host.ann, host.bob});
  CHECK(*host.sharing().sharers(to_bob) == std::vector{host.ann});
  REQUIRE(host.directory->remove_mailbox("ann@example.org"));
  CHECK(host.groups() == "staff: bob@example.org");
  CHECK(host.sharing().groups_of(host.ann)->empty());
  CHECK(*host.sharing().sharers("anyone") == std::vector{host.bob});
  CHECK(host.sharing().sharers(to_bob)->empty());
  CHECK(host.sharing().announce(host.bob, user_identifier(host.ann)));
  CHECK(host.sharing().announce(host.ann, to_bob));
  REQUIRE(host.directory->remove_mailbox("bob@example.org"));
  CHECK(host.sharing().sharers(to_bob)->empty());
  CHECK(host.sharing().sharers("anyone")->empty());
}

TEST_CASE("identifiers in the index do not run into each other") {
  Shared host;
  CHECK(host.sharing().announce(host.ann, "group=a"));
  CHECK(host.sharing().announce(host.ann, "group=a"));
  CHECK(host.sharing().announce(host.bob, "group=a.b"));
  CHECK(*host.sharing().sharers("group=a") == std::vector{host.ann});
  CHECK(host.sharing().sharers("group=").value().empty());
}

TEST_CASE("public namespaces have numbers of their own, a quota, and go with all their mail") {
  Shared host;
  const auto news = host.sharing().add_public("News");
  REQUIRE(news);
  CHECK(news->id != host.ann);
  CHECK(word(host.sharing().add_public("NEWS")) == "exists");
  CHECK(word(host.sharing().add_public("a/b")) == "syntax");
  CHECK(host.mailbox("cat@example.org").id != news->id);
  const auto setting = host.directory->sealing().setting(news->id.value());
  REQUIRE_MESSAGE(setting, "mail can be stored there");
  CHECK(setting->state == vault::State::off);
  CHECK(host.sharing().set_public_quota("news", 10, 20));
  CHECK(word(host.sharing().set_public_quota("other", 1, 1)) == "not_found");
  const auto all = host.sharing().publics();
  REQUIRE(all);
  REQUIRE(all->size() == 1);
  CHECK(all->front().name == "News");
  CHECK(all->front().id == news->id);
  CHECK(all->front().quota_octets == 10);
  CHECK(all->front().quota_messages == 20);
  const auto partition = *host.store->open(news->id);
  REQUIRE(partition->commit(store::Batch().put("m/a", "x")));
  CHECK(host.sharing().remove_public("news"));
  CHECK(host.sharing().publics()->empty());
  CHECK_FALSE(host.directory->sealing().setting(news->id.value()));
  CHECK_FALSE((*host.store->open(news->id))->get("m/a")->has_value());
  CHECK(word(host.sharing().remove_public("news")) == "not_found");
}

TEST_CASE("the stamp changes with every change") {
  Shared host;
  std::uint64_t before = host.sharing().stamp();
  for (const auto& change : {std::function<void()>([&] { CHECK(host.sharing().add_group("g")); }),
                             std::function<void()>([&] { CHECK(host.sharing().add_member("g", "ann@example.org")); }),
                             std::function<void()>([&] { CHECK(host.sharing().announce(host.ann, "anyone")); })}) {
    change();
    CHECK(host.sharing().stamp() != before);
    before = host.sharing().stamp();
  }
}
