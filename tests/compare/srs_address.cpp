// Rewrites addresses for srs_addresses.py: HOST LENGTH KEY..., then lines "forward DAY LOCAL DOMAIN" or "reverse DAY
// LOCAL DOMAIN" on standard input; prints "LOCAL DOMAIN" or the word of the error.
#include <iostream>
#include <string>

#include "posthorn/grammar/mail/srs.h"

using namespace posthorn;

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  mail::SrsOptions options;
  options.host = argv[1];
  options.hash_length = std::stoul(argv[2]);
  for (int i = 3; i < argc; ++i) options.secrets.emplace_back(View(argv[i]));
  const auto rewriter = mail::SrsRewriter::make(std::move(options));
  if (!rewriter) return 2;
  std::string verb;
  int day = 0;
  mail::Mailbox address;
  while (std::cin >> verb >> day >> address.local_part >> address.domain) {
    const std::chrono::sys_days today{std::chrono::days(day)};
    const auto out = verb == "forward" ? rewriter->forward(address, today) : rewriter->reverse(address, today);
    if (out) {
      std::cout << out->local_part << " " << out->domain << "\n";
    } else {
      std::cout << name_of(out.error().code) << "\n";
    }
  }
}
