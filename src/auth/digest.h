// SHA-256 and HMAC, over OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/types.h>

#include "base/secret.h"

namespace tallygate::auth {

using Sha256 = std::array<std::uint8_t, 32>;

// Allocates once per thread, then never. Throws std::runtime_error where OpenSSL refuses.
Sha256 sha256(std::string_view bytes);

// The algorithms that a shared secret signs with (RFC 7518, 3.2).
enum class HmacAlgorithm : std::uint8_t { hs256, hs384, hs512 };

// One secret, ready to sign and verify with each algorithm. Any thread.
class HmacKey {
public:
    // Throws std::runtime_error where OpenSSL refuses.
    explicit HmacKey(const Secret& secret);

    // The raw bytes.
    std::string sign(HmacAlgorithm algorithm, std::string_view text) const;
    // Compares in a time that does not depend on where they differ.
    bool verify(HmacAlgorithm algorithm, std::string_view text, std::string_view signature) const;

private:
    struct FreeContext {
        void operator()(EVP_MAC_CTX* context) const;
    };
    using Context = std::unique_ptr<EVP_MAC_CTX, FreeContext>;
    static Context keyed(EVP_MAC* mac, const Secret& secret, const char* digest);

    std::array<Context, 3> keyed_;  // by algorithm; each signature works on a copy
};

}  // namespace tallygate::auth
