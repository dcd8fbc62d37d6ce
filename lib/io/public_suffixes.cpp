#include "posthorn/io/public_suffixes.h"

#include <libpsl.h>

namespace posthorn::io {

namespace {

class PublicSuffixList final : public dmarc::PublicSuffixes {
 public:
  explicit PublicSuffixList(psl_ctx_t* list) : list_(list, psl_free) {}
  [[nodiscard]] std::string organizational_domain(View domain) const override {
    std::string name = own(domain);
    const char* found = psl_registrable_domain(list_.get(), name.c_str());
    return found == nullptr ? name : std::string(found);
  }

 private:
  std::unique_ptr<psl_ctx_t, void (*)(psl_ctx_t*)> list_;
};

}  // namespace

Result<std::unique_ptr<dmarc::PublicSuffixes>> read_public_suffixes(const std::string& file) {
  psl_ctx_t* list = psl_load_file(file.c_str());
  if (list == nullptr) return fail(environment_error(Code::not_found, file + " is no list of public suffixes"));
  return std::make_unique<PublicSuffixList>(list);
}

}  // namespace posthorn::io
