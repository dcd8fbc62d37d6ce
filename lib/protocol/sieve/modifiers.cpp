#include "protocol/sieve/modifiers.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "protocol/sieve/interpolation.h"

namespace posthorn::sieve {

std::string modified(Call& call, View value) {
  std::vector<const TagRow*> modifiers;
  for (const Bound& each : call.program().tags(call.node())) {
    if (each.tag->modify != nullptr) modifiers.push_back(each.tag);
  }
  std::ranges::sort(modifiers, [](const TagRow* a, const TagRow* b) { return a->rank > b->rank; });
  std::string out(value);
  for (const TagRow* each : modifiers) each->modify(out);
  return out;
}

void set_variable(Call& call, View name, std::string value) {
  Run& run = call.run();
  run.trace(call.node().at, "set " + own(name) + " to \"" + value + "\"");
  const std::size_t dot = name.rfind('.');
  if (dot == View::npos) return run.set(*call.program().variable(lower_case(name)), std::move(value));
  for (const Namespace* each : call.program().namespaces) {
    if (each->name == lower_case(name.substr(0, dot)) && each->set != nullptr &&
        each->set(run, name.substr(dot + 1), run.cut(std::move(value))))
      return;
  }
  run.fail("\"" + own(name) + "\" cannot be set");
}

void check_variable(Check& check, const Check::Constant& name) {
  if (const std::size_t dot = name.text.rfind('.'); dot != View::npos) {
    const std::string space = lower_case(name.text.substr(0, dot));
    for (const Extension* extension : check.program().required) {
      for (const Namespace* each : extension->namespaces) {
        if (each->name != space) continue;
        if (each->set == nullptr) return check.error(name.at, "variables of \"" + space + "\" cannot be set");
        return check.program().namespaces.push_back(each);
      }
    }
    return check.error(name.at, "the namespace \"" + space + "\" is not known");
  }
  if (!is_identifier(name.text) || name.text.size() > check.limits().name)
    return check.error(name.at, "\"" + own(name.text) + "\" is no name of a variable");
  if (!declare(check.program(), check.limits(), name.text)) check.error(name.at, "too many variables");
}

}  // namespace posthorn::sieve
