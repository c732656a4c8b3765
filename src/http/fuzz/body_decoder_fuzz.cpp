// Any bytes in chunks: the same content, end and verdict however they are cut, and only views of
// them. The first byte of the input seeds the cuts.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/body_decoder.h"

namespace {

using tallygate::http::BodyDecoder;
using tallygate::http::Framing;

void require(bool condition) {
    if (!condition) std::abort();
}

struct Outcome {
    std::string content;
    std::size_t consumed = 0;
    bool ended = false;
    bool failed = false;

    bool operator==(const Outcome&) const = default;
};

// Decodes `input` in pieces whose lengths follow from `seed`; 0: in one.
Outcome decode(std::string_view input, std::uint32_t seed) {
    BodyDecoder decoder(Framing::chunked, 0);
    Outcome outcome;
    std::size_t given = 0;
    while (!decoder.ended() && outcome.consumed < input.size()) {
        if (given == outcome.consumed) {
            seed = seed * 1'664'525U + 1'013'904'223U;
            given = seed == 0 ? input.size()
                              : std::min<std::size_t>(input.size(), given + 1 + (seed >> 24) % 13);
        }
        const std::string_view piece_input =
            input.substr(outcome.consumed, given - outcome.consumed);
        const auto piece = decoder.next(piece_input);
        if (!piece) {
            require(!piece.error().empty());
            outcome.failed = true;
            break;
        }
        require(piece->consumed > 0 && piece->consumed <= piece_input.size());
        require(piece->data.empty() ||
                (piece->data.data() >= piece_input.data() &&
                 piece->data.data() + piece->data.size() <= piece_input.data() + piece->consumed));
        outcome.content += piece->data;
        outcome.consumed += piece->consumed;
    }
    if (outcome.failed) outcome.consumed = 0;  // depends on the cuts
    outcome.ended = decoder.ended();
    require(decoder.may_end_here() == outcome.ended);
    return outcome;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
    const Outcome first = decode(input, data[0]);
    require(first == decode(input, 7U * data[0] + 1));
    require(first == decode(input, 977U * data[0] + 5));
    return 0;
}
