#include "protocol/imap/commands/list.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("LIST takes what its grammar says and nothing else") {
  for (View arguments : {View(" \"\" *"), View(" x \"\""), View(" () \"\" %"), View(" (SPECIAL-USE) \"\" * RETURN ()"),
                         View(" \"\" (a b) RETURN (SUBSCRIBED CHILDREN SPECIAL-USE)"),
                         View(" \"\" % RETURN (MYRIGHTS METADATA (/shared/a /private/b) STATUS (SIZE))"),
                         View(" \"\" % RETURN (METADATA /shared/a)")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::list::spec.check(c), arguments);
  }
  for (View arguments :
       {View(""), View(" x"), View(" \"\" ("), View(" (BOGUS) \"\" *"), View(" \"\" * RETURN"),
        View(" \"\" * RETURN (X)"), View(" \"\" * RETURN (METADATA)"), View(" \"\" * RETURN (METADATA (a))"),
        View(" \"\" * RETURN (STATUS ())"), View(" (RECURSIVEMATCH) \"\" *"), View(" \"\" * (X)")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::list::spec.check(c), arguments);
  }
}

namespace {
// The mailboxes of RFC 5258 section 5.
struct Fruit : testing::NamesStage {
  Fruit() {
    for (const char* name :
         {"Fruit", "Fruit/Apple", "Fruit/Banana", "Tofu", "Vegetable", "Vegetable/Broccoli", "Vegetable/Corn"}) {
      account.make(name);
    }
    account.subscriptions = {"Fruit/Banana", "Fruit/Peach", "INBOX", "Vegetable", "Vegetable/Broccoli"};
  }
};
// Of example 9.
struct Trees : testing::NamesStage {
  Trees() {
    for (const char* name : {"foo2", "foo2/bar1", "foo2/bar2", "baz2", "baz2/bar2", "baz2/bar22", "baz2/bar222", "eps2",
                             "eps2/mamba", "qux2", "qux2/bar2"}) {
      account.make(name);
    }
    account.subscriptions = {"foo2/bar1",   "foo2/bar2", "baz2/bar2",  "baz2/bar22",
                             "baz2/bar222", "eps2",      "eps2/mamba", "qux2/bar2"};
  }
};
}  // namespace

TEST_CASE("LIST with SUBSCRIBED and CHILDREN as in RFC 5258 section 5") {
  Fruit stage;
  CHECK(stage.say("LIST \"\" \"*\"") ==
        "* LIST (\\HasChildren) \"/\" \"Fruit\"\r\n"
        "* LIST (\\HasNoChildren) \"/\" \"Fruit/Apple\"\r\n"
        "* LIST (\\HasNoChildren) \"/\" \"Fruit/Banana\"\r\n"
        "* LIST (\\HasNoChildren) \"/\" \"INBOX\"\r\n"
        "* LIST (\\HasNoChildren) \"/\" \"Tofu\"\r\n"
        "* LIST (\\HasChildren) \"/\" \"Vegetable\"\r\n"
        "* LIST (\\HasNoChildren) \"/\" \"Vegetable/Broccoli\"\r\n"
        "* LIST (\\HasNoChildren) \"/\" \"Vegetable/Corn\"\r\n"
        "A OK Done\r\n");
  CHECK(stage.say("LIST (SUBSCRIBED) \"\" \"*\"") ==
        "* LIST (\\HasNoChildren \\Subscribed) \"/\" \"Fruit/Banana\"\r\n"
        "* LIST (\\HasNoChildren \\NonExistent \\Subscribed) \"/\" \"Fruit/Peach\"\r\n"
        "* LIST (\\HasNoChildren \\Subscribed) \"/\" \"INBOX\"\r\n"
        "* LIST (\\HasChildren \\Subscribed) \"/\" \"Vegetable\"\r\n"
        "* LIST (\\HasNoChildren \\Subscribed) \"/\" \"Vegetable/Broccoli\"\r\n"
        "A OK Done\r\n");
  CHECK(stage.say("LIST (REMOTE) \"\" \"%\" RETURN (CHILDREN SUBSCRIBED)") ==
        "* LIST (\\HasChildren) \"/\" \"Fruit\"\r\n"
        "* LIST (\\HasNoChildren \\Subscribed) \"/\" \"INBOX\"\r\n"
        "* LIST (\\HasNoChildren) \"/\" \"Tofu\"\r\n"
        "* LIST (\\HasChildren \\Subscribed) \"/\" \"Vegetable\"\r\n"
        "A OK Done\r\n");
}

