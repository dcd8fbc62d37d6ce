// From data as the wire has it to the records that evaluations get.
#pragma once

#include <optional>

#include "posthorn/grammar/dns/message.h"
#include "posthorn/protocol/dns/resolver.h"

namespace posthorn::dns {

/// The record of data; the strings of TXT are put together, an alias that was asked for itself (Type::cname) becomes
/// a Ptr. nullopt: data of another type than those of Type.
[[nodiscard]] std::optional<Record> record_of(const wire::Data& data);

}  // namespace posthorn::dns
