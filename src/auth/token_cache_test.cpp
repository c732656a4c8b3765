#include "auth/token_cache.h"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tallygate::auth {
namespace {

TokenCache::Entry entry_for(const std::string& user) {
    return {std::make_shared<const Principal>(Principal{.user_id = user}), timestamp_of(1)};
}

TEST(TokenCache, FindsWhatWasPutAndNothingElse) {
    TokenCache cache(100);
    cache.put(sha256("a token"), entry_for("alice"));

    const auto found = cache.find(sha256("a token"));

    ASSERT_TRUE(found.principal);
    EXPECT_EQ(found.principal->user_id, "alice");
    EXPECT_EQ(found.valid_until, timestamp_of(1));
    EXPECT_FALSE(cache.find(sha256("another token")).principal);
    EXPECT_FALSE(cache.find(Sha256{}).principal);
}

TEST(TokenCache, TakesOneTokenOnce) {
    TokenCache cache(1);
    for (int i = 0; i < 100; ++i) {
        cache.put(sha256("a token"), entry_for("alice"));
    }
    cache.put(sha256("another token"), entry_for("bob"));

    EXPECT_TRUE(cache.find(sha256("a token")).principal);
}

TEST(TokenCache, IsBoundedAndForgetsWhatWasAskedForLeastLately) {
    TokenCache cache(1);
    // All of one lock and one set: the first byte chooses the lock.
    const auto token = [](std::uint8_t number) {
        Sha256 hash{};
        hash[31] = number;
        return hash;
    };
    for (std::uint8_t i = 1; i <= 8; ++i) {
        cache.put(token(i), entry_for(std::to_string(i)));
    }
    EXPECT_TRUE(cache.find(token(1)).principal);

    cache.put(token(9), entry_for("9"));

    EXPECT_TRUE(cache.find(token(1)).principal) << "it was asked for lately";
    EXPECT_FALSE(cache.find(token(2)).principal);
    EXPECT_TRUE(cache.find(token(9)).principal);
}

TEST(TokenCache, IsForManyThreads) {
    TokenCache cache(64);
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&cache] {
            for (int i = 0; i < 2'000; ++i) {
                const std::string user = "user-" + std::to_string(i % 200);
                const Sha256 hash = sha256(user);
                if (const auto known = cache.find(hash); known.principal) {
                    EXPECT_EQ(known.principal->user_id, user);
                } else {
                    cache.put(hash, entry_for(user));
                }
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

}  // namespace
}  // namespace tallygate::auth
