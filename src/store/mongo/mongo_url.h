// What a mongodb:// URL says, and what holds where it says nothing.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <mongoc/mongoc.h>

#include "base/result.h"

namespace tallygate::store {

struct DestroyMongoUri {
    void operator()(mongoc_uri_t* uri) const { mongoc_uri_destroy(uri); }
};
using MongoUri = std::unique_ptr<mongoc_uri_t, DestroyMongoUri>;

bool is_mongo_url(std::string_view url);

// With our defaults. Fails with invalid_argument where the URL is not one, names no database, or
// asks for writes that nobody acknowledges; no message quotes it. Looks nothing up on the network.
Result<MongoUri> parse_mongo_url(std::string_view url);

// mongodb://***@host:27017/usage: without who asks and without options. Of what is no URL, the
// scheme alone.
std::string shown_mongo_url(std::string_view url);
std::string shown_mongo_url(const mongoc_uri_t& uri);

// Fails with invalid_argument where the files that the URL names for TLS cannot be used. Reads
// them.
Result<void> check_tls_files(const mongoc_uri_t& uri);

}  // namespace tallygate::store
