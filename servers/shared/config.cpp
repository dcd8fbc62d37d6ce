#include "shared/config.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <unordered_set>

#include <fmt/core.h>
#include <toml++/toml.h>

#include "shared/config_rows.h"

namespace posthorn::servers {

namespace {

/// Edits (insert, erase, replace) that make one word of another.
std::size_t distance(View a, View b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

bool has_word(View words, View word) {
  for (std::size_t at = 0; at <= words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    if (words.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

/// Reads tables by rows and collects what is wrong.
class Reader {
 public:
  Reader(View name, ConfigProblems& problems) : name_(name), problems_(problems) {}

  template <class T>
  void read(const toml::table& table, std::span<const ConfigKey<T>> keys, const std::string& prefix, View where,
            T& into, std::span<const View> tables) {
    for (const auto& [key, node] : table) {
      const std::string full = prefix + std::string(key.str());
      if (std::find(tables.begin(), tables.end(), full) != tables.end()) continue;
      const auto row = std::find_if(keys.begin(), keys.end(), [&](const auto& k) { return k.name == full; });
      if (row != keys.end()) {
        set(*row, node, into);
      } else if (const auto* inner = node.as_table(); inner != nullptr && is_prefix(keys, full, tables)) {
        read(*inner, keys, full + ".", where, into, tables);
      } else {
        problem(node, fmt::format("unknown key '{}'{}; did you mean '{}'?", full, where, nearest(keys, full, tables)));
      }
    }
    if (!prefix.empty()) return;
    for (const auto& row : keys) {
      if (row.required && !table.at_path(row.name))
        problem(table, fmt::format("the key '{}'{} is missing", row.name, where));
    }
  }

  /// What only the whole file can tell of the texts in it.
  void check(const toml::table& root, const Settings& settings) {
    for (const auto& row : settings_keys()) {
      const auto node = root.at_path(row.name);
      if (row.check == nullptr || !node) continue;
      const auto look_at = [&](const toml::node& text) {
        const std::string value = text.value_or(std::string());
        if (const auto good = row.check(value, settings); !good)
          problem(text, fmt::format("'{}' is '{}': {}", row.name, value, good.error().note));
      };
      if (const auto* list = node.as_array()) {
        for (const auto& text : *list) look_at(text);
      } else {
        look_at(*node.node());
      }
    }
  }

  void problem(const toml::node& node, View what) {
    problems_.push_back(
        fmt::format("{}:{}: {}", name_, std::max(node.source().begin.line, toml::source_index{1}), what));
  }

 private:
  template <class T>
  static bool is_prefix(std::span<const ConfigKey<T>> keys, View full, std::span<const View> tables) {
    const std::string dotted = own(full) + ".";
    return std::any_of(keys.begin(), keys.end(), [&](const auto& k) { return k.name.starts_with(dotted); }) ||
           std::any_of(tables.begin(), tables.end(), [&](View t) { return t.starts_with(dotted); });
  }

  template <class T>
  static View nearest(std::span<const ConfigKey<T>> keys, View full, std::span<const View> tables) {
    View best = keys.front().name;
    const auto consider = [&](View name) {
      // People often leave the table away: compare with the last part too, at a small price.
      const View last = name.substr(name.rfind('.') + 1);
      const auto cost = [&](View n) {
        return std::min(distance(n, full), distance(n.substr(n.rfind('.') + 1), full) + 1);
      };
      if (cost(name) < cost(best) || (last == full && name != best)) best = name;
    };
    for (const auto& k : keys) consider(k.name);
    for (View t : tables) consider(t);
    return best;
  }

  template <class T>
  void set(const ConfigKey<T>& row, const toml::node& node, T& into) {
    std::visit([&](auto target) { assign(row, node, into.*target); }, row.target);
  }

  template <class T>
  void assign(const ConfigKey<T>& row, const toml::node& node, std::string& into) {
    const auto text = node.value_exact<std::string>();
    if (!text) return problem(node, fmt::format("'{}' must be a text in quotes", row.name));
    if (!row.choices.empty() && !has_word(row.choices, *text)) {
      return problem(node, fmt::format("'{}' is '{}'; it must be one of: {}", row.name, *text, row.choices));
    }
    if (row.required && text->empty()) return problem(node, fmt::format("'{}' must not be empty", row.name));
    into = *text;
  }

  template <class T>
  void assign(const ConfigKey<T>& row, const toml::node& node, std::uint64_t& into) {
    const auto number = node.value_exact<std::int64_t>();
    if (!number) return problem(node, fmt::format("'{}' must be a whole number", row.name));
    if (*number < 0 || static_cast<std::uint64_t>(*number) < row.low ||
        static_cast<std::uint64_t>(*number) > row.high) {
      return problem(node, fmt::format("'{}' is {}; it must be from {} to {}", row.name, *number, row.low, row.high));
    }
    into = static_cast<std::uint64_t>(*number);
  }

  template <class T>
  void assign(const ConfigKey<T>& row, const toml::node& node, bool& into) {
    const auto value = node.value_exact<bool>();
    if (!value) return problem(node, fmt::format("'{}' must be true or false", row.name));
    into = *value;
  }

  template <class T>
  void assign(const ConfigKey<T>& row, const toml::node& node, std::vector<std::string>& into) {
    const auto* list = node.as_array();
    if (list == nullptr) return problem(node, fmt::format("'{}' must be a list of texts", row.name));
    into.clear();  // what is written takes the place of the default
    for (const auto& item : *list) {
      const auto text = item.template value_exact<std::string>();
      if (!text) return problem(item, fmt::format("'{}' must be a list of texts", row.name));
      into.push_back(*text);
    }
  }

  View name_;
  ConfigProblems& problems_;
};

constexpr View kTables[] = {"listener", "tls.certificate"};

template <class T>
void read_tables(Reader& reader, const toml::table& root, View name, std::span<const ConfigKey<T>> keys,
                 std::vector<T>& into) {
  const auto found = root.at_path(name);
  if (!found) return;
  const auto* list = found.as_array();
  if (list == nullptr || !list->is_homogeneous(toml::node_type::table)) {
    return reader.problem(*found.node(), fmt::format("'{0}' must be tables: write [[{0}]]", name));
  }
  for (const auto& node : *list) {
    T item;
    reader.read<T>(*node.as_table(), keys, "", fmt::format(" in [[{}]]", name), item, {});
    into.push_back(std::move(item));
  }
}

void check_oauth(const Settings& settings, View name, ConfigProblems& problems) {
  const Settings defaults;
  for (const auto& row : settings_keys()) {
    const auto* target = std::get_if<std::string Settings::*>(&row.target);
    if (target == nullptr || !row.name.starts_with("oauth.")) continue;
    if (settings.oauth_issuer.empty() && settings.**target != defaults.**target)
      problems.push_back(fmt::format("{}: '{}' without 'oauth.issuer'", name, row.name));
  }
  if (settings.oauth_issuer.empty()) return;
  const auto need = [&](View key, const std::string& value) {
    if (value.empty()) problems.push_back(fmt::format("{}: 'oauth.issuer' needs '{}'", name, key));
  };
  need("oauth.audience", settings.oauth_audience);
  need("oauth.keys", settings.oauth_keys);
  need("oauth.claim", settings.oauth_claim);
}

void check_whole(const Settings& settings, View name, ConfigProblems& problems) {
  const bool needs_tls =
      std::any_of(settings.listeners.begin(), settings.listeners.end(), [](const auto& l) { return l.tls != "none"; });
  if (needs_tls && settings.certificates.empty()) {
    problems.push_back(fmt::format("{}: listeners with TLS need a certificate: add [[tls.certificate]]", name));
  }
  const std::string& prefix = settings.shared_prefix;
  if (!prefix.empty() && (prefix.size() < 2 || prefix[0] != '#' || prefix.find_first_of("/*%\"\\", 0) != View::npos)) {
    problems.push_back(
        fmt::format("{}: 'imap.shared_prefix' is '{}'; it must be # and a name without / * %", name, prefix));
  }
  if (!settings.group.empty() && settings.user.empty())
    problems.push_back(fmt::format("{}: 'group' without 'user'", name));
  check_oauth(settings, name, problems);
}

std::string quoted(View text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string text_of(const std::string& value) { return quoted(value); }
std::string text_of(std::uint64_t value) { return std::to_string(value); }
std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(const std::vector<std::string>& value) {
  std::string out = "[";
  for (const auto& item : value) out += (out.size() > 1 ? ", " : "") + quoted(item);
  return out + "]";
}

template <class T>
std::string value_of(const ConfigKey<T>& row, const T& from) {
  return std::visit([&](auto target) { return text_of(from.*target); }, row.target);
}

template <class T>
std::string kind_of(const ConfigKey<T>& row) {
  if (!row.choices.empty()) return "one of " + own(row.choices);
  struct Name {
    std::string operator()(std::string T::*) const { return "text"; }
    std::string operator()(std::uint64_t T::*) const { return fmt::format("number from {} to {}", low, high); }
    std::string operator()(bool T::*) const { return "true or false"; }
    std::string operator()(std::vector<std::string> T::*) const { return "list of texts"; }
    std::uint64_t low;
    std::uint64_t high;
  };
  return std::visit(Name{row.low, row.high}, row.target);
}

template <class T>
std::string format_tables(View name, std::span<const ConfigKey<T>> keys, const std::vector<T>& items) {
  std::string out;
  for (const auto& item : items) {
    out += fmt::format("\n[[{}]]\n", name);
    for (const auto& row : keys) out += fmt::format("{} = {}\n", row.name, value_of(row, item));
  }
  return out;
}

/// A text as roff shows it: no line starts a request, no backslash or hyphen changes.
std::string roff(View text) {
  std::string out;
  for (char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

template <class T>
std::string manual_of(std::span<const ConfigKey<T>> keys) {
  std::string out;
  const T defaults;
  for (const auto& row : keys) {
    out += fmt::format(".TP\n.B {}\n{}\n.br\n{}; {}.\n", roff(row.name), roff(row.help), roff(kind_of(row)),
                       row.required ? "required" : "default " + roff(value_of(row, defaults)));
  }
  return out;
}

}  // namespace

std::expected<Settings, ConfigProblems> parse_config(View text, View name) {
  ConfigProblems problems;
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const auto& error = parsed.error();
    problems.push_back(fmt::format("{}:{}: {}", name, error.source().begin.line, error.description()));
    return std::unexpected(std::move(problems));
  }
  Settings settings;
  Reader reader(name, problems);
  reader.read<Settings>(parsed.table(), settings_keys(), "", "", settings, kTables);
  read_tables(reader, parsed.table(), "tls.certificate", certificate_keys(), settings.certificates);
  read_tables(reader, parsed.table(), "listener", listener_keys(), settings.listeners);
  if (problems.empty()) {
    check_whole(settings, name, problems);
    reader.check(parsed.table(), settings);
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return settings;
}

std::expected<Settings, ConfigProblems> load_config(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return std::unexpected(ConfigProblems{path + ": cannot be read"});
  return parse_config(text.str(), path);
}

std::string format_config(const Settings& settings) {
  std::string out;
  View table;
  for (const auto& row : settings_keys()) {
    const std::size_t dot = row.name.rfind('.');
    const View in = dot == View::npos ? View() : row.name.substr(0, dot);
    if (in != table) out += fmt::format("\n[{}]\n", table = in);
    out += fmt::format("# {}\n{} = {}\n", row.help, row.name.substr(dot == View::npos ? 0 : dot + 1),
                       value_of(row, settings));
  }
  return out + format_tables("tls.certificate", certificate_keys(), settings.certificates) +
         format_tables("listener", listener_keys(), settings.listeners);
}

std::string format_config_manual() {
  return ".TH POSTHORN.TOML 5 \"\" Posthorn\n.SH NAME\nposthorn.toml \\- configuration of posthornd, smtpd, imapd, "
         "pop3d, sieved and posthorn\n"
         ".SH DESCRIPTION\nOne TOML file configures all programs. An unknown key is an error.\n"
         ".SH KEYS\n" +
         manual_of(settings_keys()) +
         ".SH TLS CERTIFICATES\nEach table\n.B [[tls.certificate]]\nnames one certificate. SIGHUP reads the files "
         "again.\n" +
         manual_of(certificate_keys()) + ".SH LISTENERS\nEach table\n.B [[listener]]\nopens one port.\n" +
         manual_of(listener_keys()) + ".SH SEE ALSO\n.BR posthornd (8),\n.BR posthorn (1)\n";
}

std::vector<std::string> config_keys() {
  std::vector<std::string> names;
  for (const auto& row : settings_keys()) names.emplace_back(row.name);
  for (const auto& row : certificate_keys()) names.push_back("tls.certificate." + own(row.name));
  for (const auto& row : listener_keys()) names.push_back("listener." + own(row.name));
  return names;
}

}  // namespace posthorn::servers
