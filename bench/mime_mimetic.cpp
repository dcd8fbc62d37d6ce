// mimetic doing what it can of the work of mime-load (it knows no charsets and no encoded words): mime-mimetic CORPUS
// PASSES
#include <mimetic/mimetic.h>

#include "mime_frame.h"

namespace {
/// Takes octets and keeps none.
struct Count {
  using iterator_category = std::output_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = void;
  Count& operator*() { return *this; }
  Count& operator++() { return *this; }
  Count operator++(int) { return *this; }
  Count& operator=(char) {
    ++*octets;
    return *this;
  }
  std::uint64_t* octets;
};

class Reader {
 public:
  void structure(const std::string& octets, bench::Work& work) {
    mimetic::MimeEntity message(octets.begin(), octets.end());
    work.parts += 1 + message.body().parts().size();
  }

  void full(const std::string& octets, bench::Work& work) {
    mimetic::MimeEntity message(octets.begin(), octets.end());
    entity(message, work);
  }

 private:
  void entity(mimetic::MimeEntity& part, bench::Work& work) {
    ++work.parts;
    mimetic::Header& header = part.header();
    for (auto& field : header) {
      ++work.fields;
      work.header_octets += mimetic::canonical(field.value()).size();
    }
    for (const auto& mailbox : header.from()) work.header_octets += mailbox.mailbox().size();
    for (auto& address : header.to())
      work.header_octets += address.isGroup() ? address.group().name().size() : address.mailbox().mailbox().size();
    for (auto& parameter : header.contentType().paramList()) work.header_octets += parameter.value().size();
    for (mimetic::MimeEntity* child : part.body().parts()) entity(*child, work);
    if (!part.body().parts().empty()) return;
    const mimetic::istring encoding = mimetic::istring(header.contentTransferEncoding().mechanism().c_str());
    const std::string& body = part.body();
    Count count{&work.body_octets};
    if (encoding == "base64") {
      mimetic::Base64::Decoder decoder;
      mimetic::decode(body.begin(), body.end(), decoder, count);
    } else if (encoding == "quoted-printable") {
      mimetic::QP::Decoder decoder;
      mimetic::decode(body.begin(), body.end(), decoder, count);
    } else {
      work.body_octets += body.size();
    }
  }
};
}  // namespace

int main(int argc, char** argv) {
  Reader reader;
  return bench::run(argc, argv, reader);
}
