#include "protocol/imap/replies.h"

namespace posthorn::imap {

Reply reply_to(const Error& error, Missing missing) {
  const bool transient = error.lasting == Lasting::transient;
  switch (error.code) {
    case Code::syntax: return {Status::bad, {}, "The arguments are not understood"};
    case Code::bad_state: return {Status::bad, {}, "Not in this state"};
    case Code::too_long: return {Status::no, "TOOBIG", "Too long"};
    case Code::too_many: return {Status::no, "LIMIT", "Too many"};
    case Code::unsupported: return {Status::no, "CANNOT", "Not supported"};
    case Code::not_found:
      return missing == Missing::target ? Reply{Status::no, "TRYCREATE", "No such mailbox"}
                                        : Reply{Status::no, "NONEXISTENT", "Does not exist"};
    case Code::exists: return {Status::no, "ALREADYEXISTS", "Exists already"};
    case Code::conflict:
      return transient ? Reply{Status::no, "INUSE", "Changed by somebody else; try again"}
                       : Reply{Status::no, "CANNOT", "Not possible as things are"};
    case Code::denied: return {Status::no, "NOPERM", "Not allowed"};
    case Code::encryption_needed: return {Status::no, "PRIVACYREQUIRED", "Needs TLS"};
    case Code::over_quota: return {Status::no, "OVERQUOTA", "No room left in the mailbox"};
    case Code::unavailable:
    case Code::timed_out:
    case Code::closed: return {Status::no, "UNAVAILABLE", "Not available now; try again later"};
    case Code::no_space: return {Status::no, "SERVERBUG", "The server has no room now; try again later"};
    case Code::sealed:
      return {Status::no, "UNAVAILABLE", "This message is sealed; log in with the mailbox password to read it"};
    case Code::corrupt:
    case Code::misuse:
    case Code::defect: return {Status::no, "SERVERBUG", "The server failed"};
  }
  return {Status::no, "SERVERBUG", "The server failed"};
}

}  // namespace posthorn::imap
