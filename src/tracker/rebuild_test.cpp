#include "tracker/rebuild.h"

#include "tracker/tracker_fixture.h"

namespace tallygate::tracker {
namespace {

class RebuildTest : public FilledStoreTest {
protected:
    Result<RebuildReport> rebuild_from(store::UsageStore& store,
                                       std::optional<Day> from = std::nullopt) {
        return rebuild(store, writer_, folder_ / "journal", from, [](std::uint64_t) {});
    }
};

TEST_F(RebuildTest, RebuildsTheSameTotals) {
    const auto before = store_.totals();
    store_.totals().clear();

    const auto report = rebuild_from(store_);

    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->events, 30U);
    EXPECT_EQ(store_.totals(), before);
}

TEST_F(RebuildTest, RebuildsALostDatabaseFromTheJournal) {
    const auto rows = store_.rows();
    const auto totals = store_.totals();
    store::MemoryStore fresh;

    const auto report = rebuild_from(fresh);

    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->events_restored, 30U);
    EXPECT_EQ(fresh.rows(), rows);
    EXPECT_EQ(fresh.totals(), totals);
}

TEST_F(RebuildTest, RefusesToRebuildWhatIsGone) {
    start();
    for (int i = 0; i < 600; ++i) {
        record("user");
    }
    catch_up();
    stop();
    std::filesystem::remove(segment());
    store::MemoryStore fresh;

    const auto report = rebuild_from(fresh);

    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().errc, Errc::data_loss);
    EXPECT_NE(report.error().message.find("numbers 1 to 30 of run"), std::string::npos)
        << report.error().message;
    EXPECT_TRUE(fresh.rows().empty());
}

TEST_F(RebuildTest, BringsBackRowsThatTheJournalStillHas) {
    const auto rows = store_.rows();
    const auto totals = store_.totals();
    store_.rows().erase(row(7).event.id);
    store_.rows().erase(row(28).event.id);
    store_.totals().clear();

    const auto report = rebuild_from(store_, day_of(kTestNow) + std::chrono::days{1});

    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->events_restored, 2U);
    EXPECT_EQ(store_.rows(), rows);
    EXPECT_EQ(store_.totals(), totals)
        << "the day of a row that came back is folded again, whatever was asked for";
}

TEST_F(RebuildTest, RefusesToFoldALogWithAHole) {
    start();
    for (int i = 0; i < 600; ++i) {
        record("user");
    }
    catch_up();
    stop();
    std::filesystem::remove(segment());
    store_.rows().erase(row(4).event.id);
    const auto totals = store_.totals();

    const auto report = rebuild_from(store_);

    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().errc, Errc::data_loss);
    EXPECT_NE(report.error().message.find("numbers 5 to 5 of run"), std::string::npos)
        << report.error().message;
    EXPECT_EQ(store_.totals(), totals);
}

TEST_F(RebuildTest, LeavesOutRowsThatNobodyWrote) {
    const auto totals = store_.totals();
    EventRow doubled = row(4);
    doubled.event.id.position.n = 31;
    store_.rows().emplace(doubled.event.id, doubled);

    const auto report = rebuild_from(store_);

    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->events, 30U);
    EXPECT_EQ(store_.totals(), totals);
}

TEST_F(RebuildTest, LeavesEarlierDaysAsTheyAre) {
    clock_.set(kTestNow + std::chrono::days{1});
    start();
    record("user 0");
    catch_up();
    stop();
    const auto totals = store_.totals();
    const Day tomorrow = day_of(kTestNow) + std::chrono::days{1};
    store_.totals().at({Scope::global, "", tomorrow}).totals.tokens = 1;
    store_.totals().at({Scope::global, "", day_of(kTestNow)}).totals.tokens = 1;

    const auto report = rebuild_from(store_, tomorrow);

    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->days, 1);
    EXPECT_EQ(store_.totals().at({Scope::global, "", tomorrow}),
              totals.at({Scope::global, "", tomorrow}));
    EXPECT_EQ(store_.totals().at({Scope::global, "", day_of(kTestNow)}).totals.tokens, 1);
}

TEST_F(RebuildTest, CanBeRepeatedAfterItWasCutAnywhere) {
    const auto rows = store_.rows();
    const auto totals = store_.totals();
    store::MemoryStore fresh([this] { return takes_a_write(); });
    for (int cut = 0; cut < 40; cut += 3) {
        writes_left_ = cut;
        (void)rebuild_from(fresh);
    }
    writes_left_ = -1;

    const auto report = rebuild_from(fresh);

    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(fresh.rows(), rows);
    EXPECT_EQ(fresh.totals(), totals);
}

}  // namespace
}  // namespace tallygate::tracker
