#include "posthorn/bytes/error.h"

namespace posthorn {

View name_of(Code code) {
  switch (code) {
    case Code::syntax: return "syntax";
    case Code::bad_state: return "bad_state";
    case Code::too_long: return "too_long";
    case Code::too_many: return "too_many";
    case Code::unsupported: return "unsupported";
    case Code::not_found: return "not_found";
    case Code::exists: return "exists";
    case Code::conflict: return "conflict";
    case Code::denied: return "denied";
    case Code::encryption_needed: return "encryption_needed";
    case Code::over_quota: return "over_quota";
    case Code::unavailable: return "unavailable";
    case Code::no_space: return "no_space";
    case Code::corrupt: return "corrupt";
    case Code::sealed: return "sealed";
    case Code::timed_out: return "timed_out";
    case Code::closed: return "closed";
    case Code::misuse: return "misuse";
    case Code::defect: return "defect";
  }
  return "defect";
}

}  // namespace posthorn
