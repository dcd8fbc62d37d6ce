// Entities as octets, below the delimiters of what is around them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/grammar/mime/builder.h"

namespace posthorn::mime {

/// The word of Content-Transfer-Encoding for octets that are not encoded.
[[nodiscard]] View word_of(Octets octets);

/// Whether a field follows from the body and so is written with it.
[[nodiscard]] bool is_derived(View field_name);

/// Whether a delimiter line of one multipart could be one of the other.
[[nodiscard]] bool collide(View boundary, View other);

class EntityWriter {
 public:
  EntityWriter(Random& random, const BuildOptions& options) : random_(random), options_(options) {}

  /// A multipart around has this boundary: nothing that is written may end it.
  void avoid(View boundary) {
    boundaries_.push_back("--" + own(boundary));
    foreign_.push_back(own(boundary));
  }

  /// Header, empty line and body, which does not end with the line end that belongs to the next delimiter.
  /// @param is_message  it gets a MIME-Version
  /// @param octets  becomes what the entity has, where that is more
  [[nodiscard]] Result<std::string> write(const Entity& entity, bool is_message, Octets& octets);

 private:
  /// The fields that follow from a body, and the body.
  struct Content {
    std::string fields;
    std::string body;
    Octets octets = Octets::seven_bit;
  };

  std::string entity(const Entity& entity, bool is_message, Octets& octets);
  Content content(const Entity& entity);
  Content body(const TextBody& text, const Entity& entity);
  Content body(const DataBody& data, const Entity& entity);
  Content body(const MessageBody& message, const Entity& entity);
  Content body(const MultipartBody& multipart, const Entity& entity);
  Content body(const VerbatimBody& ready, const Entity& entity);
  std::string fields(const Entity& entity, View type, std::vector<Parameter> parameters, View encoding);
  std::string ready(View octets);
  [[nodiscard]] bool has_delimiter(View body) const;
  [[nodiscard]] bool takes_delimiter(const Message& message) const;
  void check_header(const Entity& entity);
  void fail(Code code, View why);

  Random& random_;
  BuildOptions options_;
  std::vector<std::string> boundaries_;  // of the multiparts around, with their "--"
  std::vector<std::string> foreign_;     // those that were not made here, without it
  std::size_t depth_ = 0;
  std::optional<Error> error_;
};

}  // namespace posthorn::mime
