// Any bytes as a stream of events: the same events however they are cut, and those that a plain
// reading of all the lines finds. The first byte of the input seeds the cuts.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/event_stream.h"

namespace {

using tallygate::http::EventStreamParser;
using Events = std::vector<std::pair<std::string, std::string>>;

void require(bool condition) {
    if (!condition) std::abort();
}

Events cut_events(std::string_view input, std::uint32_t seed) {
    EventStreamParser parser;
    Events events;
    while (!input.empty()) {
        seed = seed * 1'664'525U + 1'013'904'223U;
        const std::size_t bytes = std::min<std::size_t>(input.size(), 1 + (seed >> 24) % 17);
        const std::string piece(
            input.substr(0, bytes));  // an own copy, so that a view of it shows when it is gone
        parser.feed(piece, [&](const EventStreamParser::Event& event) {
            events.emplace_back(event.name, event.data);
        });
        input.remove_prefix(bytes);
    }
    return events;
}

Events whole_events(std::string_view input) {
    EventStreamParser parser;
    Events events;
    parser.feed(input, [&](const EventStreamParser::Event& event) {
        events.emplace_back(event.name, event.data);
    });
    return events;
}

// The standard's words, with no thought of speed.
Events plain_events(std::string text) {
    if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
    std::string lines;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r') {
            lines += '\n';
            if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
        } else {
            lines += text[i];
        }
    }
    Events events;
    std::string name;
    std::string data;
    bool has_data = false;
    for (std::size_t begin = 0, end = 0; (end = lines.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
        const std::string line = lines.substr(begin, end - begin);
        if (line.empty()) {
            if (has_data) events.emplace_back(name, data.substr(0, data.size() - 1));
            name.clear();
            data.clear();
            has_data = false;
            continue;
        }
        const std::size_t colon = line.find(':');
        std::string value = colon == std::string::npos ? "" : line.substr(colon + 1);
        if (value.starts_with(' ')) value.erase(0, 1);
        if (line.substr(0, colon) == "event") name = value;
        if (line.substr(0, colon) == "data") {
            data += value + '\n';
            has_data = true;
        }
    }
    return events;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
    const Events events = plain_events(std::string(input));
    require(whole_events(input) == events);
    require(cut_events(input, data[0]) == events);
    require(cut_events(input, 977U * data[0] + 5) == events);
    return 0;
}
