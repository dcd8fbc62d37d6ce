#include "posthorn/protocol/sasl/mechanism.h"

#include <algorithm>

#include "posthorn/grammar/char_set.h"

#include "protocol/sasl/mechanisms/all.h"

namespace posthorn::sasl {

std::span<const MechanismSpec> mechanisms() { return mechanism::kAll; }

const MechanismSpec* find_mechanism(View name) {
  const auto row = std::ranges::find_if(mechanism::kAll, [name](const auto& m) { return same_word(m.name, name); });
  return row == mechanism::kAll.end() ? nullptr : row;
}

std::vector<const MechanismSpec*> offered(bool tls, bool bindable, bool clear) {
  std::vector<const MechanismSpec*> rows;
  // Without TLS even SCRAM gives an eavesdropper something to try passwords on, and the session to whoever is between.
  if (!tls && !clear) return rows;
  for (const MechanismSpec& row : mechanism::kAll) {
    if (!row.needs_channel_binding || (tls && bindable)) rows.push_back(&row);
  }
  return rows;
}

}  // namespace posthorn::sasl
