// The command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/config.h"
#include "auth/authenticator.h"
#include "base/result.h"
#include "base/utc_time.h"
#include "reports/export.h"

namespace tallygate::app {

// What was asked for. A value.
struct Command {
    enum class Kind : std::uint8_t {
        help,  // prints `text`
        version,
        serve,
        token,
        verify,
        rebuild,
        export_rows,
        config_check,
        config_show,
        config_init,
    };
    Kind kind = Kind::help;
    ConfigFlags flags;
    std::string text;                // of help
    auth::TokenRequest token;        // of token
    bool wants_link = false;         // of token: the dashboard's address with it
    std::optional<Day> from;         // of verify and rebuild
    std::optional<Day> to;           // of verify; is out
    reports::ExportOptions exports;  // of export, its days too
};

enum ExitCode : std::uint8_t {
    exit_ok = 0,
    exit_failed = 1,  // it could not be done, or verify found differences
    exit_usage = 2,   // a wrong command line or configuration; nothing was done
};

// Fails with invalid_argument on a command line that is none; the message is one line that names
// the mistake and the mend.
Result<Command> parse_command_line(int argc, const char* const* argv);

// What `tallygate help` prints, and for a command `tallygate help COMMAND`; nothing for another
// name.
std::optional<std::string_view> help_text(std::string_view command);

// "90s", "30m", "12h", "7d"; nothing for anything else.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace tallygate::app
