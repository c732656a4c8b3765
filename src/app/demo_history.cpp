#include "app/demo_history.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>

#include <fmt/format.h>

#include "app/demo_users.h"
#include "journal/journal_reader.h"

namespace tallygate::app {
namespace {

using std::chrono::days;
using std::chrono::microseconds;

constexpr double kFirstDay = 0.8;  // of what is usual today
constexpr double kFailing = 0.024;
constexpr double kFailingOnTheBadDay = 0.15;
constexpr days kSinceTheBadDay{23};

// Monday to Sunday, and midnight to midnight.
using Week = std::array<double, 7>;
using Hours = std::array<double, 24>;
struct Rhythm {
    Week week;
    Hours hours;
};
constexpr Rhythm kPerson = {
    {1.0, 1.08, 1.1, 1.05, 0.9, 0.3, 0.24},
    {2, 1, 1, 1, 1, 2, 4, 7, 11, 13, 13, 11, 10, 12, 13, 12, 11, 9, 7, 6, 5, 4, 3, 2}};
constexpr Rhythm kService = {
    {1.0, 1.0, 1.02, 1.0, 0.97, 0.72, 0.7},
    {5, 5, 6, 6, 5, 5, 6, 7, 8, 9, 9, 9, 8, 9, 9, 9, 8, 8, 7, 7, 6, 6, 5, 5}};

// Milliseconds of each route, in the order of gateway::default_routes: close to what the demo's
// engine takes.
constexpr std::array<double, 9> kTypicalTimes = {165, 610, 190, 640, 180, 620, 230, 430, 215};

// How much of a day's work is done by `time`, and when a part of it is.
double part_done(const Hours& hours, microseconds time) {
    const auto hour = static_cast<std::size_t>(time / std::chrono::hours{1});
    const auto begun = static_cast<double>((time % std::chrono::hours{1}).count()) / 3.6e9;
    const auto* const here = hours.begin() + hour;
    return (std::accumulate(hours.begin(), here, 0.0) + *here * begun) /
           std::accumulate(hours.begin(), hours.end(), 0.0);
}
microseconds time_of(const Hours& hours, double part) {
    double left = part * std::accumulate(hours.begin(), hours.end(), 0.0);
    std::size_t hour = 0;
    while (hour + 1 < hours.size() && left >= hours[hour])
        left -= hours[hour++];
    const double within = std::min(left / hours[hour], 0.999'999);
    return std::chrono::hours{hour} + microseconds{static_cast<std::int64_t>(within * 3.6e9)};
}

std::size_t weekday_of(Day day) {
    return std::chrono::weekday{day}.iso_encoding() - 1;
}
bool is_workday(Day day) {
    return weekday_of(day) < 5;
}

// How busy one user is on each day of the months that hold the past, against the other days.
class BusyDays {
public:
    BusyDays(const Week& week, Day from, Day to, std::mt19937_64& random) : from_(from) {
        std::lognormal_distribution<> mood(0, 0.22);
        for (Day day = from; day < to; day += days{1})
            weights_.push_back(week[weekday_of(day)] * mood(random));
    }

    double on(Day day) const { return weights_[static_cast<std::size_t>((day - from_).count())]; }
    double between(Day from, Day to) const {
        double sum = 0;
        for (Day day = from; day < to; day += days{1})
            sum += on(day);
        return sum;
    }

private:
    Day from_;
    std::vector<double> weights_;
};

// The part of the month's tokens that are used when `passed` of it has gone by.
double used_by(DemoUser::Pace pace, double passed) {
    switch (pace) {
        case DemoUser::Pace::even:
            return passed;
        case DemoUser::Pace::early:
            return std::sqrt(passed);
        case DemoUser::Pace::done:
            break;
    }
    return 1;
}

class Plan {
public:
    explicit Plan(Timestamp now)
        : now_(now), today_(day_of(now)), first_(today_ - days{kDemoHistoryDays - 1}) {
        bad_day_ = today_ - kSinceTheBadDay;
        while (!is_workday(bad_day_))
            bad_day_ -= days{1};
    }

    std::vector<UsageEvent> make() {
        for (const DemoUser& user : demo_users())
            add(user);
        std::ranges::sort(events_, {}, &UsageEvent::timestamp);
        return std::move(events_);
    }

private:
    void add(const DemoUser& user);
    std::vector<double> tokens_by_day(const DemoUser& user, const Rhythm& rhythm);
    UsageEvent call(const DemoUser& user, DemoDice& dice, Timestamp at);
    microseconds response_time(std::size_t route);
    double roll() { return std::uniform_real_distribution<>(0, 1)(random_); }

    Timestamp now_;
    Day today_;
    Day first_;
    Day bad_day_;
    std::vector<gateway::RouteConfig> routes_ = gateway::default_routes("");
    std::mt19937_64 random_{20};
    std::vector<UsageEvent> events_;
};

std::vector<double> Plan::tokens_by_day(const DemoUser& user, const Rhythm& rhythm) {
    const BusyDays busy(rhythm.week, month_start(first_), next_month_start(today_), random_);
    const double tokens = monthly_tokens(user);
    const Day this_month = month_start(today_);
    const double of_today = busy.on(today_) * part_done(rhythm.hours, now_ - Timestamp{today_});
    const double until_now = busy.between(this_month, today_) + of_today;
    const double of_month = busy.between(this_month, next_month_start(today_));
    const double used = tokens * used_by(user.pace, until_now / of_month);

    std::vector<double> by_day;
    for (Day day = first_; day <= today_; day += days{1}) {
        if (day >= this_month) {
            by_day.push_back(used * (day == today_ ? of_today : busy.on(day)) / until_now);
            continue;
        }
        const double grown = 1 - (1 - kFirstDay) * static_cast<double>((this_month - day).count()) /
                                     kDemoHistoryDays;
        by_day.push_back(tokens * grown * busy.on(day) /
                         busy.between(month_start(day), next_month_start(day)));
    }
    return by_day;
}

void Plan::add(const DemoUser& user) {
    const Rhythm& rhythm = user.sleeps ? kPerson : kService;
    const std::vector<double> by_day = tokens_by_day(user, rhythm);
    DemoDice dice = dice_of(user.mix);
    double owed = 0;
    for (Day day = first_; Timestamp{day} < now_; day += days{1}) {
        if (day == month_start(day)) owed = 0;
        owed += by_day[static_cast<std::size_t>((day - first_).count())];
        const double end = day == today_ ? part_done(rhythm.hours, now_ - Timestamp{day}) : 1;
        while (owed > 0) {
            const UsageEvent& event =
                events_.emplace_back(call(user, dice, day + time_of(rhythm.hours, end * roll())));
            owed -= static_cast<double>(event.tokens_used);
        }
    }
}

UsageEvent Plan::call(const DemoUser& user, DemoDice& dice, Timestamp at) {
    const std::size_t place = dice(random_);
    const gateway::RouteConfig& route = routes_[place];
    UsageEvent event;
    event.user_id = user.id;
    event.tier = user.tier;
    event.endpoint = route.pattern;
    event.operation_type = route.operation;
    const std::uint64_t id = random_();
    event.request_id = fmt::format("{:016x}{:016x}", id, random_());
    event.response_time = response_time(place);
    event.timestamp = std::min(at, now_ - event.response_time - microseconds{1});
    event.success = roll() >= (day_of(at) == bad_day_ ? kFailingOnTheBadDay : kFailing);
    event.status = event.success ? 200 : 500;
    event.time_to_first_token = event.response_time - microseconds{1 + random_() % 40};
    if (!event.success) {
        event.error_class = "upstream_status";
        return event;
    }
    event.streamed = route.pattern.ends_with("/stream");
    if (event.streamed) event.time_to_first_token = event.response_time / (5 + random_() % 4);
    if (route.estimate_tokens > 0) {
        event.tokens_used = route.estimate_tokens;
        event.token_source = TokenSource::estimate;
    }
    return event;
}

// Most near the typical, a few much slower.
microseconds Plan::response_time(std::size_t route) {
    double ms = kTypicalTimes[route] * std::lognormal_distribution<>(0, 0.38)(random_);
    if (roll() < 0.012) ms *= 3 + 6 * roll();
    return microseconds{static_cast<std::int64_t>(ms * 1'000)};
}

Result<bool> has_events(const std::filesystem::path& journal_path, store::UsageStore& store) {
    const auto extent = store.extent();
    if (!extent) return std::unexpected(extent.error());
    const auto before = journal::JournalReader::begins_after(journal_path);
    if (!before) return std::unexpected(before.error());
    auto reader = journal::JournalReader::open(journal_path, {});
    if (!reader) return std::unexpected(reader.error());
    std::vector<EventRow> rows;
    if (auto read = reader->read(rows, 1); !read) return std::unexpected(read.error());
    return *extent || *before != LogPosition{} || !rows.empty();
}

}  // namespace

std::vector<UsageEvent> plan_demo_history(Timestamp now) {
    return Plan(now).make();
}

Result<std::size_t> write_demo_history(tracker::UsageTracker& tracker,
                                       const std::filesystem::path& journal_path,
                                       store::UsageStore& store, Timestamp now) {
    const auto has_past = has_events(journal_path, store);
    if (!has_past) return std::unexpected(has_past.error());
    if (*has_past) return 0;
    std::vector<UsageEvent> past = plan_demo_history(now);
    for (UsageEvent& event : past) {
        const auto call = tracker.begin(event);
        if (!call) return std::unexpected(call.error());
        if (const auto ended = tracker.finish(*call, event); !ended)
            return std::unexpected(ended.error());
    }
    return past.size();
}

}  // namespace tallygate::app
