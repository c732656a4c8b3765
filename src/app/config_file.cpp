#include "app/config_file.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace tallygate::app {
namespace {

// Flattens a parsed file.
class Flattening {
public:
    Flattening(std::string_view file, FileContent& content) : file_(file), content_(content) {}

    void table(const KeyPath& path, const toml::table& table) {
        if (!path.empty()) content_.tables.push_back({path, place(table)});
        for (const auto& [name, node] : in_order(table)) {
            KeyPath inner = path;
            inner.emplace_back(name);
            value(std::move(inner), *node);
        }
    }

private:
    using Entry = std::pair<std::string_view, const toml::node*>;

    // toml++ sorts by name; people read from the top.
    static std::vector<Entry> in_order(const toml::table& table) {
        std::vector<Entry> entries;
        for (const auto& [name, node] : table)
            entries.emplace_back(name.str(), &node);
        std::ranges::sort(entries, {}, [](const Entry& entry) {
            const toml::source_position at = entry.second->source().begin;
            return std::pair(at.line, at.column);
        });
        return entries;
    }

    Place place(const toml::node& node) const {
        return {Source::file, fmt::format("{}:{}", file_, node.source().begin.line)};
    }

    void add(KeyPath path, SettingValue value, const toml::node& node) {
        content_.settings.push_back({std::move(path), std::move(value), place(node)});
    }

    void value(KeyPath path, const toml::node& node) {
        const bool holds_tables =
            path.size() == 1 && (path.front() == "route" || path.front() == "passthrough");
        if (holds_tables) {
            tables(path, node);
        } else if (const toml::table* inner = node.as_table()) {
            table(path, *inner);
        } else if (const toml::array* list = node.as_array()) {
            add(std::move(path), list_value(*list), node);
        } else if (const auto* text = node.as_string()) {
            add(std::move(path), text->get(), node);
        } else if (const auto* number = node.as_integer()) {
            add(std::move(path), number->get(), node);
        } else if (const auto* real = node.as_floating_point()) {
            add(std::move(path), real->get(), node);
        } else if (const auto* flag = node.as_boolean()) {
            add(std::move(path), flag->get(), node);
        } else {
            add(std::move(path), OtherValue{"a date or a time"}, node);
        }
    }

    void tables(const KeyPath& path, const toml::node& node) {
        const toml::array* list = node.as_array();
        const bool are_tables = list && std::ranges::all_of(*list, [](const toml::node& element) {
                                    return element.is_table();
                                });
        if (!are_tables) {
            add(path, OtherValue{"a single value"}, node);
            return;
        }
        for (std::size_t i = 0; i < list->size(); ++i) {
            table({path.front(), std::to_string(i + 1)}, *list->get(i)->as_table());
        }
    }

    static SettingValue list_value(const toml::array& list) {
        std::vector<std::string> texts;
        for (const toml::node& element : list) {
            const auto* text = element.as_string();
            if (element.is_table()) return OtherValue{"a list of tables"};
            if (!text) return OtherValue{"this list"};
            texts.push_back(text->get());
        }
        return texts;
    }

    std::string_view file_;
    FileContent& content_;
};

}  // namespace

Result<FileContent> parse_config(std::string_view text, std::string_view file) {
    const toml::parse_result parsed = toml::parse(text, file);
    if (!parsed) {
        std::string why(parsed.error().description());
        std::ranges::replace(why, '\n', ' ');
        return failure(Errc::invalid_argument, "",
                       fmt::format("{}:{}: this is not TOML: {}", file,
                                   parsed.error().source().begin.line, why));
    }
    FileContent content;
    Flattening(file, content).table({}, parsed.table());
    return content;
}

Result<FileContent> read_config_file(const std::filesystem::path& path) {
    std::error_code error;
    const bool is_folder = std::filesystem::is_directory(path, error);
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (is_folder || !file) {
        const std::string why = is_folder ? "it is a folder" : error_text(errno);
        return failure(Errc::invalid_argument, "",
                       fmt::format("cannot read the configuration file {}: {}; name another with "
                                   "--config, or write one with `tallygate config init`",
                                   path.string(), why));
    }
    const std::string text(std::istreambuf_iterator<char>(file), {});
    return parse_config(text, path.string());
}

}  // namespace tallygate::app
