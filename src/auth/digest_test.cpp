#include "auth/digest.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tallygate::auth {
namespace {

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    }
    return text;
}
std::string hex(const Sha256& hash) {
    return hex({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

TEST(Sha256, HashesTheVectorsOfFips180) {
    EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(sha256("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(HmacKey, SignsTheVectorsOfRfc4231) {
    const HmacKey key(Secret("Jefe"));
    constexpr std::string_view kText = "what do ya want for nothing?";

    EXPECT_EQ(hex(key.sign(HmacAlgorithm::hs256, kText)),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex(key.sign(HmacAlgorithm::hs384, kText)),
              "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b32"
              "39ecfab21649");
    EXPECT_EQ(hex(key.sign(HmacAlgorithm::hs512, kText)),
              "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d03"
              "4f65f8f0e6fd"
              "caeab1a34d4a6b4b636e070a38bce737");
}

TEST(HmacKey, TakesItsOwnSignatureAndNoOther) {
    const HmacKey key(Secret("a secret of some length"));
    const std::string good = key.sign(HmacAlgorithm::hs256, "a text that was signed");

    EXPECT_TRUE(key.verify(HmacAlgorithm::hs256, "a text that was signed", good));
    EXPECT_FALSE(key.verify(HmacAlgorithm::hs256, "a text that was not signed", good));
    EXPECT_FALSE(key.verify(HmacAlgorithm::hs512, "a text that was signed", good));
    EXPECT_FALSE(key.verify(HmacAlgorithm::hs256, "a text that was signed", good.substr(1)));
    EXPECT_FALSE(key.verify(HmacAlgorithm::hs256, "a text that was signed", ""));
}

}  // namespace
}  // namespace tallygate::auth
