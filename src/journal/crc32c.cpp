// CRC32C by the processor's own instruction where it has one, else by table.
#include "journal/crc32c.h"

#include <array>
#include <cstring>

#include "journal/event_codec.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace tallygate::journal {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value >> 1) ^ ((value & 1) ? 0x82f63b78U : 0U);
        table[i] = value;
    }
    return table;
}

std::uint32_t by_table(std::string_view bytes, std::uint32_t crc) {
    static constexpr auto kTable = make_table();
    for (const char c : bytes)
        crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xff];
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::string_view bytes,
                                                               std::uint32_t crc) {
    std::uint64_t wide = crc;
    while (bytes.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), 8);
        wide = _mm_crc32_u64(wide, word);
        bytes.remove_prefix(8);
    }
    auto narrow = static_cast<std::uint32_t>(wide);
    for (const char c : bytes)
        narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(c));
    return narrow;
}

bool has_instruction() {
    static const bool found = __builtin_cpu_supports("sse4.2") != 0;
    return found;
}
#endif

}  // namespace

std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t seed) {
    return ~by_table(bytes, ~seed);
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
#if defined(__x86_64__)
    if (has_instruction()) return ~by_instruction(bytes, ~seed);
#endif
    return crc32c_by_table(bytes, seed);
}

}  // namespace tallygate::journal
