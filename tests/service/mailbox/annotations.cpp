#include "service/mailbox/annotations.h"

#include "service/mailbox/fixture.h"

using namespace posthorn;
using namespace posthorn::mailbox;
using Entries = std::vector<imap::MetadataEntry>;

TEST_CASE("annotations are kept with the mailbox through RENAME and go with it") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    Process process(*store);
    const auto session = process.account->session();
    const Entries both{{"/private/comment", "a"}, {"/shared/vendor/x/y", std::string("b\0c", 3)}};
    REQUIRE(session->create("a", imap::SpecialUse::none));
    REQUIRE(session->set_metadata("a", both));
    REQUIRE(session->set_metadata("", Entries{{"/private/comment", "server"}}));
    CHECK(*session->metadata("a") == both);
    CHECK(*session->metadata("") == Entries{{"/private/comment", "server"}});
    REQUIRE(session->rename("a", "b"));
    CHECK(*session->metadata("b") == both);
    REQUIRE(session->set_metadata("b", Entries{{"/private/comment", std::nullopt}, {"/private/none", std::nullopt}}));
    CHECK(session->metadata("b")->size() == 1);
    REQUIRE(session->set_metadata("b", Entries{{"/private/comment", ""}}));
    CHECK(session->metadata("b")->front().value == "");
    CHECK(code_of(session->metadata("a")) == Code::not_found);
    CHECK(code_of(session->set_metadata("a", both)) == Code::not_found);
    CHECK(code_of(session->set_metadata("", Entries{{"/shared/admin", "me"}})) == Code::denied);
    require_sound(*process.account);
    REQUIRE(session->remove("b"));
    require_sound(*process.account);
    const auto partition = *store->open(kAccount);
    CHECK(*annotation_octets(*partition) == View("/private/comment").size() + View("server").size());
  }
}

TEST_CASE("each limit of annotations is kept, and nothing is written where one is passed") {
  const auto store = store::make_memory_store();
  Limits limits;
  limits.annotation_octets = 10;
  limits.annotation_name_octets = 20;
  limits.annotations = 2;
  limits.annotation_storage = 60;
  Process process(*store, {}, limits);
  const auto session = process.account->session();
  CHECK(code_of(session->set_metadata("INBOX", Entries{{"/private/a", "x"}, {"/private/b", "12345678901"}})) ==
        Code::too_long);
  CHECK(code_of(session->set_metadata("INBOX", Entries{{"/private/901234567890x", "x"}})) == Code::too_long);
  CHECK(code_of(session->set_metadata(
            "INBOX", Entries{{"/private/a", "x"}, {"/private/b", "x"}, {"/private/c", "x"}})) == Code::too_many);
  for (const char* bad : {"/other/a", "private/a", "/private/", "/shared/a/", ""})
    CHECK(code_of(session->set_metadata("INBOX", Entries{{bad, "x"}})) == Code::syntax);
  CHECK(session->metadata("INBOX")->empty());
  CHECK(session->set_metadata("INBOX", Entries{{"/private/a", "1234567890"}, {"/private/b", "1234567890"}}));
  CHECK(session->set_metadata("INBOX", Entries{{"/private/a", std::nullopt}, {"/private/c", "1234567890"}}));
  CHECK(session->set_metadata("Sent", Entries{{"/private/a", "1234567890"}}));
  CHECK(code_of(session->set_metadata("Sent", Entries{{"/private/b", "x"}})) == Code::over_quota);
  const auto root = session->quota("");
  REQUIRE(root);
  CHECK(root->resources.back() == imap::QuotaUse{imap::QuotaResource::annotation_storage, 60, 60});
  CHECK(session->set_metadata("Sent", Entries{{"/private/a", "x"}}));
  CHECK(process.account->sharer()->set_notes_on("m2-1", Entries{{"/private/n", ""}}).error().code == Code::over_quota);
  CHECK(session->set_metadata("Sent", Entries{{"/private/a", std::nullopt}}));
  CHECK(process.account->sharer()->set_notes_on("m2-1", Entries{{"/private/n", "note"}}));
  CHECK(*process.account->sharer()->notes_on("m2-1") == Entries{{"/private/n", "note"}});
  CHECK(process.account->sharer()->notes_on("m2")->empty());
  require_sound(*process.account);
}

// RFC 6785 section 2.3.1.
TEST_CASE("the script of a mailbox is the one that it names, also none, or else the server's") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    Process process(*store);
    const auto session = process.account->session();
    const auto name = [&](View mailbox, std::optional<std::string> script) {
      REQUIRE(session->set_metadata(mailbox, Entries{{own(kEventScript), std::move(script)}}));
    };
    REQUIRE(session->create("a", imap::SpecialUse::none));
    CHECK(process.account->event_script("a") == "");
    name("a", "one");
    CHECK(process.account->event_script("a") == "one");
    CHECK(process.account->event_script("INBOX") == "");
    name("", "all");
    CHECK(process.account->event_script("a") == "one");
    CHECK(process.account->event_script("inbox") == "all");
    name("a", "");
    CHECK(process.account->event_script("a") == "");
    name("a", std::nullopt);
    CHECK(process.account->event_script("a") == "all");
    CHECK(code_of(process.account->event_script("b")) == Code::not_found);
    CHECK(code_of(process.account->event_script(View("a\0", 2))) == Code::not_found);
  }
}
