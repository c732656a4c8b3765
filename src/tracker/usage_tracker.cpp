#include "tracker/usage_tracker.h"

#include <atomic>
#include <latch>
#include <thread>

#include "base/log.h"
#include "journal/journal_reader.h"
#include "tracker/projector.h"

namespace tallygate::tracker {
namespace {

class Tracker final : public UsageTracker {
public:
    Tracker(journal::Journal& journal, const std::filesystem::path& journal_path,
            store::UsageStore& store, const Uuid& writer, const Clock& clock,
            const TrackerOptions& options)
        : journal_(journal),
          live_(clock),
          projector_(journal, journal_path, store, writer, clock, options),
          warm_up_([this, journal_path, since = clock.now() - std::chrono::hours{1},
                    up_to = journal.last()] {
              fill_live_views(journal_path, since, up_to);
              warm_.count_down();
          }) {
        // An ordinary hour is read in a moment: the first answers have all of it. Of a huge one
        // the start does not wait for the rest.
        constexpr std::chrono::seconds kPatience{2};
        const auto until = std::chrono::steady_clock::now() + kPatience;
        while (!warm_.try_wait() && std::chrono::steady_clock::now() < until)
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    Tracker(const Tracker&) = delete;
    Tracker& operator=(const Tracker&) = delete;
    ~Tracker() override {
        stopping_ = true;
        warm_up_.join();
    }

    Result<journal::OpenCall> begin(const UsageEvent& draft) override {
        auto call = journal_.open_call(draft);
        if (call) live_.call_began();
        return call;
    }

    Result<journal::Journal::Appended> finish(const journal::OpenCall& call,
                                              UsageEvent& event) override {
        live_.call_ended();
        auto appended = journal_.close_call(call, event);
        if (!appended) return appended;
        live_.add(event);
        projector_.notice(appended->position);
        return appended;
    }

    Result<void> catch_up() override { return projector_.catch_up(); }
    Result<void> catch_up(std::string_view user_id) override {
        return projector_.catch_up(user_id);
    }
    const LiveViews& live() const override { return live_; }
    TrackerStatus status() const override { return projector_.status(); }

private:
    // The last hour of earlier runs, so that a restart does not empty it. Beside the calls that
    // come meanwhile.
    void fill_live_views(const std::filesystem::path& journal_path, Timestamp since,
                         const LogPosition& up_to) {
        constexpr std::size_t kBatch = 1'024;
        auto reader = journal::JournalReader::open_since(journal_path, since);
        std::vector<EventRow> rows;
        while (reader && !stopping_) {
            if (!reader->read(rows, kBatch) || rows.empty()) return;
            for (const EventRow& row : rows) {
                if (row.event.id.position > up_to) return;
                live_.add(row.event);
            }
        }
    }

    journal::Journal& journal_;
    LiveViews live_;
    Projector projector_;
    std::atomic<bool> stopping_{false};
    std::latch warm_{1};
    std::thread warm_up_;
};

}  // namespace

Result<std::unique_ptr<UsageTracker>> UsageTracker::start(journal::Journal& journal,
                                                          const std::filesystem::path& journal_path,
                                                          store::UsageStore& store,
                                                          const Uuid& writer, const Clock& clock,
                                                          const TrackerOptions& options) {
    const auto reader = journal::JournalReader::open(journal_path, {});
    if (!reader) return std::unexpected(reader.error());
    const auto position = store.position(writer);
    if (position) {
        if (auto checked = check_run(position->applied, journal.last()); !checked) {
            return std::unexpected(checked.error());
        }
    }
    if (!position) {
        log::error("the store does not answer; calls are journalled meanwhile",
                   {{"error", position.error().message}});
    }
    return std::make_unique<Tracker>(journal, journal_path, store, writer, clock, options);
}

}  // namespace tallygate::tracker
