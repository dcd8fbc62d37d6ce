// Files of TREES and the columns of its keys: any split reads the same, nothing is made up, costs are bounded.
//
// input = octet: even, a file follows; odd, a key's columns (costs, then octets cut into columns of the right sizes).
#include "posthorn/service/vault/import/trees.h"

#include <cstddef>
#include <string>

#include "posthorn/bytes/codec/hex.h"

#include "check.h"
#include "fuzz.h"

namespace {
using namespace posthorn;

// Of tests/vectors/import/trees.txt: the seeds are sealed to it.
constexpr View kPrivateKey = "e463620c37b5a7d7da753ffed7364ab6115b8b70837f50c21c3787d257246c10";

Secret private_key() { return Secret(codec::hex_decode(kPrivateKey).value_or("")); }

struct Outcome {
  std::string plain;
  Error error;
  bool whole = false;
  bool operator==(const Outcome&) const = default;
};

Outcome read(View file, std::size_t chunk) {
  vault::TreesReader reader(private_key());
  Outcome out;
  for (std::size_t at = 0; at < file.size(); at += chunk) {
    const auto good = reader.feed(file.substr(at, chunk), out.plain);
    if (good) continue;
    out.error = good.error();
    fuzzing::check(reader.feed("x", out.plain).error() == out.error, "a reader that failed stays so");
    return out;
  }
  const auto good = reader.finish(out.plain);
  out.whole = good.has_value();
  if (!good) out.error = good.error();
  fuzzing::check(!reader.finish(out.plain).has_value(), "a file is over once");
  return out;
}

void read_file(View file) {
  const Outcome whole = read(file, file.size() + 1);
  fuzzing::check(read(file, 1) == whole, "any split reads the same");
  fuzzing::check(read(file, 8239) == whole, "any split reads the same");
  if (!whole.whole) return;
  fuzzing::check(vault::is_trees(file), "what is read begins as such files do");
  const std::size_t boxes = whole.plain.size() / 8192 + 1;
  fuzzing::check(file.size() == vault::kTreesHeader + boxes * 48 + whole.plain.size(), "every octet was sealed");
}

std::string take(View& input, std::size_t count) {
  const View taken = input.substr(0, count);
  input.remove_prefix(taken.size());
  return own(taken);
}

void read_columns(View input) {
  vault::TreesColumns columns;
  const std::string costs = take(input, 4);
  if (costs.size() < 4) return;
  columns.pwhash_algo = static_cast<unsigned char>(costs[0]) % 4U;
  columns.opslimit = static_cast<unsigned char>(costs[1]);
  columns.memlimit = std::uint64_t{1} << (static_cast<unsigned char>(costs[2]) % 64U);
  columns.pwhash_salt = take(input, 16);
  columns.sk_nonce = take(input, 24);
  columns.locked_secretbox = take(input, 48);
  columns.public_key = take(input, 32);
  const auto key = vault::open_trees_key(columns, Secret(input), {.max_operations = 4, .max_memory = 16'384});
  fuzzing::check(!key || key->reveal().size() == 32, "a key has its size");
}
}  // namespace

void posthorn_fuzz(std::string_view input) {
  if (input.empty()) return;
  if ((static_cast<unsigned char>(input[0]) & 1U) == 0) {
    read_file(input.substr(1));
  } else {
    read_columns(input.substr(1));
  }
}
