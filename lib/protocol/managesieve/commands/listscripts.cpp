#include "protocol/managesieve/commands/listscripts.h"

#include "posthorn/protocol/managesieve/arguments.h"

namespace posthorn::managesieve::commands::listscripts_ {

Result<Args> parse(Cursor&) { return Args{}; }

Deed run(Args, const Facts&) {
  return Task([](Scripts& scripts) -> Answer {
    const auto listed = scripts.list();
    if (!listed) return listed.error();
    Ok answer{"These are all"};
    for (const ListedScript& script : *listed)
      answer.data += server_string(script.name) + (script.active ? " ACTIVE\r\n" : "\r\n");
    return answer;
  });
}

}  // namespace posthorn::managesieve::commands::listscripts_
