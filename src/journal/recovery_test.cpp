#include "journal/recovery.h"

#include <algorithm>
#include <set>
#include <thread>

#include "journal/journal_fixture.h"
#include "journal/segment_scan.h"

namespace tallygate::journal {
namespace {

// A small journal of ten calls, two of them still open, and its files as a kill would leave them.
class RecoveryTest : public JournalTest {
protected:
    void make_journal() {
        start();
        for (int i = 1; i <= 4; ++i)
            record(i);
        ASSERT_TRUE(journal_->open_call(some_event(100)));
        for (int i = 5; i <= 8; ++i)
            record(i);
        ASSERT_TRUE(journal_->open_call(some_event(101)));
        kill();
    }
    // Of several segments.
    void make_long_journal(bool with_open_call) {
        start();
        if (with_open_call) ASSERT_TRUE(journal_->open_call(some_event(0)));
        for (int i = 1; i <= 1'000; ++i)
            record(i);
        ASSERT_GT(journal_->status().segments, 3U);
        // Two syncs more, so that a marker says of all of it that it was synced.
        const auto syncs = journal_->status().syncs;
        for (int i = 1; journal_->status().syncs < syncs + 2; ++i) {
            record(1'000 + i);
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        kill();
    }
    void kill() {
        copy_to(killed_.path());
        file_ = killed_.path() / "journal" / "0000000001.seg";
        image_ = read_file(file_);
        used_ = image_.find_last_not_of('\0') + 1;
        used_ = (used_ + 7) & ~std::size_t{7};
        incarnation_ = directory_->incarnation();
        journal_.reset();
        directory_.reset();
    }
    // A run on the killed copy: recovers, and ends well.
    Result<JournalStatus> run_again() {
        auto directory = DataDirectory::open(killed_.path(), clock_);
        if (!directory) return std::unexpected(directory.error());
        auto journal = Journal::open(*directory, options_, clock_);
        if (!journal) return std::unexpected(journal.error());
        return (*journal)->status();
    }
    std::set<std::string> ids() const {
        std::set<std::string> found;
        for (const EventRow& row : read_all(killed_.path()))
            EXPECT_TRUE(found.insert(row.event.request_id).second);
        return found;
    }

    TemporaryDirectory killed_;
    std::filesystem::path file_;
    std::string image_;
    std::size_t used_ = 0;
    Uuid incarnation_;
};

TEST_F(RecoveryTest, MakesAnIncompleteEventOfEachOpenCallOnce) {
    make_journal();

    for (int i = 0; i < 3; ++i) {
        const auto status = run_again();
        ASSERT_TRUE(status) << status.error().message;
        EXPECT_EQ(status->recovered_incomplete, i == 0 ? 2U : 0U);
    }

    const auto rows = read_all(killed_.path());
    EXPECT_EQ(std::ranges::count(rows, EventKind::incomplete,
                                 [](const EventRow& r) { return r.event.kind; }),
              2);
    EXPECT_EQ(ids().size(), 10U);
    const UsageEvent& incomplete = rows.back().event;
    EXPECT_FALSE(incomplete.success);
    EXPECT_EQ(incomplete.error_class, "incomplete");
    EXPECT_EQ(incomplete.tokens_used, 500);
    EXPECT_EQ(incomplete.token_source, TokenSource::estimate);
}

TEST_F(RecoveryTest, GivesAPrefixWhereverTheFileIsCut) {
    make_journal();
    // The file of a kill has no marker behind its records, or has: both are cut here, at every
    // byte.
    for (std::size_t size = 0; size <= used_; ++size) {
        write_file(file_, image_.substr(0, size));
        for (const auto& later : {"0000000002.seg", "0000000003.seg"})
            std::filesystem::remove(killed_.path() / "journal" / later);
        const auto status = run_again();
        if (!status) {
            ASSERT_EQ(status.error().errc, Errc::data_loss)
                << size << ": " << status.error().message;
            continue;
        }
        const auto found = ids();
        std::set<std::string> expected;
        for (std::size_t i = 1; expected.size() < found.size() && i <= 8; ++i) {
            if (const std::string id = "request-" + std::to_string(i); found.contains(id))
                expected.insert(id);
            if (i == 4 && found.contains("request-100")) expected.insert("request-100");
        }
        if (found.contains("request-101")) expected.insert("request-101");
        EXPECT_EQ(found, expected) << size;
    }
}

TEST_F(RecoveryTest, RefusesDamageThatASyncHadCovered) {
    start();
    for (int i = 1; i <= 4; ++i)
        record(i);
    journal_.reset();  // synced, with a last marker
    directory_.reset();
    const auto file = folder_.path() / "journal" / "0000000001.seg";
    const std::string image = read_file(file);
    const std::size_t used = image.find_last_not_of('\0') + 1;
    std::size_t refused = 0;
    for (std::size_t at = kSegmentHeaderBytes; at + 64 < used; at += 5) {
        std::string broken = image;
        broken[at] = static_cast<char>(broken[at] ^ 0x40);
        write_file(file, broken);
        const auto recovered = recover(folder_.path() / "journal");
        ASSERT_FALSE(recovered) << at;
        EXPECT_EQ(recovered.error().errc, Errc::data_loss);
        EXPECT_NE(recovered.error().message.find("offset"), std::string::npos);
        EXPECT_EQ(read_file(file), broken) << "nothing is changed";
        EXPECT_EQ(find_damage(folder_.path() / "journal")->size(), 1U);
        ++refused;
    }
    EXPECT_GT(refused, 20U);
}

TEST_F(RecoveryTest, EndsTheLogAtTheFirstTornPageAndDropsWhatFollows) {
    make_journal();
    // A page in the middle of the unsynced part never reached the disk, later ones did.
    std::string torn = image_;
    std::vector<std::size_t> starts;
    for (std::size_t at = kSegmentHeaderBytes; at < used_;) {
        const auto header = decode_header(image_);
        const Record found = read_record(std::string_view(image_).substr(at), header->tag());
        if (found.state != Record::State::whole) break;
        // Without markers nothing is known to be synced.
        if (found.type == RecordType::marker) {
            std::fill_n(torn.begin() + static_cast<std::ptrdiff_t>(at), found.bytes, '\0');
        }
        starts.push_back(at);
        at += found.bytes;
    }
    std::fill_n(torn.begin() + static_cast<std::ptrdiff_t>(starts.at(6)), 8, '\x55');
    write_file(file_, torn);

    const auto status = run_again();

    ASSERT_TRUE(status) << status.error().message;
    EXPECT_GT(status->dropped_records, 0U);
    EXPECT_LT(ids().size(), 9U);
    EXPECT_TRUE(find_damage(killed_.path() / "journal")->empty());
    EXPECT_TRUE(run_again());
}

TEST_F(RecoveryTest, CanBeKilledAndRepeatedAtAnyRecord) {
    make_journal();
    ASSERT_TRUE(run_again());
    const auto second = killed_.path() / "journal" / "0000000002.seg";
    const std::string image = read_file(second);
    const std::size_t used = image.find_last_not_of('\0') + 1;
    for (std::size_t size = 0; size <= used; size += 3) {
        write_file(file_, image_);
        std::string cut = image.substr(0, size);
        // Its markers speak of what this cut has taken away; a kill leaves none behind what it cut.
        cut.resize(image.size(), '\0');
        write_file(second, cut);
        for (const auto& entry : std::filesystem::directory_iterator(killed_.path() / "journal")) {
            if (*sequence_of(entry.path()) > 2) std::filesystem::remove(entry.path());
        }
        const auto status = run_again();
        ASSERT_TRUE(status) << size << ": " << status.error().message;
        EXPECT_EQ(ids().size(), 10U) << size;
    }
}

TEST_F(RecoveryTest, ReadsOnAfterASegmentWasMovedAway) {
    start();
    for (int i = 1; i <= 1'000; ++i)
        record(i);
    journal_.reset();
    directory_.reset();
    std::filesystem::remove(folder_.path() / "journal" / "0000000002.seg");

    start();
    record(2'000);

    const auto rows = read_all();
    EXPECT_LT(rows.size(), 1'001U);
    EXPECT_EQ(rows.back().event.request_id, "request-2000");
}

TEST_F(RecoveryTest, LosesNoCallWhoseCloseBeganASegmentAndWasNotWritten) {
    std::size_t opened = 0;
    for (int run = 0; run < 24; ++run) {
        fails_behind_header_ = 2;
        start();
        for (;;) {
            UsageEvent event = some_event(static_cast<int>(opened));
            event.user_id += std::string(static_cast<std::size_t>(run) * 8, 'x');
            const auto call = journal_->open_call(event);
            if (!call) break;
            ++opened;
            if (!journal_->close_call(*call, event)) break;
        }
        EXPECT_EQ(journal_->status().state, JournalStatus::State::failed);
    }
    fails_behind_header_ = 0;
    start();

    EXPECT_EQ(read_all().size(), opened);
}

TEST_F(RecoveryTest, DeletesNoSegmentWhoseHeaderIsDamaged) {
    make_long_journal(false);
    const auto second = segment_path(killed_.path() / "journal", 2);
    std::string bytes = read_file(second);
    bytes[30] = static_cast<char>(bytes[30] ^ 1);
    write_file(second, bytes);

    const auto status = run_again();

    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().errc, Errc::data_loss);
    EXPECT_NE(status.error().message.find("0000000002.seg"), std::string::npos);
    EXPECT_EQ(read_file(second), bytes);
}

TEST_F(RecoveryTest, KnowsThatASegmentEndsTooEarly) {
    make_long_journal(true);
    const auto segment = load_segment(killed_.path() / "journal", 1);
    ASSERT_TRUE(segment);
    std::uint64_t cut = 0;
    scan_records(*segment, [&](std::uint64_t offset, const Record& record) {
        if (offset < used_ - 8'192 && record.type == RecordType::close) cut = offset;
    });
    std::string bytes = image_.substr(0, cut);
    bytes.resize(image_.size());
    write_file(file_, bytes);

    const auto damage = find_damage(killed_.path() / "journal");
    ASSERT_TRUE(damage);
    ASSERT_EQ(damage->size(), 1U);
    EXPECT_NE(damage->front().find("found the end"), std::string::npos) << damage->front();

    const auto status = run_again();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().errc, Errc::data_loss);
}

}  // namespace
}  // namespace tallygate::journal
