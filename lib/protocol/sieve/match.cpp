#include "protocol/sieve/match.h"

#include <utility>

#include "protocol/sieve/extensions/comparators.h"
#include "protocol/sieve/extensions/match_types.h"

namespace posthorn::sieve {

namespace {

const ComparatorRow& comparator_of(const Call& call) {
  const TagRow* tag = call.chosen(Group::comparator);
  if (tag == nullptr) return extensions::kAsciiCasemap;
  // The compiler has put the row's place into the number.
  const Bound* bound = find_tag(call.program(), call.node(), *tag);
  return *call.program().comparators[bound->number];
}

}  // namespace

Match::Match(Call& call) : call_(call), type_(&extensions::kIsType), comparator_(&comparator_of(call)) {
  if (const TagRow* tag = call.chosen(Group::match_type)) type_ = tag->match;
  const Bound* bound = find_parameter(call.program(), call.node(), call.node().row->keys - 1U);
  keys_ = call.program().strings(bound->texts);
}

const void* Match::prepared() const {
  if (key_ == nullptr || key_->prepared == 0) return nullptr;
  return call_.program().prepared[key_->prepared - 1].get();
}

View Match::key(const Text& text) {
  key_ = &text;
  const Program& program = call_.program();
  if (text.collated.count != 0) return program.octets(text.collated);
  const View plain = run().text(program, text);
  if (!type_->collates || comparator_->collate == nullptr) return plain;
  return run().keep(comparator_->collate(plain));
}

bool Match::compare(View original, View collated) {
  ++values_;
  original_ = original;
  if (type_->counts) return false;
  for (const Text& text : keys_) {
    const View wanted = key(text);
    if (run().failed() || !run().spend_octets(kOctetsOfText + collated.size() + wanted.size())) return false;
    if (!type_->holds(*this, collated, wanted)) continue;
    fits_ = true;
    if (run().traces())
      run().trace(call_.node().at, "\"" + own(original) + "\" fits \"" + own(run().text(call_.program(), text)) + "\"");
    return true;
  }
  return false;
}

bool Match::value(View text) {
  if (!type_->collates || comparator_->collate == nullptr) return compare(text, text);
  return compare(text, run().keep(comparator_->collate(text)));
}

bool Match::value(const Decoded& text) {
  const bool cached = type_->collates && comparator_ == &extensions::kAsciiCasemap;
  return cached ? compare(text.text, text.collated) : value(text.text);
}

bool Match::finish() {
  if (!type_->counts) return fits_;
  const std::string count = std::to_string(values_);
  for (const Text& text : keys_) {
    if (!run().spend_octets(kOctetsOfText)) return false;
    if (type_->holds(*this, count, key(text))) return true;
  }
  return false;
}

bool match_texts(Call& call, std::size_t values) {
  Match match(call);
  for (std::size_t i = 0; i < call.count(values); ++i) {
    if (match.value(call.text_at(values, i))) break;
  }
  return match.finish();
}

}  // namespace posthorn::sieve
