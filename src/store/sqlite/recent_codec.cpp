#include "store/sqlite/recent_codec.h"

#include <optional>

namespace tallygate::store {
namespace {

void put(std::string& out, std::int64_t value) {
    auto rest = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
    while (rest >= 0x80) {
        out.push_back(static_cast<char>(rest | 0x80));
        rest >>= 7;
    }
    out.push_back(static_cast<char>(rest));
}

std::optional<std::int64_t> take(std::string_view& bytes) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
        const auto next = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
        if (next < 0x80)
            return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
    }
    return std::nullopt;
}

}  // namespace

Result<std::string> encode_recent(std::span<const RecentOperation> operations, Dictionary& names) {
    std::string out;
    for (const RecentOperation& operation : operations) {
        const auto type = names.code(operation.operation_type);
        if (!type) return std::unexpected(type.error());
        const auto endpoint = names.code(operation.endpoint);
        if (!endpoint) return std::unexpected(endpoint.error());
        put(out, *type);
        put(out, *endpoint);
        put(out, operation.tokens_used);
        put(out, operation.success ? 1 : 0);
        put(out, operation.response_time.count());
        put(out, micros(operation.timestamp));
    }
    return out;
}

Result<std::vector<RecentOperation>> decode_recent(std::string_view bytes, Dictionary& names) {
    std::vector<RecentOperation> operations;
    while (!bytes.empty() && operations.size() < DailyTotals::kRecentKept) {
        const auto type = take(bytes);
        const auto endpoint = take(bytes);
        const auto tokens = take(bytes);
        const auto success = take(bytes);
        const auto response_time = take(bytes);
        const auto timestamp = take(bytes);
        if (!type || !endpoint || !tokens || !success || !response_time || !timestamp) break;
        auto type_name = names.text(*type);
        if (!type_name) return std::unexpected(type_name.error());
        auto endpoint_name = names.text(*endpoint);
        if (!endpoint_name) return std::unexpected(endpoint_name.error());
        operations.push_back({std::move(*type_name), std::move(*endpoint_name), *tokens,
                              *success != 0, std::chrono::microseconds(*response_time),
                              timestamp_of(*timestamp)});
    }
    return operations;
}

}  // namespace tallygate::store
