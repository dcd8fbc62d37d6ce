// VMime doing the work of mime-load: mime-vmime CORPUS PASSES
#include <vmime/platforms/posix/posixHandler.hpp>
#include <vmime/vmime.hpp>

#include "mime_frame.h"

namespace {
/// Takes octets and keeps none.
class Count : public vmime::utility::outputStream {
 public:
  void flush() override {}
  std::uint64_t octets = 0;

 protected:
  void writeImpl(const vmime::byte_t* const, const size_t count) override { octets += count; }
};

const vmime::charset kUtf8(vmime::charsets::UTF_8);

class Reader {
 public:
  Reader() { vmime::platform::setHandler<vmime::platforms::posix::posixHandler>(); }

  void structure(const std::string& octets, bench::Work& work) {
    const auto message = vmime::make_shared<vmime::message>();
    message->parse(octets);
    work.parts += 1 + message->getBody()->getPartCount();
  }

  void full(const std::string& octets, bench::Work& work) {
    const auto message = vmime::make_shared<vmime::message>();
    message->parse(octets);
    part(*message, work);
  }

 private:
  void part(const vmime::bodyPart& part, bench::Work& work) {
    ++work.parts;
    for (const auto& field : part.getHeader()->getFieldList()) {
      ++work.fields;
      value(*field, work);
    }
    const auto body = part.getBody();
    for (const auto& child : body->getPartList()) this->part(*child, work);
    if (body->getPartCount() > 0) return;
    const vmime::mediaType type = body->getContentType();
    if (type.getType() == "message" && type.getSubType() == "rfc822") {
      vmime::string inside;
      vmime::utility::outputStreamStringAdapter out(inside);
      body->getContents()->extract(out);
      full(inside, work);
      return;
    }
    Count count;
    try {
      const vmime::charset charset = body->getCharset();
      if (type.getType() == "text" && !(charset == kUtf8) && !(charset == vmime::charset(vmime::charsets::US_ASCII))) {
        const auto converter = vmime::charsetConverter::create(charset, kUtf8);
        const auto filtered = converter->getFilteredOutputStream(count);
        body->getContents()->extract(*filtered);
        filtered->flush();
      } else {
        body->getContents()->extract(count);
      }
    } catch (const vmime::exception&) {  // a charset that it does not know
    }
    work.body_octets += count.octets;
  }

  static void value(const vmime::headerField& field, bench::Work& work) {
    const auto value = field.getValue();
    if (const auto text = std::dynamic_pointer_cast<const vmime::text>(value)) {
      work.header_octets += converted(*text);
    } else if (const auto mailbox = std::dynamic_pointer_cast<const vmime::mailbox>(value)) {
      work.header_octets += converted(mailbox->getName());
    } else if (const auto list = std::dynamic_pointer_cast<const vmime::addressList>(value)) {
      for (const auto& address : list->getAddressList()) {
        if (const auto one = std::dynamic_pointer_cast<const vmime::mailbox>(address))
          work.header_octets += converted(one->getName());
      }
    }
    if (const auto* parameters = dynamic_cast<const vmime::parameterizedHeaderField*>(&field)) {
      for (const auto& parameter : parameters->getParameterList()) {
        try {
          work.header_octets += parameter->getValue().getConvertedText(kUtf8).size();
        } catch (const vmime::exception&) {  // a charset that it does not know
        }
      }
    }
  }

  static std::uint64_t converted(const vmime::text& text) {
    try {
      return text.getConvertedText(kUtf8).size();
    } catch (const vmime::exception&) {
      return 0;
    }
  }
};
}  // namespace

int main(int argc, char** argv) {
  Reader reader;
  return bench::run(argc, argv, reader);
}
