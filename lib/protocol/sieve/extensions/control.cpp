#include "protocol/sieve/extensions/control.h"

#include <array>

#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

Flow stop(Call& /*call*/) { return Flow::stop; }

constexpr Row kIf{.name = "if",
                  .source = "RFC 5228 section 3.1",
                  .example = "if true { keep; }",
                  .has_block = true,
                  .tests = 1,
                  .control = Control::if_};
constexpr Row kElsif{.name = "elsif",
                     .source = "RFC 5228 section 3.1",
                     .example = "if false { stop; } elsif true { keep; }",
                     .has_block = true,
                     .tests = 1,
                     .control = Control::elsif};
constexpr Row kElse{.name = "else",
                    .source = "RFC 5228 section 3.1",
                    .example = "if false { stop; } else { keep; }",
                    .has_block = true,
                    .control = Control::else_};
constexpr std::array kNames{Parameter{Value::strings}};
constexpr Row kRequire{.name = "require",
                       .source = "RFC 5228 section 3.2",
                       .example = "require [\"fileinto\", \"copy\"];",
                       .parameters = kNames,
                       .control = Control::require};
constexpr Row kStop{.name = "stop", .source = "RFC 5228 section 3.3", .example = "stop;", .run = stop};
constexpr std::array kCommands{&kIf, &kElsif, &kElse, &kRequire, &kStop};

}  // namespace

constexpr Extension control{.name = "control", .source = "RFC 5228 section 3", .commands = kCommands, .basic = true};

}  // namespace posthorn::sieve::extensions
