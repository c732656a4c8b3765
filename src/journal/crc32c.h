// The table form of CRC32C, for processors without the instruction and for the test that compares
// both.
#pragma once

#include <cstdint>
#include <string_view>

namespace tallygate::journal {

std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t seed = 0);

}  // namespace tallygate::journal