TEST_CASE("RECURSIVEMATCH tells of parents whose children are not told of (RFC 5258 section 5, example 9)") {
  Trees stage;
  CHECK(stage.say("LIST (RECURSIVEMATCH SUBSCRIBED) \"\" \"*2\"") ==
        "* LIST (\\HasNoChildren \\Subscribed) \"/\" \"baz2/bar2\"\r\n"
        "* LIST (\\HasNoChildren \\Subscribed) \"/\" \"baz2/bar22\"\r\n"
        "* LIST (\\HasNoChildren \\Subscribed) \"/\" \"baz2/bar222\"\r\n"
        "* LIST (\\HasChildren \\Subscribed) \"/\" \"eps2\" (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n"
        "* LIST (\\HasChildren) \"/\" \"foo2\" (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n"
        "* LIST (\\HasNoChildren \\Subscribed) \"/\" \"foo2/bar2\"\r\n"
        "* LIST (\\HasNoChildren \\Subscribed) \"/\" \"qux2/bar2\"\r\n"
        "A OK Done\r\n");
  CHECK(stage.say("LIST (SUBSCRIBED RECURSIVEMATCH) \"\" foo2") ==
        "* LIST (\\HasChildren) \"/\" \"foo2\" (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\nA OK Done\r\n");
}

TEST_CASE("a parent that does not exist is told of too, and that it does not (RFC 5258 section 5)") {
  Fruit stage;
  stage.account.subscriptions = {"gone/below"};
  CHECK(stage.say("LIST (SUBSCRIBED RECURSIVEMATCH) \"\" %") ==
        "* LIST (\\HasNoChildren \\NonExistent) \"/\" \"gone\" (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\nA OK Done\r\n");
  // It is nothing to LIST without options.
  CHECK(stage.say("LIST \"\" go*") == "A OK Done\r\n");
}

TEST_CASE("special uses are selected and returned (RFC 6154 section 5)") {
  testing::NamesStage stage;
  stage.account.make("ToDo");
  stage.account.make("SentMail", SpecialUse::sent);
  stage.account.make("MyDrafts", SpecialUse::drafts);
  stage.account.make("Old/Trash", SpecialUse::trash);
  CHECK(stage.say("LIST (SPECIAL-USE) \"\" \"*\"") ==
        "* LIST (\\HasNoChildren \\Drafts) \"/\" \"MyDrafts\"\r\n"
        "* LIST (\\HasNoChildren \\Trash) \"/\" \"Old/Trash\"\r\n"
        "* LIST (\\HasNoChildren \\Sent) \"/\" \"SentMail\"\r\n"
        "A OK Done\r\n");
  CHECK(stage.say("LIST (SPECIAL-USE RECURSIVEMATCH) \"\" O% RETURN (SPECIAL-USE)") ==
        "* LIST (\\HasChildren \\NonExistent) \"/\" \"Old\" (\"CHILDINFO\" (\"SPECIAL-USE\"))\r\nA OK Done\r\n");
}

TEST_CASE("namespaces with a prefix: the levels in between, the root, absolute patterns") {
  testing::NamesStage stage;
  stage.account.host.namespaces = {{""}, {"#Users/"}, {"#Shared/"}};
  stage.share("#Shared/alice/Work", "anyone", *parse_rights("lr"));
  stage.share("#Shared/alice/Hidden", "ann", *parse_rights("rswi"));
  CHECK(stage.say("LIST \"\" %") ==
        "* LIST (\\HasChildren \\Noselect) \"/\" \"#Shared\"\r\n"
        "* LIST (\\HasNoChildren) \"/\" \"INBOX\"\r\nA OK Done\r\n");
  CHECK(stage.say("LIST #Shared/ %") == "* LIST (\\HasChildren \\Noselect) \"/\" \"#Shared/alice\"\r\nA OK Done\r\n");
  CHECK(stage.say("LIST () foo/ (#Shared/*)") ==
        "* LIST (\\HasChildren \\NonExistent) \"/\" \"#Shared/alice\"\r\n"
        "* LIST (\\HasNoChildren) \"/\" \"#Shared/alice/Work\"\r\nA OK Done\r\n");
  CHECK(stage.say("LIST \"\" \"\"") == "* LIST (\\Noselect) \"/\" \"\"\r\nA OK Done\r\n");
  CHECK(stage.say("LIST #Shared/alice \"\"") == "* LIST (\\Noselect) \"/\" \"#Shared/\"\r\nA OK Done\r\n");
  // An extended LIST has no special case: no mailbox has an empty name.
  CHECK(stage.say("LIST () \"\" (\"\")") == "A OK Done\r\n");
}

