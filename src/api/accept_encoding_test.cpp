#include "api/accept_encoding.h"

#include <array>

#include <gtest/gtest.h>

namespace tallygate::api {
namespace {

constexpr std::array kAll = {Coding::brotli, Coding::gzip, Coding::identity};
constexpr std::array kGzipOnly = {Coding::gzip, Coding::identity};

struct Wish {
    const char* accept_encoding;
    const char* of_all;
    const char* of_gzip_only;
};

void expect(std::span<const Wish> wishes) {
    for (const Wish& wish : wishes) {
        EXPECT_EQ(name_of(choose_coding(wish.accept_encoding, kAll)), wish.of_all)
            << wish.accept_encoding;
        EXPECT_EQ(name_of(choose_coding(wish.accept_encoding, kGzipOnly)), wish.of_gzip_only)
            << wish.accept_encoding;
    }
}

TEST(AcceptEncoding, ChoosesTheSmallestOfEquals) {
    constexpr Wish kWishes[] = {
        {"gzip, deflate, br, zstd", "br", "gzip"},
        {"br", "br", "identity"},
        {"gzip", "gzip", "gzip"},
        {"x-gzip", "gzip", "gzip"},
        {"GZip,BR", "br", "gzip"},
        {"*", "br", "gzip"},
        {"identity, gzip", "gzip", "gzip"},
        {"gzip;q=0.5, br;q=0.5", "br", "gzip"},
    };
    expect(kWishes);
}

TEST(AcceptEncoding, FollowsTheWeights) {
    constexpr Wish kWishes[] = {
        {"br;q=0.5, gzip", "gzip", "gzip"},
        {"br;q=0.501, gzip;q=0.5", "br", "gzip"},
        {"gzip;q=0.5, identity", "identity", "identity"},
        {"*;q=0.2, gzip;q=0.1", "br", "identity"},
        {"*;q=0.1, gzip;q=0.2", "gzip", "gzip"},
        {"br ; q=1.0 ,\tgzip ;\tQ=1.000", "br", "gzip"},
    };
    expect(kWishes);
}

TEST(AcceptEncoding, KeepsOffWhatTheClientDoesNotTake) {
    constexpr Wish kWishes[] = {
        {"br;q=0, gzip;q=0.001", "gzip", "gzip"},     {"br;q=0, *", "gzip", "gzip"},
        {"br;q=0.000", "identity", "identity"},       {"gzip;q=0, br;q=0", "identity", "identity"},
        {"identity;q=0, gzip;q=0.1", "gzip", "gzip"}, {"identity;q=0, *", "br", "gzip"},
        {"deflate, zstd", "identity", "identity"},
    };
    expect(kWishes);
}

TEST(AcceptEncoding, FallsBackToIdentity) {
    constexpr Wish kWishes[] = {
        {"", "identity", "identity"},         {" , ,", "identity", "identity"},
        {"identity", "identity", "identity"}, {"identity;q=0", "identity", "identity"},
        {"*;q=0", "identity", "identity"},
    };
    expect(kWishes);
}

TEST(AcceptEncoding, TakesNoWeightThatIsNone) {
    for (const char* weight : {"q=", "q=2", "q=-1", "q=1.001", "q=0.1234", "q=.5", "q=0,5", "q=0.x",
                               "q=1x", "q 1", "p=1", "q = 1", ""}) {
        const std::string wish = "br;" + std::string(weight);
        EXPECT_EQ(choose_coding(wish, kAll), Coding::identity) << wish;
    }
}

}  // namespace
}  // namespace tallygate::api
