#include "auth/base64url.h"

#include <gtest/gtest.h>

namespace tallygate::auth {
namespace {

TEST(Base64Url, WritesTheVectorsOfRfc4648WithoutPadding) {
    const std::pair<std::string_view, std::string_view> vectors[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff", "-_8"}};

    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(base64url_encode(bytes), text);
        EXPECT_EQ(base64url_decode(text), bytes);
    }
}

TEST(Base64Url, ReadsBackEveryByteAtEveryPlace) {
    for (std::size_t length = 1; length <= 4; ++length) {
        for (int byte = 0; byte < 256; ++byte) {
            const std::string bytes(length, static_cast<char>(byte));

            EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
        }
    }
}

TEST(Base64Url, RefusesWhatItNeverWrites) {
    for (const std::string_view text : {"Z", "Zg==", "Zg=", "Zm8=", "Zm9vY", "Zh", "Zm9", "Zm 9v",
                                        " Zm9v", "Zm9v\n", "+_8", "-/8", "Zm\xc3\xa4", "Zm9v."}) {
        EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
    }
    EXPECT_EQ(base64url_decode(std::string_view("Zm\0v", 4)), std::nullopt);
}

}  // namespace
}  // namespace tallygate::auth
