#include "store/sqlite/schema.h"

#include <array>

#include <fmt/format.h>

namespace tallygate::store {
namespace {

// Coded texts: a user, an operation, a model is written once and named by a number. `usage_logs`
// and `daily_stats` show the same as people and the contract name it.
constexpr const char* kVersionOne = R"sql(
CREATE TABLE runs (run INTEGER PRIMARY KEY, writer BLOB NOT NULL, incarnation BLOB NOT NULL,
    applied INTEGER NOT NULL, UNIQUE (writer, incarnation));
CREATE TABLE users (code INTEGER PRIMARY KEY, user_id TEXT NOT NULL UNIQUE);
INSERT INTO users (code, user_id) VALUES (0, '');
CREATE TABLE names (code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
INSERT INTO names (code, name) VALUES (0, '');

CREATE TABLE events (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, operations INTEGER NOT NULL,
    user INTEGER NOT NULL, endpoint INTEGER NOT NULL, operation INTEGER NOT NULL, timestamp_us INTEGER NOT NULL,
    success INTEGER NOT NULL, response_time_us INTEGER NOT NULL, tokens_used INTEGER NOT NULL,
    token_source INTEGER NOT NULL, input_tokens INTEGER, cache_read_tokens INTEGER, cache_write_tokens INTEGER,
    output_tokens INTEGER, reasoning_tokens INTEGER, delivered_tokens INTEGER, cost_nano_usd INTEGER,
    price_version INTEGER NOT NULL, model INTEGER NOT NULL, provider INTEGER NOT NULL, tier INTEGER NOT NULL,
    key_id INTEGER NOT NULL, team INTEGER NOT NULL, error_class INTEGER NOT NULL, request_id TEXT, corrects TEXT,
    tags TEXT, status INTEGER, time_to_first_token_us INTEGER, streamed INTEGER NOT NULL,
    client_gone INTEGER NOT NULL, checksum INTEGER NOT NULL);
CREATE INDEX events_by_user ON events (user, timestamp_us);
CREATE INDEX events_by_time ON events (timestamp_us);
CREATE INDEX events_by_endpoint ON events (endpoint, timestamp_us);

CREATE TABLE daily_totals (user INTEGER NOT NULL, day INTEGER NOT NULL, operations INTEGER NOT NULL,
    successful INTEGER NOT NULL, failed INTEGER NOT NULL, tokens INTEGER NOT NULL, response_time_us INTEGER NOT NULL,
    last_activity_us INTEGER NOT NULL, tier INTEGER NOT NULL, run INTEGER NOT NULL, n INTEGER NOT NULL,
    by_operation TEXT NOT NULL, by_endpoint TEXT NOT NULL, recent BLOB NOT NULL,
    PRIMARY KEY (user, day)) WITHOUT ROWID;
CREATE INDEX daily_totals_by_day ON daily_totals (day, user);

CREATE VIEW run_names AS SELECT run, applied,
    lower(substr(hex(writer), 1, 8) || '-' || substr(hex(writer), 9, 4) || '-' || substr(hex(writer), 13, 4) || '-' ||
          substr(hex(writer), 17, 4) || '-' || substr(hex(writer), 21)) AS writer,
    lower(substr(hex(incarnation), 1, 8) || '-' || substr(hex(incarnation), 9, 4) || '-' ||
          substr(hex(incarnation), 13, 4) || '-' || substr(hex(incarnation), 17, 4) || '-' ||
          substr(hex(incarnation), 21)) AS incarnation FROM runs;

CREATE VIEW usage_logs AS SELECT
    r.writer || '.' || r.incarnation || '.' || (e.id & 1099511627775) AS _id, u.user_id AS user_id,
    endpoint.name AS endpoint, operation.name AS operation_type, e.tokens_used AS tokens_used, e.success AS success,
    e.response_time_us / 1000.0 AS response_time_ms,
    strftime('%Y-%m-%dT%H:%M:%S', e.timestamp_us / 1000000, 'unixepoch') ||
        printf('.%03dZ', e.timestamp_us / 1000 % 1000) AS timestamp,
    r.writer || '.' || r.incarnation || '.' || (e.id & 1099511627775) AS event_id,
    CASE e.kind WHEN 0 THEN 'operation' WHEN 1 THEN 'incomplete' ELSE 'correction' END AS kind,
    e.corrects AS corrects, e.operations AS operations, e.request_id AS request_id,
    nullif(model.name, '') AS model, nullif(provider.name, '') AS provider, e.input_tokens AS input_tokens,
    e.cache_read_tokens AS cache_read_tokens, e.cache_write_tokens AS cache_write_tokens,
    e.output_tokens AS output_tokens, e.reasoning_tokens AS reasoning_tokens,
    e.delivered_tokens AS delivered_tokens,
    CASE e.token_source WHEN 0 THEN 'none' WHEN 1 THEN 'provider' WHEN 2 THEN 'tokenizer' ELSE 'estimate' END
        AS token_source,
    e.cost_nano_usd AS cost_nano_usd, nullif(price.name, '') AS price_version, nullif(tier.name, '') AS tier,
    nullif(key.name, '') AS key_id, nullif(team.name, '') AS team, e.tags AS tags, e.status AS status,
    nullif(error.name, '') AS error_class, e.time_to_first_token_us / 1000.0 AS time_to_first_token_ms,
    e.streamed AS streamed, e.client_gone AS client_gone
  FROM events e LEFT JOIN run_names r ON r.run = e.id >> 40 LEFT JOIN users u ON u.code = e.user
    LEFT JOIN names endpoint ON endpoint.code = e.endpoint LEFT JOIN names operation ON operation.code = e.operation
    LEFT JOIN names model ON model.code = e.model LEFT JOIN names provider ON provider.code = e.provider
    LEFT JOIN names price ON price.code = e.price_version LEFT JOIN names tier ON tier.code = e.tier
    LEFT JOIN names key ON key.code = e.key_id LEFT JOIN names team ON team.code = e.team
    LEFT JOIN names error ON error.code = e.error_class;

CREATE VIEW daily_stats AS SELECT
    CASE d.user WHEN 0 THEN 'global' ELSE u.user_id END AS user_id,
    CASE d.user WHEN 0 THEN 'global' ELSE 'user' END AS scope, date(d.day * 86400, 'unixepoch') AS date,
    d.operations AS total_operations, d.tokens AS total_tokens, d.successful AS successful_operations,
    d.failed AS failed_operations, d.response_time_us / 1000.0 AS response_time_ms_total,
    d.by_operation AS operations_by_type, d.by_endpoint AS operations_by_endpoint,
    strftime('%Y-%m-%dT%H:%M:%S', d.last_activity_us / 1000000, 'unixepoch') ||
        printf('.%03dZ', d.last_activity_us / 1000 % 1000) AS last_activity,
    nullif(tier.name, '') AS tier
  FROM daily_totals d LEFT JOIN users u ON u.code = d.user LEFT JOIN names tier ON tier.code = d.tier;
)sql";

// The views say as the contract does: metadata as one value too, days and lists in their one form,
// null for the response time that nobody measured.
constexpr const char* kVersionTwo = R"sql(
DROP VIEW usage_logs;
DROP VIEW daily_stats;
CREATE VIEW usage_rows AS SELECT
    r.writer || '.' || r.incarnation || '.' || (e.id & 1099511627775) AS _id, u.user_id AS user_id,
    endpoint.name AS endpoint, operation.name AS operation_type, e.tokens_used AS tokens_used, e.success AS success,
    CASE e.kind WHEN 1 THEN NULL ELSE e.response_time_us / 1000.0 END AS response_time_ms,
    strftime('%Y-%m-%dT%H:%M:%S', e.timestamp_us / 1000000, 'unixepoch') ||
        printf('.%03dZ', e.timestamp_us / 1000 % 1000) AS timestamp,
    r.writer || '.' || r.incarnation || '.' || (e.id & 1099511627775) AS event_id,
    CASE e.kind WHEN 0 THEN 'operation' WHEN 1 THEN 'incomplete' ELSE 'correction' END AS kind,
    e.corrects AS corrects, e.operations AS operations, e.request_id AS request_id,
    nullif(model.name, '') AS model, nullif(provider.name, '') AS provider, e.input_tokens AS input_tokens,
    e.cache_read_tokens AS cache_read_tokens, e.cache_write_tokens AS cache_write_tokens,
    e.output_tokens AS output_tokens, e.reasoning_tokens AS reasoning_tokens,
    e.delivered_tokens AS delivered_tokens,
    CASE e.token_source WHEN 0 THEN 'none' WHEN 1 THEN 'provider' WHEN 2 THEN 'tokenizer' ELSE 'estimate' END
        AS token_source,
    e.cost_nano_usd AS cost_nano_usd, nullif(price.name, '') AS price_version, nullif(tier.name, '') AS tier,
    nullif(key.name, '') AS key_id, nullif(team.name, '') AS team, coalesce(e.tags, '[]') AS tags, e.status AS status,
    nullif(error.name, '') AS error_class, e.time_to_first_token_us / 1000.0 AS time_to_first_token_ms,
    e.streamed AS streamed, e.client_gone AS client_gone
  FROM events e LEFT JOIN run_names r ON r.run = e.id >> 40 LEFT JOIN users u ON u.code = e.user
    LEFT JOIN names endpoint ON endpoint.code = e.endpoint LEFT JOIN names operation ON operation.code = e.operation
    LEFT JOIN names model ON model.code = e.model LEFT JOIN names provider ON provider.code = e.provider
    LEFT JOIN names price ON price.code = e.price_version LEFT JOIN names tier ON tier.code = e.tier
    LEFT JOIN names key ON key.code = e.key_id LEFT JOIN names team ON team.code = e.team
    LEFT JOIN names error ON error.code = e.error_class;

CREATE VIEW usage_logs AS SELECT *, json_object('event_id', event_id, 'kind', kind, 'corrects', corrects,
    'operations', operations, 'request_id', request_id, 'model', model, 'provider', provider,
    'input_tokens', input_tokens, 'cache_read_tokens', cache_read_tokens,
    'cache_write_tokens', cache_write_tokens, 'output_tokens', output_tokens, 'reasoning_tokens', reasoning_tokens,
    'delivered_tokens', delivered_tokens, 'token_source', token_source, 'cost_nano_usd', cost_nano_usd,
    'price_version', price_version, 'tier', tier, 'key_id', key_id, 'team', team, 'tags', json(tags),
    'status', status, 'error_class', error_class, 'time_to_first_token_ms', time_to_first_token_ms,
    'streamed', json(iif(streamed, 'true', 'false')),
    'client_gone', json(iif(client_gone, 'true', 'false'))) AS metadata
  FROM usage_rows;

CREATE VIEW daily_stats AS SELECT
    CASE d.user WHEN 0 THEN 'global' ELSE u.user_id END AS user_id,
    CASE d.user WHEN 0 THEN 'global' ELSE 'user' END AS scope, strftime('%Y-%m-%dT00:00:00.000Z', d.day * 86400, 'unixepoch') AS date,
    d.operations AS total_operations, d.tokens AS total_tokens, d.successful AS successful_operations,
    d.failed AS failed_operations, d.response_time_us / 1000.0 AS response_time_ms_total,
    d.by_operation AS operations_by_type, d.by_endpoint AS operations_by_endpoint,
    strftime('%Y-%m-%dT%H:%M:%S', d.last_activity_us / 1000000, 'unixepoch') ||
        printf('.%03dZ', d.last_activity_us / 1000 % 1000) AS last_activity,
    nullif(tier.name, '') AS tier
  FROM daily_totals d LEFT JOIN users u ON u.code = d.user LEFT JOIN names tier ON tier.code = d.tier;
)sql";

constexpr std::array kMigrations = {Migration{0, kVersionOne}, Migration{1, kVersionTwo}};

std::unexpected<Error> not_ours(std::string_view why) {
    return failure(
        Errc::invalid_argument, "",
        fmt::format("{}; choose another file with --store sqlite:PATH, or move this one away",
                    why));
}

Result<std::int64_t> version_of(Database& database, int newest) {
    auto application = database.query_integer("PRAGMA application_id");
    if (!application) return application;
    auto version = database.query_integer("PRAGMA user_version");
    if (!version) return version;
    auto tables = database.query_integer("SELECT count(*) FROM sqlite_master");
    if (!tables) return tables;
    if (*application != kApplicationId && (*application != 0 || *version != 0 || *tables != 0)) {
        return not_ours("the file is an SQLite database of another program");
    }
    if (*version > newest) {
        return not_ours(
            fmt::format("the file has schema version {}, this program knows up to {}: it was "
                        "written by a newer "
                        "version of Tallygate",
                        *version, newest));
    }
    return version;
}

}  // namespace

Result<void> migrate(Database& database, const Migration* steps, std::size_t count, int target) {
    const auto version = version_of(database, target);
    if (!version) return std::unexpected(version.error());
    if (*version == target) return {};
    auto transaction = Transaction::begin(database);
    if (!transaction) return std::unexpected(transaction.error());
    for (std::size_t i = 0; i < count; ++i) {
        if (steps[i].from < *version) continue;
        if (auto made = database.execute(steps[i].sql); !made) return made;
    }
    const std::string mark =
        fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, target);
    if (auto marked = database.execute(mark.c_str()); !marked) return marked;
    return transaction->commit();
}

Result<void> prepare_schema(Database& database) {
    return migrate(database, kMigrations.data(), kMigrations.size(), kSchemaVersion);
}

Result<void> check_schema(Database& database) {
    const auto version = version_of(database, kSchemaVersion);
    if (!version) return std::unexpected(version.error());
    if (*version == kSchemaVersion) return {};
    return failure(Errc::invalid_argument, "",
                   fmt::format("the file has schema version {} and this program reads {}; start "
                               "the server once, it brings the "
                               "file forward",
                               *version, kSchemaVersion));
}

}  // namespace tallygate::store
