// One line per event on standard error, as logfmt: time=… level=info msg="…" key=value.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tallygate::log {

enum class Level { debug, info, warn, error };

// A key and its value as text. No secret, body, query string or credential belongs here.
struct Field {
    std::string_view key;
    std::string value;

    Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
    Field(std::string_view k, std::string_view v) : key(k), value(v) {}
    Field(std::string_view k, const char* v) : key(k), value(v) {}
    template <class T>
        requires(!std::is_convertible_v<T, std::string_view>)
    Field(std::string_view k, const T& v) : key(k), value(fmt::format("{}", v)) {}
};

// Lines below `level` are not written; info until it is called.
void set_level(Level level);

// Any thread may call these; lines never mix.
void debug(std::string_view message, std::initializer_list<Field> fields = {});
void info(std::string_view message, std::initializer_list<Field> fields = {});
void warn(std::string_view message, std::initializer_list<Field> fields = {});
void error(std::string_view message, std::initializer_list<Field> fields = {});

}  // namespace tallygate::log
