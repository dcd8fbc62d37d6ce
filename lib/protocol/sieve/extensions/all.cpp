#include "protocol/sieve/extensions/all.h"

#include "posthorn/protocol/sieve/program.h"

namespace posthorn::sieve {

Extensions all_extensions() { return extensions::kAll; }

std::string capability(Extensions which) {
  std::string out;
  for (const Extension* each : which) {
    if (each->basic || each->hidden) continue;
    if (!out.empty()) out += ' ';
    out += each->name;
  }
  return out;
}

}  // namespace posthorn::sieve
