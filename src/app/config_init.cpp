#include "app/config_init.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/config_file.h"
#include "app/config_parts.h"

namespace tallygate::app {
namespace {

std::unexpected<Error> cannot_write(const std::filesystem::path& path, int error) {
    return failure(Errc::unavailable, "",
                   fmt::format("cannot write {}: {}", path.string(), error_text(error)));
}

std::unexpected<Error> is_there(const std::filesystem::path& path) {
    return failure(Errc::conflict, "",
                   fmt::format("{} is there already and is left as it is; name another file with "
                               "--config, or move it away",
                               path.string()));
}

// The file may come to hold a secret: it is its owner's alone.
Result<void> write_file(const std::filesystem::path& path, const std::string& text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        const int error = errno;
        if (error == EEXIST) return is_there(path);
        return cannot_write(path, error);
    }
    errno = ENOSPC;
    const bool whole = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const int error = errno;
    ::close(file);
    if (whole) return {};
    ::unlink(path.c_str());
    return cannot_write(path, error);
}

Result<void> make_data_directory(const std::filesystem::path& given) {
    const std::filesystem::path path = (given / "").parent_path();  // without a slash at its end
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) return {};
    const std::filesystem::path parent = path.parent_path();
    if (!parent.empty()) std::filesystem::create_directories(parent, error);
    if (!error && ::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
        error = std::error_code(errno, std::generic_category());
    }
    if (error) return cannot_write(path, error.value());
    return {};
}

}  // namespace

Result<InitReport> init_config(const ConfigSources& sources) {
    InitReport report;
    report.file = sources.flags.config.value_or("tallygate.toml");
    std::error_code error;
    if (std::filesystem::exists(report.file, error)) return is_there(report.file);
    const std::string text = config_template(sources.flags);
    auto content = parse_config(text, report.file.string());
    if (!content) return std::unexpected(content.error());
    auto config = build_config(*content, sources);
    if (!config) return std::unexpected(config.error());

    report.data = config->data;
    if (auto made = make_data_directory(report.data); !made) return std::unexpected(made.error());
    if (auto added = add_own_issuer(*config); !added) return std::unexpected(added.error());
    if (auto written = write_file(report.file, text); !written) {
        return std::unexpected(written.error());
    }
    return report;
}

}  // namespace tallygate::app
