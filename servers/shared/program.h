// What the four servers have in common: command line, start, signals, stop. A main names the program and its roles.
#pragma once

#include <span>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::servers {

struct Program {
  std::string name;
  std::string about;
  std::span<const View> roles;  ///< whose listeners it serves
};

/// Runs until SIGTERM or SIGINT. @returns the exit status: 0 stopped, 1 could not start, 2 bad configuration
int run(const Program& program, int count, char** words);

}  // namespace posthorn::servers
