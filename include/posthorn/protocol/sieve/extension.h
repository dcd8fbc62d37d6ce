// The rows that extensions are made of. A command, a test, a tag, a comparator is one row; what the library and a host
// know of it stands there and nowhere else.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/sieve/action.h"

namespace posthorn::sieve {

class Call;
class Check;
class Match;
class Run;
struct Selection;

/// What an argument is.
enum class Value : std::uint8_t {
  none,  ///< a tag with nothing behind it
  number,
  string,
  strings,  ///< a string or a list of strings
};

/// What a command or test accepts of others' tags: bits.
using Takes = std::uint16_t;
namespace takes {
inline constexpr Takes match = 1;           ///< a match type and a comparator
inline constexpr Takes address_part = 2;    ///< ":localpart" and its like
inline constexpr Takes occurrence = 4;      ///< ":index" and ":last": which of several fields
inline constexpr Takes part = 8;            ///< ":mime" and ":anychild": fields of the part that the script looks at
inline constexpr Takes copy = 16;           ///< ":copy": cancels no implicit keep
inline constexpr Takes filing = 32;         ///< puts a message into a mailbox: ":flags"
inline constexpr Takes mailbox = 64;        ///< names a mailbox: ":create"
inline constexpr Takes sending = 128;       ///< makes a message: ":fcc"
inline constexpr Takes redirect = 256;      ///< sends the message on
inline constexpr Takes modifier = 512;      ///< changes the value of a variable
inline constexpr Takes from_header = 1024;  ///< reads fields of a header: ":mime" with its options
inline constexpr Takes answer = 2048;       ///< answers to a sender once in a while: ":seconds"
inline constexpr Takes envelope = 4096;     ///< asks for the envelope: ":zone"
}  // namespace takes

/// One of a group at most stands in a command.
enum class Group : std::uint8_t {
  none,
  match_type,
  comparator,
  address_part,
  zone,
  case_,
  first_case,
  quoting,
  body,
  period,
  location,
  mime_part
};

/// How values are compared with keys.
struct MatchType {
  /// Whether one value fits one key. Both are collated.
  bool (*holds)(Match& match, View value, View key) = nullptr;
  bool counts = false;      ///< the number of values is compared, not each of them
  bool substrings = false;  ///< the comparator has to know parts of texts
  bool collates = true;     ///< false: value and key come as they stand
  /// Makes of a key what `holds` finds as Match::prepared(). Says what is wrong with the key.
  std::shared_ptr<const void> (*prepare)(View key, bool ignores_case, std::string& wrong) = nullptr;
};

/// A comparator (RFC 4790).
struct ComparatorRow {
  View name;
  std::string (*collate)(View text) = nullptr;  ///< null: octets are compared as they are
  int (*compare)(View a, View b) = nullptr;     ///< negative: a is before b
  bool substrings = true;
  bool ignores_case = false;
};

struct TagRow {
  View name;     ///< without the colon
  Takes on = 0;  ///< the commands and tests of others that accept it; 0: those in whose row it stands
  Value value = Value::none;
  Group group = Group::none;
  /// Changes an action that a command made.
  void (*act)(Call& call, const TagRow& tag, Action& action) = nullptr;
  bool keeps = false;  ///< the action it stands in cancels no implicit keep
  /// Changes what fields a test looks at.
  void (*select)(Call& call, const TagRow& tag, Selection& selection) = nullptr;
  /// The part of an address that counts; nullopt: there is no such part.
  std::optional<std::string> (*part)(Run& run, View local_part, View domain) = nullptr;
  /// Gives to the match what of a field counts, instead of its whole text (RFC 5703 section 4).
  bool (*values)(Match& match, const TagRow& tag, View name, View raw) = nullptr;
  /// Changes a value before it goes into a variable (RFC 5229 section 4.1), those of a higher rank first.
  void (*modify)(std::string& value) = nullptr;
  std::uint8_t rank = 0;
  const MatchType* match = nullptr;
  bool lists = false;  ///< makes of an address the name of a list (RFC 6134)
  /// Looks at constant arguments while compiling.
  void (*check)(Check& check, const TagRow& tag) = nullptr;
  const TagRow* beside = nullptr;  ///< stands only where this one stands too
};

/// A positional argument.
struct Parameter {
  Value value = Value::string;
  bool optional = false;  ///< only in front, or only the last
};

/// What happens after a command.
enum class Flow : std::uint8_t { next, stop, back, out };  // back: return of an include; out: of a loop

enum class Control : std::uint8_t { none, require, if_, elsif, else_ };

/// A command or a test.
struct Row {
  View name;
  View source;  ///< RFC and section
  View example;
  std::span<const Parameter> parameters;
  std::span<const TagRow* const> tags;
  Takes takes = 0;
  bool has_block = false;
  std::uint8_t tests = 0;  ///< 0, 1, or 2 for a list of them
  Control control = Control::none;
  bool only_first = false;  ///< in front of all other commands but `require`
  std::uint8_t keys = 0;    ///< 1 + the place of the parameter whose strings values are matched with
  void (*check)(Check& check) = nullptr;
  /// What is known of a test while compiling: code that cannot be reached is not looked at (RFC 5463 section 4).
  std::optional<bool> (*known)(Check& check) = nullptr;
  Flow (*run)(Call& call) = nullptr;   ///< of a command
  bool (*test)(Call& call) = nullptr;  ///< of a test
};

/// Variables that the host or the run knows: ${NAME.rest} (RFC 5229 section 3).
struct Namespace {
  View name;
  std::optional<std::string> (*get)(Run& run, View rest) = nullptr;
  bool (*set)(Run& run, View rest, std::string value) = nullptr;  ///< null: cannot be set
};

/// What one name in `require` brings.
struct Extension {
  View name;
  View source;
  std::span<const Row* const> commands = {};
  std::span<const Row* const> tests = {};
  std::span<const TagRow* const> tags = {};
  std::span<const ComparatorRow* const> comparators = {};
  std::span<const Namespace* const> namespaces = {};
  std::span<const View> implies = {};  ///< names of extensions that come with it
  bool basic = false;                  ///< there without require; not in the capability
  bool hidden = false;                 ///< not in the capability
  bool answers_delivery = false;       ///< of no use where nothing is delivered (RFC 6785 section 3.11)
  bool variables = false;              ///< strings hold "${name}" (RFC 5229)
  bool characters = false;             ///< strings hold "${hex:...}" (RFC 5228 section 2.4.2.4)
};

}  // namespace posthorn::sieve
