// What a MailCryptKey is made of.
#pragma once

#include <string>

#include "service/vault/import/evp.h"

namespace posthorn::vault {

struct MailCryptMaterial {
  evp::Pkey key;
  const evp::Curve* curve = nullptr;  // null for RSA
  std::string id;
};

}  // namespace posthorn::vault
