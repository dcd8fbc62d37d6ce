#include "posthorn/io/public_suffixes.h"

namespace posthorn::io {

Result<std::unique_ptr<dmarc::PublicSuffixes>> read_public_suffixes(const std::string&) {
  return fail(environment_error(Code::unsupported, "built without libpsl"));
}

}  // namespace posthorn::io
