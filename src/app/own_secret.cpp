// The secret of the issuer `tallygate`.
#include <array>

#include <fmt/format.h>

#include "app/config.h"
#include "app/secret_file.h"
#include "base/ids.h"

namespace tallygate::app {
namespace {

std::filesystem::path secret_path(const std::filesystem::path& data) {
    return data / "jwt.secret";
}

Secret make_secret() {
    std::array<std::uint8_t, 32> random{};
    fill_random(random.data(), random.size());
    return Secret(fmt::format("{:02x}", fmt::join(random, "")));
}

}  // namespace

Result<Secret> read_own_secret(const std::filesystem::path& data) {
    auto secret = read_secret_file(secret_path(data));
    if (!secret && secret.error().errc == Errc::not_found) {
        return failure(
            Errc::not_found, "",
            fmt::format("{} is not there; start `tallygate serve` once, or run `tallygate config "
                        "init`, and it is made",
                        secret_path(data).string()));
    }
    if (!secret && secret.error().errc == Errc::unavailable) return secret;
    // A short secret must not sign what everybody trusts.
    if (!secret || secret->size() < 32) {
        return failure(Errc::data_loss, "",
                       fmt::format("{} holds no secret of 32 characters or more; delete it and "
                                   "start again: a new one is made, tokens signed with the old "
                                   "one end",
                                   secret_path(data).string()));
    }
    return secret;
}

Result<void> add_own_issuer(Config& config) {
    auto secret = read_own_secret(config.data);
    if (!secret && secret.error().errc == Errc::not_found) {
        if (auto made = make_secret_file(secret_path(config.data), make_secret()); !made) {
            return std::unexpected(made.error());
        }
        secret = read_own_secret(config.data);
    }
    if (!secret) return std::unexpected(secret.error());
    config.issuers.push_back({.name = "tallygate",
                              .hmac_secret = std::move(*secret),
                              .issuer = "tallygate",
                              .is_ours = true});
    return {};
}

}  // namespace tallygate::app
