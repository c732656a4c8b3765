#include "api/process_figures.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tallygate::api {
namespace {

TEST(ProcessFigures, AreThoseOfARunningProcess) {
    const ProcessFigures figures = read_process_figures();

    EXPECT_GT(figures.cpu_time.count(), 0);
    EXPECT_GT(figures.resident_bytes, 100'000);
    EXPECT_GE(figures.virtual_bytes, figures.resident_bytes);
    EXPECT_GE(figures.most_descriptors, figures.open_descriptors);
}

TEST(ProcessFigures, CountADescriptorThatIsOpened) {
    const std::int64_t before = read_process_figures().open_descriptors;
    const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);

    const std::int64_t after = read_process_figures().open_descriptors;

    ::close(fd);
    EXPECT_EQ(after, before + 1);
}

}  // namespace
}  // namespace tallygate::api
