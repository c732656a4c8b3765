// Any bytes: a head is taken, refused or incomplete; what is taken lies in the buffer, was not
// taken before its last byte came, and says the same when it is written anew.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "http/head.h"

namespace {

using namespace std::string_view_literals;
using tallygate::http::FieldView;
using tallygate::http::MessageHead;
using tallygate::http::RequestHead;
using tallygate::http::ResponseHead;

void require(bool condition) {
    if (!condition) std::abort();
}

void require_within(std::string_view view, std::string_view buffer) {
    if (view.empty()) return;
    require(view.data() >= buffer.data() &&
            view.data() + view.size() <= buffer.data() + buffer.size());
}

std::string fields_of(const MessageHead& head) {
    std::string text;
    for (const FieldView& field : head.fields()) {
        text += field.name;
        text += ": ";
        text += field.value;
        text += "\r\n";
    }
    return text + "\r\n";
}

void check_views(const MessageHead& head, std::string_view buffer) {
    require(head.bytes > 0 && head.bytes <= buffer.size());
    const std::string_view taken = buffer.substr(0, head.bytes);
    require(taken.ends_with("\r\n\r\n"));
    for (const FieldView& field : head.fields()) {
        require_within(field.name, taken);
        require_within(field.value, taken);
        require(!field.name.empty() &&
                field.value.find_first_of("\r\n\0"sv) == std::string_view::npos);
        require(!head.find(field.name).name.empty());
    }
}

void check_equal(const MessageHead& a, const MessageHead& b) {
    require(a.minor_version == b.minor_version && a.framing == b.framing &&
            a.content_length == b.content_length);
    require(a.keep_alive == b.keep_alive && a.upgrade == b.upgrade &&
            a.field_count == b.field_count);
    for (std::size_t i = 0; i < a.field_count; ++i) {
        require(a.field_store[i].id == b.field_store[i].id &&
                a.field_store[i].name == b.field_store[i].name);
        require(a.field_store[i].value == b.field_store[i].value);
    }
}

// Parsing every prefix of a long input would be slow; these are where it could go wrong.
template <class Parse>
void check_prefixes(std::size_t size, const Parse& is_taken) {
    for (std::size_t cut = 1; cut <= 8 && cut <= size; ++cut) {
        require(!is_taken(size - cut));
    }
    require(!is_taken(size / 2));
}

void check_request(std::string_view input) {
    const auto head = std::make_unique<RequestHead>();
    const auto parsed = parse_request_head(input, *head);
    if (!parsed || !*parsed) return;
    check_views(*head, input);
    require_within(head->method, input);
    require_within(head->target, input);

    const auto other = std::make_unique<RequestHead>();
    check_prefixes(head->bytes, [&](std::size_t size) {
        const auto cut = parse_request_head(input.substr(0, size), *other);
        return !cut.has_value() || *cut;
    });

    const std::string written = std::string(head->method) + " " + std::string(head->target) +
                                " HTTP/1." + std::to_string(head->minor_version) + "\r\n" +
                                fields_of(*head);
    const auto again = parse_request_head(written, *other, {.head_bytes = 65'536});
    require(again.has_value() && *again && other->bytes == written.size());
    require(head->method == other->method && head->target == other->target);
    require(head->expect_continue == other->expect_continue);
    check_equal(*head, *other);
}

void check_response(std::string_view input, std::string_view method) {
    const auto head = std::make_unique<ResponseHead>();
    const auto parsed = parse_response_head(input, method, *head);
    if (!parsed || !*parsed) return;
    check_views(*head, input);
    require(head->status >= 100 && head->status <= 999);

    const auto other = std::make_unique<ResponseHead>();
    check_prefixes(head->bytes, [&](std::size_t size) {
        const auto cut = parse_response_head(input.substr(0, size), method, *other);
        return !cut.has_value() || *cut;
    });

    const std::string written = "HTTP/1." + std::to_string(head->minor_version) + " " +
                                std::to_string(head->status) + " " + std::string(head->reason) +
                                "\r\n" + fields_of(*head);
    const auto again =
        parse_response_head(written, method, *other, {.line_bytes = 16'384, .head_bytes = 65'536});
    require(again.has_value() && *again && other->bytes == written.size());
    require(head->status == other->status && head->reason == other->reason);
    check_equal(*head, *other);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_request(input);
    check_response(input, "GET");
    check_response(input, "HEAD");
    return 0;
}
