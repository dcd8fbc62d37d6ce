// Tokens that a test makes itself, signed by libsodium with the key of RFC 8037 appendix A, and the published ones.
#pragma once

#include <string>

#include <sodium.h>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/view.h"

namespace posthorn::oauth::testing {

inline std::string base64url(View octets) {
  std::string text = codec::base64_encode(octets);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

/// RFC 8037 appendix A.1.
inline constexpr View kPrivate = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
inline constexpr View kEdwardsKey =
    R"({"kty":"OKP","crv":"Ed25519","kid":"ed","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";

/// Signs with the private key whose seed is given in base64url.
inline std::string signed_with(View seed, const std::string& header, const std::string& claims) {
  const std::string octets = base64url(header) + "." + base64url(claims);
  const std::string secret = codec::base64url_decode(seed).value();
  std::string pair(crypto_sign_SECRETKEYBYTES, '\0');
  std::string point(crypto_sign_PUBLICKEYBYTES, '\0');
  std::string signature(crypto_sign_BYTES, '\0');
  const auto raw = [](auto& text) { return reinterpret_cast<unsigned char*>(text.data()); };
  const auto seen = [](const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  crypto_sign_seed_keypair(raw(point), raw(pair), seen(secret));
  crypto_sign_detached(raw(signature), nullptr, seen(octets), octets.size(), seen(pair));
  return octets + "." + base64url(signature);
}
inline std::string signed_token(const std::string& header, const std::string& claims) {
  return signed_with(kPrivate, header, claims);
}

/// RFC 7515 appendices A.2 and A.3: the tokens, and the keys (the first also in RFC 7517 appendix A.1).
inline constexpr View kRsaToken =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cn"
    "VlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9C"
    "UAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--"
    "xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_Ioyp"
    "GlUPQGe77Rw";
inline constexpr View kRsaKey =
    R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0)"
    R"(Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXB)"
    R"(dQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFk)"
    R"(MLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"})";
inline constexpr View kCurveToken =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cn"
    "VlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
inline constexpr View kCurveKey = R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                                  R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
/// RFC 8037 appendix A.4.
inline constexpr View kEdwardsToken =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
/// RFC 7515 appendices A.1 (HS256) and A.5 (none).
inline constexpr View kSecretToken =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmN"
    "vbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
inline constexpr View kUnsecuredToken =
    "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnV"
    "lfQ.";

/// A key set of these keys.
template <class... Keys>
std::string key_set(Keys... keys) {
  std::string list;
  ((list += (list.empty() ? "" : ",") + std::string(keys)), ...);
  return R"({"keys":[)" + list + "]}";
}

}  // namespace posthorn::oauth::testing
