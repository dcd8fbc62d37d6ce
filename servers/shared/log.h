// Lines for the operator on the standard error stream, one for each event; journald or a file takes them from there.
#pragma once

#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/io/server.h"
#include "posthorn/service/journal/observer.h"

namespace posthorn::servers {

/// Octets of a peer as one harmless word of at most `most` characters: printable ASCII stays, the rest becomes \xNN.
[[nodiscard]] std::string escaped(View octets, std::size_t most = 200);

/// Writes each line with one write(2). Safe to use from many threads.
class LineLog final : public journal::Observer {
 public:
  /// @param addresses  whether lines name clients and accounts
  explicit LineLog(bool addresses, int descriptor = 2) : addresses_(addresses), descriptor_(descriptor) {}

  void happened(const journal::Event& event) override;
  /// What io tells (io::Notify).
  void noticed(io::Notice what, View peer, View detail);
  /// A sentence of the program itself.
  void say(View sentence);

 private:
  bool addresses_;
  int descriptor_;
};

}  // namespace posthorn::servers
