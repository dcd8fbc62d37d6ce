// Every SASL mechanism: one row each, best first of those that show the same kind of evidence.
#pragma once

#include <array>
#include <cstddef>

#include "protocol/sasl/mechanisms/anonymous.h"
#include "protocol/sasl/mechanisms/external.h"
#include "protocol/sasl/mechanisms/login.h"
#include "protocol/sasl/mechanisms/oauthbearer.h"
#include "protocol/sasl/mechanisms/plain.h"
#include "protocol/sasl/mechanisms/scram.h"
#include "protocol/sasl/mechanisms/xoauth2.h"

namespace posthorn::sasl::mechanism {

inline constexpr std::array kAll{scram::plus_spec,  scram::spec,   plain::spec,    login::spec,
                                 oauthbearer::spec, xoauth2::spec, external::spec, anonymous::spec};

constexpr bool has_duplicate() {
  for (std::size_t i = 0; i < kAll.size(); ++i) {
    for (std::size_t j = i + 1; j < kAll.size(); ++j) {
      if (kAll[i].name == kAll[j].name) return true;
    }
  }
  return false;
}
static_assert(!has_duplicate());

}  // namespace posthorn::sasl::mechanism