TEST_CASE("STATUS, MYRIGHTS and METADATA follow each mailbox that has them (RFC 5819, RFC 8440, RFC 9590)") {
  testing::NamesStage stage;
  stage.account.find("INBOX")->annotations["/shared/vendor/cmu/cyrus-imapd/color"] = "#b71c1c";
  stage.account.make("foo");
  stage.share("#Shared/bob", "ann", *parse_rights("l"));
  stage.account.subscriptions = {"INBOX", "foo", "gone", "#Shared/bob"};
  CHECK(stage.say("LIST (SUBSCRIBED) \"\" * RETURN (STATUS (MESSAGES) MYRIGHTS METADATA "
                  "(\"/shared/vendor/cmu/cyrus-imapd/color\"))") ==
        "* LIST (\\HasNoChildren \\Subscribed) \"/\" \"#Shared/bob\"\r\n"
        "* MYRIGHTS \"#Shared/bob\" l\r\n"
        "* LIST (\\HasNoChildren \\Subscribed) \"/\" \"INBOX\"\r\n"
        "* STATUS \"INBOX\" (MESSAGES 0)\r\n"
        "* MYRIGHTS \"INBOX\" lrswipkxteacd\r\n"
        "* METADATA \"INBOX\" (/shared/vendor/cmu/cyrus-imapd/color \"#b71c1c\")\r\n"
        "* LIST (\\HasNoChildren \\Subscribed) \"/\" \"foo\"\r\n"
        "* STATUS \"foo\" (MESSAGES 0)\r\n"
        "* MYRIGHTS \"foo\" lrswipkxteacd\r\n"
        "* METADATA \"foo\" (/shared/vendor/cmu/cyrus-imapd/color NIL)\r\n"
        "* LIST (\\HasNoChildren \\NonExistent \\Subscribed) \"/\" \"gone\"\r\n"
        "A OK Done\r\n");
  CHECK_FALSE(stage.state.enabled.condstore);
  CHECK(stage.say("LIST () \"\" foo RETURN (STATUS (HIGHESTMODSEQ))").find("(HIGHESTMODSEQ 1)") != std::string::npos);
  CHECK(stage.state.enabled.condstore);
}

TEST_CASE("names are modified UTF-7, and UTF-8 once the client has switched") {
  testing::NamesStage stage;
  stage.account.make("Entw\xC3\xBCrfe");
  stage.account.make("R&D");
  CHECK(stage.say("LIST \"\" R*") == "* LIST (\\HasNoChildren) \"/\" \"R&-D\"\r\nA OK Done\r\n");
  CHECK(stage.say("LIST \"\" \"Entw&APw-*\"") == "* LIST (\\HasNoChildren) \"/\" \"Entw&APw-rfe\"\r\nA OK Done\r\n");
  CHECK(stage.say("LIST \"\" R&D") == "refused: syntax");
  for (bool* on : {&stage.state.enabled.utf8, &stage.state.enabled.rev2}) {
    stage.state.enabled = {};
    *on = true;
    CHECK(stage.say("LIST \"\" R&D") == "* LIST (\\HasNoChildren) \"/\" \"R&D\"\r\nA OK Done\r\n");
    CHECK(stage.say("LIST \"\" \"Entw\xC3\xBC*\"") ==
          "* LIST (\\HasNoChildren) \"/\" \"Entw\xC3\xBCrfe\"\r\nA OK Done\r\n");
    CHECK(stage.say("LIST \"\" \"Entw&APw-*\"") == "A OK Done\r\n");
    CHECK(stage.say("LIST \"\" \"\xFF*\"") == "refused: syntax");
  }
}

TEST_CASE("LIST writes piece by piece, annotations too") {
  testing::NamesStage stage;
  for (int i = 0; i < 500; ++i) {
    stage.account.make("mailbox" + std::to_string(i))->annotations["/private/x"] = std::string(1000, 'x');
  }
  std::size_t largest = 0;
  const std::string heard = stage.say("LIST () \"\" * RETURN (METADATA (/private/x))", 2000, &largest);
  CHECK(heard.ends_with("A OK Done\r\n"));
  CHECK(std::count(heard.begin(), heard.end(), '\n') == 1003);
  CHECK(largest < 4200);
}

TEST_CASE("LIST has limits for patterns") {
  testing::NamesStage stage;
  std::string many = "LIST () \"\" (a";
  for (int i = 1; i < 50; ++i) many += " a";
  CHECK(stage.say(many + ")") == "A OK Done\r\n");
  CHECK(stage.say(many + " a)") == "refused: too_many");
  CHECK(stage.say("LIST \"\" " + std::string(2000, 'a')) == "A OK Done\r\n");
  CHECK(stage.say("LIST a " + std::string(2000, 'a')) == "refused: too_long");
}
