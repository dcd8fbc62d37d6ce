#include "shared/networks.h"

namespace posthorn::servers {

Result<std::vector<IpNetwork>> networks(View key, const std::vector<std::string>& texts) {
  std::vector<IpNetwork> all;
  for (const std::string& text : texts) {
    const auto network = IpNetwork::parse(text);
    if (!network) return fail(caller_error(Code::syntax, own(key) + ": '" + text + "' is no network"));
    all.push_back(*network);
  }
  return all;
}

}  // namespace posthorn::servers
