#include "shared/token_judge.h"

#include <cstdio>
#include <cstdlib>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace posthorn;
using namespace posthorn::servers;

namespace {

constexpr WallTime kNow{std::chrono::seconds(1'000'000)};

/// A folder that goes away.
struct Folder {
  std::string path = "/tmp/posthorn-keys-XXXXXX";
  std::string file;
  Folder() {
    REQUIRE(mkdtemp(path.data()) != nullptr);
    file = path + "/keys.json";
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    ::unlink(file.c_str());
    ::rmdir(path.c_str());
  }
  void write(View octets) const {
    std::FILE* out = std::fopen(file.c_str(), "w");
    REQUIRE(out != nullptr);
    CHECK(std::fwrite(octets.data(), 1, octets.size(), out) == octets.size());
    std::fclose(out);
  }
};

}  // namespace

TEST_CASE("read_file(): octets, or why not") {
  const Folder folder;
  CHECK(read_file(folder.file, 10).error().note == "No such file or directory");
  folder.write("0123456789");
  CHECK(read_file(folder.file, 10) == "0123456789");
  CHECK(read_file(folder.file, 9).error().note == "more than 9 octets");
  CHECK(read_file(folder.path, 10).error().note == "no regular file");
  folder.write("");
  CHECK(read_file(folder.file, 10) == "");
  ::unlink(folder.file.c_str());
  REQUIRE(::mkfifo(folder.file.c_str(), 0600) == 0);
  CHECK(read_file(folder.file, 10).error().note == "no regular file");
}

TEST_CASE("make_token_judge(): none, one, or what is wrong with its keys") {
  const Folder folder;
  LineLog log(false);
  Settings settings;
  const auto none = make_token_judge(settings, log, kNow);
  REQUIRE(none);
  CHECK(*none == nullptr);
  settings.oauth_issuer = "https://as.example";
  settings.oauth_audience = "mail";
  settings.oauth_keys = folder.file;
  CHECK(make_token_judge(settings, log, kNow).error().note ==
        "oauth.keys '" + folder.file + "': No such file or directory");
  folder.write("{}");
  CHECK(make_token_judge(settings, log, kNow).error().note ==
        "oauth.keys '" + folder.file + "': the key set has no list of objects 'keys'");
  // RFC 8037 appendix A.2.
  folder.write(R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
  const auto made = make_token_judge(settings, log, kNow);
  REQUIRE(made);
  CHECK(*made != nullptr);
}
