// libunbound's context and results as values that free themselves.
#pragma once

#include <memory>

#include <unbound.h>

#include "posthorn/io/dns_client.h"

namespace posthorn::io {

struct UnboundDelete {
  void operator()(ub_ctx* context) const { ub_ctx_delete(context); }
  void operator()(ub_result* result) const { ub_resolve_free(result); }
};
using Unbound = std::unique_ptr<ub_ctx, UnboundDelete>;
using UnboundResult = std::unique_ptr<ub_result, UnboundDelete>;

/// A context set up as the options say, not yet asked anything. @errors those of DnsClient::open
[[nodiscard]] Result<Unbound> make_unbound(const DnsOptions& options);

/// What a result says. One that contradicts itself is unavailable.
[[nodiscard]] dns::Answer read_result(const ub_result& result, dns::Type type);

}  // namespace posthorn::io
