#include "app/demo_users.h"

#include "usage/tier.h"

namespace tallygate::app {
namespace {

using Pace = DemoUser::Pace;

// chat, chat_stream, summarize, summarize_stream, qa, qa_stream, qa_file, mindmap, upload
constexpr DemoMix kTalks = {38, 20, 3, 2, 6, 5, 2, 1, 7};
constexpr DemoMix kReads = {18, 8, 8, 5, 12, 6, 8, 2, 16};
constexpr DemoMix kChats = {30, 4, 0, 0, 0, 0, 0, 0, 2};
constexpr DemoMix kSearches = {0, 0, 0, 0, 38, 0, 4, 0, 58};
constexpr DemoMix kArchives = {0, 0, 26, 0, 0, 0, 4, 1, 69};

constexpr std::array<DemoUser, 12> kUsers = {{
    {"svc-search", "enterprise", 0.83, Pace::even, false, kSearches},
    {"li.wei@example.com", "enterprise", 0.79, Pace::even, true, kTalks},
    {"emeka", "enterprise", 0.76, Pace::even, true, kReads},
    {"\u0645\u0631\u064a\u0645", "enterprise", 0.66, Pace::even, true, kTalks},  // Maryam
    {"svc-archive", "enterprise", 0.54, Pace::even, false, kArchives},
    {"alice", "pro", 0.84, Pace::early, true, kTalks},
    {"Zoë", "pro", 0.61, Pace::early, true, kReads},
    {"chandra", "pro", 0.37, Pace::early, true, kTalks},
    {"bob@example.com", "basic", 0.94, Pace::done, true, kTalks},
    {"lars", "basic", 0.08, Pace::even, true, kTalks},
    {"dora", "free", 1.03, Pace::done, true, kChats},
    {"yuki", "free", 0.45, Pace::early, true, kChats},
}};

}  // namespace

std::span<const DemoUser> demo_users() {
    return kUsers;
}

DemoDice dice_of(const DemoMix& mix) {
    return DemoDice(mix.begin(), mix.end());
}

double monthly_tokens(const DemoUser& user) {
    const TierTable tiers = TierTable::standard();
    return user.share * static_cast<double>(*tiers.resolve(user.tier).tokens_per_month);
}

double monthly_calls(const DemoUser& user, std::span<const gateway::RouteConfig> routes) {
    double weights = 0;
    double tokens = 0;
    for (std::size_t i = 0; i < user.mix.size(); ++i) {
        weights += user.mix[i];
        tokens += user.mix[i] * static_cast<double>(routes[i].estimate_tokens);
    }
    return monthly_tokens(user) * weights / tokens;
}

}  // namespace tallygate::app
