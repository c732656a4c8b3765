#include "api/process_figures.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

namespace tallygate::api {
namespace {

std::chrono::microseconds duration_of(const timeval& time) {
    return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
}

void read_memory(ProcessFigures& figures) {
    std::ifstream file("/proc/self/statm");
    std::int64_t all_pages = 0;
    std::int64_t resident_pages = 0;
    if (!(file >> all_pages >> resident_pages)) return;
    const std::int64_t page = ::sysconf(_SC_PAGESIZE);
    figures.virtual_bytes = all_pages * page;
    figures.resident_bytes = resident_pages * page;
}

void read_descriptors(ProcessFigures& figures) {
    std::error_code error;
    std::filesystem::directory_iterator entry("/proc/self/fd", error);
    while (!error && entry != std::filesystem::directory_iterator{}) {
        ++figures.open_descriptors;
        entry.increment(error);
    }
    // The listing itself holds one open.
    figures.open_descriptors = std::max<std::int64_t>(figures.open_descriptors - 1, 0);

    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    constexpr auto kHighest = static_cast<rlim_t>(std::numeric_limits<std::int64_t>::max());
    figures.most_descriptors = static_cast<std::int64_t>(std::min(limit.rlim_cur, kHighest));
}

}  // namespace

ProcessFigures read_process_figures() {
    ProcessFigures figures;
    rusage used{};
    if (::getrusage(RUSAGE_SELF, &used) == 0) {
        figures.cpu_time = duration_of(used.ru_utime) + duration_of(used.ru_stime);
    }
    read_memory(figures);
    read_descriptors(figures);
    return figures;
}

}  // namespace tallygate::api
