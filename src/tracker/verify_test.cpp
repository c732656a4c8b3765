#include "tracker/verify.h"

#include <fstream>
#include <semaphore>

#include "tracker/tracker_fixture.h"

namespace tallygate::tracker {
namespace {

class VerifyTest : public FilledStoreTest {
protected:
    void expect_one(const std::string& what, const std::string& expected,
                    const std::string& found) {
        const auto differences = verify_all();
        for (const Difference& d : differences) {
            if (d.what.find(what) == std::string::npos ||
                d.expected.find(expected) == std::string::npos) {
                continue;
            }
            EXPECT_NE(d.found.find(found), std::string::npos) << text_of(differences);
            return;
        }
        ADD_FAILURE() << "nothing says " << what << " expected " << expected << " in\n"
                      << text_of(differences);
    }
};

TEST_F(VerifyTest, FindsNothingWhereNothingIsWrong) {
    EXPECT_TRUE(verify_all().empty()) << text_of(verify_all());
    EXPECT_TRUE(verify_now({}).empty());
}

TEST_F(VerifyTest, NamesAMissingRow) {
    const EventId id = row(4).event.id;
    store_.rows().erase(id);

    expect_one(to_string(id), "present", "missing");
}

TEST_F(VerifyTest, NamesAMissingLastRow) {
    const EventId id = row(29).event.id;
    store_.rows().erase(id);

    expect_one(to_string(id), "present", "missing");
}

TEST_F(VerifyTest, NamesChangedTokensWithTheJournalAndWithoutIt) {
    row(4).event.tokens_used = 900;

    expect_one(to_string(row(4).event.id), "tokens_used 500", "tokens_used 900");
    expect_one("daily_stats user 1 2026-11-24", "total_tokens 5400", "total_tokens 5000");
    const auto alone = verify_now({});
    ASSERT_FALSE(alone.empty());
    EXPECT_NE(alone.front().expected.find("checksum"), std::string::npos);
}

TEST_F(VerifyTest, NamesARowDoubledUnderANewNumber) {
    EventRow doubled = row(4);
    doubled.event.id.position.n = 31;
    store_.rows().emplace(doubled.event.id, doubled);

    expect_one(to_string(doubled.event.id), "no row beyond number 30", "a row");
}

TEST_F(VerifyTest, NamesTotalsThatAreAlteredRemovedAndAdded) {
    const auto day = day_of(kTestNow);
    store_.totals().at({Scope::user, "user 0", day}).totals.operations = 11;
    store_.totals().erase({Scope::user, "user 1", day});
    DailyTotals stranger{.key = {Scope::user, "nobody", day}};
    stranger.totals.operations = 3;
    store_.totals().emplace(stranger.key, stranger);

    expect_one("daily_stats user 0 2026-11-24", "total_operations 10", "total_operations 11");
    expect_one("daily_stats user 1 2026-11-24", "10 operations, 5000 tokens", "missing");
    expect_one("daily_stats nobody 2026-11-24", "none", "3 operations");
}

TEST_F(VerifyTest, NamesARemovedGlobalTotal) {
    store_.totals().erase({Scope::global, "", day_of(kTestNow)});

    expect_one("daily_stats global", "30 operations", "missing");
}

TEST_F(VerifyTest, NamesAFlippedJournalByte) {
    std::fstream file(segment(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(1'000);
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(1'000);
    file.put(byte);
    file.close();

    expect_one("journal 0000000001.seg offset", "bytes as written", "damaged");
}

TEST_F(VerifyTest, IsNotDisturbedByAServerThatGoesOnWriting) {
    start();
    constexpr int kRounds = 20;
    constexpr int kCallsEach = 40;
    std::counting_semaphore<kRounds + 1> rounds(0);
    std::thread writing([&] {
        for (int call = 0; call < kRounds * kCallsEach; ++call) {
            if (call % kCallsEach == 0) rounds.acquire();
            record("user " + std::to_string(call % 4));
        }
    });
    for (int round = 0; round < kRounds; ++round) {
        rounds.release();
        const auto differences = verify_all();
        EXPECT_TRUE(differences.empty()) << text_of(differences);
    }
    writing.join();
}

TEST_F(VerifyTest, NamesARunThatTheStoreForgotWhole) {
    start();
    record("user 9");
    catch_up();
    stop();
    store::MemoryStore later;
    const EventRow& last = std::prev(store_.rows().end())->second;
    std::vector<DailyTotals> totals = {{.key = {Scope::user, "user 9", day_of(kTestNow)}},
                                       {.key = {Scope::global, "", day_of(kTestNow)}}};
    for (DailyTotals& day : totals) {
        day.add(last.event);
    }
    ASSERT_TRUE(later.apply(writer_, {&last, 1}, totals, {{last.event.id.position}}));

    std::vector<Difference> found;
    const auto report = verify(
        later, {.journal_path = folder_ / "journal"},
        [&](const Difference& d) { found.push_back(d); }, [](std::uint64_t) {});

    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(found.size(), 30U) << text_of(found);
    EXPECT_EQ(report->journal_events, 31U);
}

TEST_F(VerifyTest, NamesRowsThatNobodyWroteWithoutCountingThem) {
    EventRow stranger = row(4);
    stranger.event.id = {{}, {{}, 77}};
    store_.rows().emplace(stranger.event.id, stranger);
    EventRow first = row(5);
    first.event.id.position.n = 0;
    store_.rows().emplace(first.event.id, first);

    const auto differences = verify_all();

    EXPECT_EQ(differences.size(), 2U) << text_of(differences);
    expect_one(to_string(stranger.event.id), "a run that was applied", "no such run");
    expect_one(to_string(first.event.id), "numbers from 1 on", "a row");
}

TEST_F(VerifyTest, NamesAChangedChecksum) {
    row(4).checksum ^= 1;

    expect_one(to_string(row(4).event.id), "checksum", "checksum");
}

TEST_F(VerifyTest, FoldsTheDaysAskedForAlone) {
    store_.totals().begin()->second.totals.tokens += 1;
    const Day today = day_of(kTestNow);

    EXPECT_EQ(verify_now({.from = today}).size(), 1U);
    EXPECT_TRUE(verify_now({.from = today + std::chrono::days{1}}).empty());
    EXPECT_TRUE(verify_now({.to = today}).empty());
}

}  // namespace
}  // namespace tallygate::tracker
