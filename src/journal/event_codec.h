// An event as bytes: the payload of a CLOSE record, and what a row's checksum covers. Layout:
// docs/journal_format.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "usage/event.h"

namespace tallygate::journal {

// Appends the bytes of `event`, `id` included. Equal events give equal bytes, on every machine and
// in every version that writes the same format version.
void encode_event(const UsageEvent& event, std::string& out);

// Fails with data_loss where the bytes are not exactly one event of a version that this program
// knows.
Result<UsageEvent> decode_event(std::string_view bytes);

// CRC32C (Castagnoli) of `bytes`, as iSCSI (RFC 3720) and ext4 use it; `seed` continues an earlier
// one.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

// crc32c(encode_event(event)): what a store keeps beside the row.
std::uint32_t event_checksum(const UsageEvent& event);

}  // namespace tallygate::journal
