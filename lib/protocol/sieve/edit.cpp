#include "protocol/sieve/edit.h"

#include <cstddef>
#include <utility>

namespace posthorn::sieve {

namespace {

bool may_change(Run& run, const Result<std::string>& octets) {
  if (!octets) {
    run.fail("the message cannot be changed so: " + octets.error().note);
    return false;
  }
  const std::size_t before = run.mail().octets().size();
  const std::size_t grown = octets->size() > before ? octets->size() - before : 0;
  return run.spend(1 + (before + octets->size()) / kOctetsOfStep) && run.hold(0, grown);
}

}  // namespace

// FNV-1a.
BoundarySource::BoundarySource(View seed) : state_(0xCBF29CE484222325U) {
  for (const char c : seed) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
}

// SplitMix64.
void BoundarySource::fill(std::span<std::byte> out) {
  for (std::byte& octet : out) {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = (state_ ^ (state_ >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    octet = static_cast<std::byte>(mixed >> 56U);
  }
}

bool change_message(Run& run, Result<std::string> octets) {
  if (!may_change(run, octets)) return false;
  run.mail().change(std::move(*octets));
  return true;
}

bool enclose_message(Run& run, Result<std::string> octets) {
  if (!may_change(run, octets)) return false;
  run.mail().enclose(std::move(*octets));
  return true;
}

}  // namespace posthorn::sieve
