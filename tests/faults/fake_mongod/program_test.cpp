// The program: what it says, and how it ends.
#include <array>
#include <csignal>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver.h"
#include "raw_client.h"

namespace tallygate::fake_mongod {
namespace {

using testing::HasSubstr;

// Runs with its standard error in a pipe until it is told to end.
class Program {
public:
    Program() {
        std::array<int, 2> pipe{};
        if (pipe2(pipe.data(), O_CLOEXEC) != 0) return;
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, pipe[1], STDERR_FILENO);
        std::string path = FAKE_MONGOD_PROGRAM;
        std::array<char*, 2> arguments = {path.data(), nullptr};
        posix_spawn(&process_, path.c_str(), &actions, nullptr, arguments.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        close(pipe[1]);
        errors_ = pipe[0];
    }
    ~Program() {
        if (process_ > 0) kill(process_, SIGKILL);
        if (process_ > 0) waitpid(process_, nullptr, 0);
        close(errors_);
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    std::string line() {
        std::string text;
        for (char c = 0; c != '\n' && read(errors_, &c, 1) == 1;)
            text += c;
        return text;
    }
    // Its exit status.
    int terminate() {
        int status = -1;
        kill(process_, SIGTERM);
        waitpid(process_, &status, 0);
        process_ = -1;
        return status;
    }

private:
    pid_t process_ = -1;
    int errors_ = -1;
};

std::string value_of(const std::string& line, const std::string& key) {
    const std::size_t begin = line.find(' ' + key + '=') + key.size() + 2;
    return line.substr(begin, line.find_first_of(" \n", begin) - begin);
}

TEST(TheProgram, SaysWhereItListensAndEndsOnSigterm) {
    Program program;
    const std::string line = program.line();
    EXPECT_THAT(line, HasSubstr("level=info msg=listening address=127.0.0.1:"));
    Driver driver("mongodb://" + value_of(line, "address") + "/");
    Driver control("mongodb://" + value_of(line, "control") + "/");
    EXPECT_TRUE(driver.insert({R"({"_id": 1})"}).ok);
    EXPECT_EQ(control.find("{}").size(), 1u);
    EXPECT_TRUE(control.command(R"({"fault": "stall"})", "admin").ok);

    EXPECT_EQ(program.terminate(), 0);
}

TEST(TheProgram, SaysWhyItClosesAConnection) {
    Program program;
    const RawClient client(value_of(program.line(), "address"));

    client.send(std::string(16, 'x'));

    EXPECT_FALSE(client.answer());
    EXPECT_THAT(program.line(), HasSubstr(R"(level=warning msg="connection closed" reason="no )"));
    EXPECT_EQ(program.terminate(), 0);
}

}  // namespace
}  // namespace tallygate::fake_mongod
