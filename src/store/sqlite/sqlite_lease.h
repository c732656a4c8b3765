// A reading connection on loan.
#pragma once

#include <memory>
#include <utility>

#include "store/sqlite/sqlite_store.h"

namespace tallygate::store {

// Gives the connection back when it goes, unless the file was replaced meanwhile or something
// failed on it.
class SqliteStore::Lease {
public:
    Lease(SqliteStore& store, std::unique_ptr<Connection> connection, std::uint64_t generation)
        : store_(&store), connection_(std::move(connection)), generation_(generation) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
        if (!connection_) return;
        const std::lock_guard lock(store_->readers_mutex_);
        if (generation_ != store_->readers_generation_ || store_->idle_readers_.size() >= kKept)
            return;
        store_->idle_readers_.push_back(std::move(connection_));
    }

    Connection* operator->() const { return connection_.get(); }
    Connection& operator*() const { return *connection_; }

private:
    static constexpr std::size_t kKept = 4;
    SqliteStore* store_;
    std::unique_ptr<Connection> connection_;
    std::uint64_t generation_;
};

}  // namespace tallygate::store
