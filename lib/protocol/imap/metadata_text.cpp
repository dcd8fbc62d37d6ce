#include "protocol/imap/metadata_text.h"

#include <algorithm>
#include <functional>
#include <set>

#include "posthorn/protocol/imap/arguments.h"

namespace posthorn::imap {

namespace {

constexpr CharSet kEntryChar = chars::kVisible + CharSet(" ") - CharSet("*%");

bool is_entry_name(View name) {
  return name.starts_with('/') && !name.ends_with('/') && name.find("//") == View::npos &&
         std::all_of(name.begin(), name.end(), [](char octet) { return kEntryChar[octet]; });
}

// "~{n}" CRLF and n octets of any kind (RFC 3516 section 4.4).
bool value_octets(Cursor& c, std::string& out) {
  std::uint64_t count = 0;
  View octets;
  if (!(c.octet('~') && c.octet('{') && c.number(count))) return false;
  c.try_octet('+');
  if (!(c.octet('}') && c.octet('\r') && c.octet('\n') && c.octets(count, octets))) return false;
  out = octets;
  return true;
}

// How many levels `name` lies below `parent`; 0 when it is the same; nullopt when it is neither.
std::optional<std::size_t> levels_below(View name, View parent) {
  if (!name.starts_with(parent)) return std::nullopt;
  const View rest = name.substr(parent.size());
  if (!rest.empty() && rest.front() != '/') return std::nullopt;
  return static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '/'));
}

bool reaches(EntryDepth depth, std::size_t levels) {
  switch (depth) {
    case EntryDepth::none: return levels == 0;
    case EntryDepth::one: return levels <= 1;
    case EntryDepth::infinity: return true;
  }
  return false;
}

void write_name(View name, Responder& responder) {
  const bool is_atom = std::all_of(name.begin(), name.end(), [](char octet) { return kAstringChar[octet]; });
  if (is_atom) {
    responder.raw(name);
  } else {
    responder.string(name);
  }
}

void write_value(const std::optional<std::string>& value, Responder& responder) {
  if (value && value->find('\0') != std::string::npos) {
    responder.raw("~").literal(value->size()).raw(*value);
  } else {
    responder.nstring(value);
  }
}

}  // namespace

bool entry_name(Cursor& c, std::string& out) {
  if (!astring(c, out)) return false;
  if (out.size() > kMaxEntryName) return c.fail(Code::too_long, "the name of an entry");
  if (!is_entry_name(out)) return c.fail(Code::syntax, "the name of an entry");
  std::transform(out.begin(), out.end(), out.begin(), to_lower);
  return true;
}

bool entry_names(Cursor& c, std::vector<std::string>& out) {
  const bool list = c.try_octet('(');
  do {
    std::string name;
    if (out.size() == kMaxEntries) return c.fail(Code::too_many, "entries");
    if (!entry_name(c, name)) return false;
    out.push_back(std::move(name));
  } while (list && c.try_sp());
  return !list || c.octet(')');
}

bool entry_value(Cursor& c, std::optional<std::string>& out) {
  if (c.peek() != '~') return nstring(c, out);
  out.emplace();
  return value_octets(c, *out);
}

bool has_entry_root(View name) { return name.starts_with("/private/") || name.starts_with("/shared/"); }

ChosenEntries choose(const std::vector<MetadataEntry>& all, const EntryChoice& choice) {
  ChosenEntries chosen;
  std::set<std::string, std::less<>> taken;
  for (const std::string& wanted : choice.names) {
    bool found = false;
    for (const MetadataEntry& entry : all) {
      const auto levels = levels_below(entry.name, wanted);
      if (!levels || !reaches(choice.depth, *levels) || !entry.value) continue;
      found = true;
      if (!taken.insert(entry.name).second) continue;
      if (choice.max_size && entry.value->size() > *choice.max_size) {
        chosen.longest = std::max<std::uint64_t>(chosen.longest, entry.value->size());
      } else {
        chosen.entries.push_back(entry);
      }
    }
    if (!found && choice.depth == EntryDepth::none && taken.insert(wanted).second) {
      chosen.entries.push_back({wanted, std::nullopt});
    }
  }
  return chosen;
}

bool MetadataResponse::write(Responder& responder) {
  for (; at_ < entries_.size(); ++at_) {
    if (responder.full()) return false;
    if (at_ == 0) {
      responder.raw("* METADATA ").mailbox(mailbox_).raw(" (");
    } else {
      responder.raw(" ");
    }
    write_name(entries_[at_].name, responder);
    responder.raw(" ");
    write_value(entries_[at_].value, responder);
    if (at_ + 1 == entries_.size()) responder.raw(")").end();
  }
  return true;
}

}  // namespace posthorn::imap
