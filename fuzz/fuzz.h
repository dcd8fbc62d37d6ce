// The one function of a fuzz target.
#pragma once

#include <string_view>

/// Feeds `input` to the code under test and aborts when a property does not hold. Deterministic, keeps no state.
void posthorn_fuzz(std::string_view input);
