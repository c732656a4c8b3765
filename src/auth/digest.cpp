#include "auth/digest.h"

#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace tallygate::auth {
namespace {

struct FreeDigest {
    void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct FreeMac {
    void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
};

void require(bool ok, const char* what) {
    if (!ok) throw std::runtime_error(std::string("OpenSSL cannot ") + what);
}

// Fetched by hand, because an implicit fetch takes a lock and a look-up each time.
struct Sha256Context {
    std::unique_ptr<EVP_MD, FreeDigest> digest{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
    std::unique_ptr<EVP_MD_CTX, FreeDigest> context{EVP_MD_CTX_new()};

    Sha256Context() { require(digest && context, "compute SHA-256"); }
};

}  // namespace

Sha256 sha256(std::string_view bytes) {
    thread_local const Sha256Context own;
    Sha256 hash;
    unsigned int size = 0;
    const bool ok = EVP_DigestInit_ex2(own.context.get(), own.digest.get(), nullptr) == 1 &&
                    EVP_DigestUpdate(own.context.get(), bytes.data(), bytes.size()) == 1 &&
                    EVP_DigestFinal_ex(own.context.get(), hash.data(), &size) == 1 &&
                    size == hash.size();
    require(ok, "compute SHA-256");
    return hash;
}

void HmacKey::FreeContext::operator()(EVP_MAC_CTX* context) const {
    EVP_MAC_CTX_free(context);
}

HmacKey::Context HmacKey::keyed(EVP_MAC* mac, const Secret& secret, const char* digest) {
    Context context(EVP_MAC_CTX_new(mac));
    // OpenSSL's parameters are not const; it only reads this one.
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest), 0),
        OSSL_PARAM_construct_end()};
    const std::string& key = secret.reveal();
    require(
        context && EVP_MAC_init(context.get(), reinterpret_cast<const unsigned char*>(key.data()),
                                key.size(), parameters) == 1,
        "prepare HMAC");
    return context;
}

HmacKey::HmacKey(const Secret& secret) {
    const std::unique_ptr<EVP_MAC, FreeMac> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    require(mac != nullptr, "compute HMAC");
    keyed_ = {keyed(mac.get(), secret, "SHA256"), keyed(mac.get(), secret, "SHA384"),
              keyed(mac.get(), secret, "SHA512")};
}

std::string HmacKey::sign(HmacAlgorithm algorithm, std::string_view text) const {
    const Context context(EVP_MAC_CTX_dup(keyed_[static_cast<std::size_t>(algorithm)].get()));
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
    std::size_t size = 0;
    const bool ok =
        context &&
        EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size()) == 1 &&
        EVP_MAC_final(context.get(), bytes.data(), &size, bytes.size()) == 1;
    require(ok, "compute HMAC");
    return {reinterpret_cast<const char*>(bytes.data()), size};
}

bool HmacKey::verify(HmacAlgorithm algorithm, std::string_view text,
                     std::string_view signature) const {
    const std::string expected = sign(algorithm, text);
    return signature.size() == expected.size() &&
           CRYPTO_memcmp(signature.data(), expected.data(), expected.size()) == 0;
}

}  // namespace tallygate::auth
