// Writes to one collection that go to the server together.
#pragma once

#include <memory>
#include <vector>

#include "store/mongo/mongo_database.h"

namespace tallygate::store {

// Unordered: one that fails holds up no other. One thread.
class MongoBulk {
public:
    // What one message may hold is far more; this bounds our memory, and how long a call takes.
    static constexpr std::size_t kMostBytes = std::size_t{8} << 20;
    static constexpr std::size_t kMostWrites = 10'000;

    MongoBulk(MongoDatabase& database, const char* collection)
        : database_(database), collection_(collection) {}

    void insert(Bson document) { add({.filter = std::nullopt, .document = std::move(document)}); }
    // Puts `document` in the place of the one that `filter` finds, or makes it.
    void replace(Bson filter, Bson document) {
        add({.filter = std::move(filter), .document = std::move(document)});
    }

    std::size_t size() const { return writes_.size(); }
    bool is_full() const { return bytes_ >= kMostBytes || writes_.size() >= kMostWrites; }

    // Carries out what was added since the last time. Gives the places, in the order of adding, of
    // those whose `_id` is taken; any other outcome is a failure, after which any of them may have
    // been carried out.
    Result<std::vector<std::size_t>> execute();

private:
    struct Write {
        std::optional<Bson> filter;
        Bson document;
    };

    void add(Write write) {
        bytes_ += write.document.size() + (write.filter ? write.filter->size() : 0);
        writes_.push_back(std::move(write));
    }
    Result<std::vector<std::size_t>> outcome(const bson_t& reply, const bson_error_t& error) const;

    MongoDatabase& database_;
    const char* collection_;
    std::vector<Write> writes_;
    std::size_t bytes_ = 0;
};

}  // namespace tallygate::store
