#include "driver.h"

#include <stdexcept>

#include <fmt/format.h>

namespace tallygate::fake_mongod {
namespace {

// libmongoc's own set-up, before the first client and behind the last one.
struct Library {
    Library() {
        mongoc_init();
        mongoc_log_set_handler(nullptr, nullptr);  // tests look at errors, nobody at its log
    }
    ~Library() { mongoc_cleanup(); }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;
};

std::string json_of(const bson_t* document) {
    const std::unique_ptr<char, void (*)(void*)> text(
        bson_as_relaxed_extended_json(document, nullptr), bson_free);
    return text ? text.get() : "";
}

mongoc_client_t* connect(const std::string& uri, const std::string& options) {
    static const Library library;
    mongoc_client_t* client = mongoc_client_new(fmt::format("{}?{}", uri, options).c_str());
    if (!client) throw std::runtime_error("libmongoc does not take " + uri + options);
    return client;
}

// The reply and the error of a call, which fills both in.
template <class Call>
Answered ask(Call call) {
    Answered answered;
    bson_t reply = BSON_INITIALIZER;
    bson_error_t error{};
    answered.ok = call(&reply, &error);
    answered.reply = json_of(&reply);
    if (!answered.ok) {
        answered.code = error.code;
        answered.error = error.message;
    }
    bson_destroy(&reply);
    return answered;
}

}  // namespace

std::unique_ptr<bson_t, void (*)(bson_t*)> bson_from(const std::string& json) {
    bson_error_t error{};
    bson_t* document = bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()),
                                          static_cast<ssize_t>(json.size()), &error);
    if (!document) throw std::runtime_error(fmt::format("{}: {}", json, error.message));
    return {document, bson_destroy};
}

std::vector<std::string> read_all(mongoc_cursor_t* cursor) {
    std::vector<std::string> documents;
    const bson_t* document = nullptr;
    while (mongoc_cursor_next(cursor, &document))
        documents.push_back(json_of(document));
    bson_error_t error{};
    if (mongoc_cursor_error(cursor, &error)) documents = {fmt::format("error {}", error.code)};
    mongoc_cursor_destroy(cursor);
    return documents;
}

Driver::Driver(const std::string& uri, const std::string& options)
    : client_(connect(uri, options), mongoc_client_destroy),
      collection_(mongoc_client_get_collection(client_.get(), "test", "things"),
                  mongoc_collection_destroy) {
    mongoc_client_set_error_api(client_.get(), MONGOC_ERROR_API_VERSION_2);
}

Answered Driver::command(const std::string& command, const std::string& database) {
    const auto document = bson_from(command);
    return ask([&](bson_t* reply, bson_error_t* error) {
        bson_destroy(reply);
        return mongoc_client_command_simple(client_.get(), database.c_str(), document.get(),
                                            nullptr, reply, error);
    });
}

Answered Driver::insert(const std::vector<std::string>& documents, const std::string& options) {
    std::vector<std::unique_ptr<bson_t, void (*)(bson_t*)>> owned;
    std::vector<const bson_t*> pointers;
    for (const std::string& document : documents)
        pointers.push_back(owned.emplace_back(bson_from(document)).get());
    const auto opts = bson_from(options);
    return ask([&](bson_t* reply, bson_error_t* error) {
        return mongoc_collection_insert_many(collection_.get(), pointers.data(), pointers.size(),
                                             opts.get(), reply, error);
    });
}

Answered Driver::replace(const std::string& filter, const std::string& replacement,
                         const std::string& options) {
    return ask([&](bson_t* reply, bson_error_t* error) {
        return mongoc_collection_replace_one(collection_.get(), bson_from(filter).get(),
                                             bson_from(replacement).get(), bson_from(options).get(),
                                             reply, error);
    });
}

Answered Driver::update(const std::string& filter, const std::string& update,
                        const std::string& options) {
    return ask([&](bson_t* reply, bson_error_t* error) {
        return mongoc_collection_update_one(collection_.get(), bson_from(filter).get(),
                                            bson_from(update).get(), bson_from(options).get(),
                                            reply, error);
    });
}

Answered Driver::remove(const std::string& filter) {
    return ask([&](bson_t* reply, bson_error_t* error) {
        return mongoc_collection_delete_many(collection_.get(), bson_from(filter).get(), nullptr,
                                             reply, error);
    });
}

std::vector<std::string> Driver::find(const std::string& filter, const std::string& options) {
    return read_all(mongoc_collection_find_with_opts(collection_.get(), bson_from(filter).get(),
                                                     bson_from(options).get(), nullptr));
}

std::vector<std::string> Driver::aggregate(const std::string& pipeline,
                                           const std::string& options) {
    return read_all(mongoc_collection_aggregate(collection_.get(), MONGOC_QUERY_NONE,
                                                bson_from(pipeline).get(), bson_from(options).get(),
                                                nullptr));
}

std::int64_t Driver::count(const std::string& filter) {
    return mongoc_collection_count_documents(collection_.get(), bson_from(filter).get(), nullptr,
                                             nullptr, nullptr, nullptr);
}

std::int64_t Driver::estimated_count() {
    return mongoc_collection_estimated_document_count(collection_.get(), nullptr, nullptr, nullptr,
                                                      nullptr);
}

}  // namespace tallygate::fake_mongod
