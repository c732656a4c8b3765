#include "app/cli.h"

#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tallygate::app {
namespace {

using Kind = Command::Kind;
using Words = std::vector<const char*>;

Result<Command> parse(Words words) {
    words.insert(words.begin(), "tallygate");
    return parse_command_line(static_cast<int>(words.size()), words.data());
}

Command parsed(const Words& words) {
    const auto command = parse(words);
    EXPECT_TRUE(command) << command.error().message;
    return command ? *command : Command{};
}

std::string said_of(const Words& words) {
    const auto command = parse(words);
    if (command) return "nothing";
    EXPECT_EQ(command.error().errc, Errc::invalid_argument);
    return command.error().message;
}

TEST(CommandLine, ServeTakesItsFlagsAndThoseOfEverywhere) {
    const Command command =
        parsed({"serve", "--listen", "127.0.0.1:1", "--upstream=http://a", "--config", "f.toml",
                "--data", "d", "--store", "memory:", "--demo"});

    EXPECT_EQ(command.kind, Kind::serve);
    const ConfigFlags expected{.config = "f.toml",
                               .data = "d",
                               .store = "memory:",
                               .listen = "127.0.0.1:1",
                               .upstream = "http://a",
                               .demo = true};
    EXPECT_EQ(command.flags, expected);
    EXPECT_EQ(parsed({"serve"}).flags, ConfigFlags{});
}

TEST(CommandLine, TakesFlagsOfEverywhereBeforeTheCommandToo) {
    EXPECT_EQ(parsed({"--data", "d", "verify"}).flags, parsed({"verify", "--data", "d"}).flags);
    EXPECT_EQ(parsed({"--config", "f", "config", "show"}).flags.config, "f");
}

TEST(CommandLine, Token) {
    const Command full =
        parsed({"token", "--user", "carol", "--role", "admin", "--tier", "pro", "--ttl", "5m"});
    EXPECT_EQ(full.kind, Kind::token);
    EXPECT_EQ(full.token.user_id, "carol");
    EXPECT_EQ(full.token.role, "admin");
    EXPECT_EQ(full.token.tier, "pro");
    EXPECT_EQ(full.token.ttl, std::chrono::minutes{5});

    EXPECT_EQ(parsed({"token", "--user", "x"}).token.ttl, std::chrono::hours{12});
    EXPECT_EQ(parsed({"token", "--user", "x", "--link"}).token.ttl, std::chrono::hours{1});
    EXPECT_EQ(parsed({"token", "--user", "x", "--link", "--ttl", "2h"}).token.ttl,
              std::chrono::hours{2});
}

TEST(CommandLine, TokenAsALink) {
    const Command command = parsed({"token", "--user", "x", "--link", "--listen", "[::]:80"});
    EXPECT_TRUE(command.wants_link);
    EXPECT_EQ(command.flags.listen, "[::]:80");

    EXPECT_FALSE(parsed({"token", "--user", "x"}).wants_link);
}

TEST(CommandLine, VerifyRebuildExport) {
    const Command verify = parsed({"verify", "--from", "2026-11-01", "--to", "2026-12-01"});
    EXPECT_EQ(verify.kind, Kind::verify);
    EXPECT_EQ(verify.from, parse_day("2026-11-01"));
    EXPECT_EQ(verify.to, parse_day("2026-12-01"));
    const Command rebuild = parsed({"rebuild", "--from", "2026-11-01"});
    EXPECT_EQ(rebuild.kind, Kind::rebuild);
    EXPECT_EQ(rebuild.from, parse_day("2026-11-01"));

    const Command exported =
        parsed({"export", "--what", "daily", "--format", "jsonl", "--to", "2026-12-01"});
    EXPECT_EQ(exported.kind, Kind::export_rows);
    EXPECT_EQ(exported.exports.what, reports::ExportWhat::daily);
    EXPECT_EQ(exported.exports.format, reports::ExportFormat::jsonl);
    EXPECT_EQ(exported.exports.from, std::nullopt);
    EXPECT_EQ(exported.exports.to, parse_day("2026-12-01"));
}

TEST(CommandLine, Config) {
    EXPECT_EQ(parsed({"config", "check"}).kind, Kind::config_check);
    EXPECT_EQ(parsed({"config", "show"}).kind, Kind::config_show);
    EXPECT_EQ(parsed({"config", "init"}).kind, Kind::config_init);
    EXPECT_EQ(parsed({"config", "init", "--data", "d"}).flags.data, "d");
    for (const char* name : {"check", "show"}) {
        EXPECT_EQ(
            parsed({"config", name, "--listen", "a:1", "--upstream", "http://a", "--demo"}).flags,
            parsed({"serve", "--listen", "a:1", "--upstream", "http://a", "--demo"}).flags);
    }
}

TEST(CommandLine, HelpAndVersion) {
    for (const Words& words : {Words{"--version"}, Words{"-v"}, Words{"version"}}) {
        EXPECT_EQ(parsed(words).kind, Kind::version);
    }
    for (const Words& words :
         {Words{}, Words{"help"}, Words{"--help"}, Words{"-h"}, Words{"help", "help"}}) {
        EXPECT_EQ(parsed(words).text, help_text(""));
    }
    for (const char* name : {"serve", "token", "verify", "rebuild", "export", "config"}) {
        const std::string text(help_text(name).value_or("missing"));
        EXPECT_TRUE(text.starts_with(std::string("tallygate ") + name)) << text;
        EXPECT_NE(text.find("Exit codes: "), std::string::npos) << text;
        for (const Words& words : {Words{"help", name}, Words{name, "--help"}, Words{name, "-h"}}) {
            EXPECT_EQ(parsed(words).kind, Kind::help);
            EXPECT_EQ(parsed(words).text, text);
        }
    }
    EXPECT_EQ(help_text("nothing"), std::nullopt);
    EXPECT_EQ(parsed({"help", "config", "init"}).text, help_text("config"));
}

struct Mistake {
    Words words;
    const char* said;
};

TEST(CommandLine, SaysWhatIsWrongInOneLine) {
    const Mistake mistakes[] = {
        {{"sevre"}, R"(there is no command "sevre"; did you mean serve?)"},
        {{"frobnicate"}, R"(there is no command "frobnicate"; see `tallygate help`)"},
        {{"help", "tokne"}, R"(there is no command "tokne"; did you mean token?)"},
        {{"help", "config", "chekc"},
         R"(there is no command "config chekc"; see `tallygate help`)"},
        {{"--listen", "1:2", "serve"}, "write --listen behind serve; see `tallygate help serve`"},
        {{"--user=a", "token"}, "write --user behind token; see `tallygate help token`"},
        {{"--demo"}, "write --demo behind serve; see `tallygate help serve`"},
        {{"--frob"}, R"(there is no flag "--frob"; see `tallygate help`)"},
        {{"serve", "--lisen", "x"},
         R"(there is no flag "--lisen" of serve; did you mean --listen?)"},
        {{"serve", "--lisen=x"}, R"(there is no flag "--lisen" of serve; did you mean --listen?)"},
        {{"verify", "--stroe", "x"},
         R"(there is no flag "--stroe" of verify; did you mean --store?)"},
        {{"rebuild", "--to", "2026-11-24"},
         R"(there is no flag "--to" of rebuild; see `tallygate help rebuild`)"},
        {{"serve", "now"}, R"("now" is not expected behind serve; see `tallygate help serve`)"},
        {{"serve", "--listen"}, R"(--listen needs one value, once; see `tallygate help serve`)"},
        {{"serve", "--listen", "--demo"},
         R"(--listen needs one value, once; see `tallygate help serve`)"},
        {{"config"}, R"(config needs one of check, show, init; see `tallygate help config`)"},
        {{"config", "chekc"}, R"(there is no command "config chekc"; did you mean check?)"},
        {{"config", "check", "x"},
         R"("x" is not expected behind config check; see `tallygate help config`)"},
        {{"--link", "token"}, "write --link behind token; see `tallygate help token`"},
        {{"token", "--user", "a", "--ttl", "12"},
         R"(--ttl: "12" is not a time; write it as 90s, 30m, 12h or 7d)"},
        {{"export"}, R"(export needs --what events or --what daily)"},
        {{"export", "--what", "nothing"}, R"(--what: "nothing" is not "events" or "daily")"},
        {{"export", "--what", "events"}, R"(export needs --format csv or --format jsonl)"},
        {{"export", "--what", "events", "--format", "xml"},
         R"(--format: "xml" is not "csv" or "jsonl")"},
        {{"verify", "--from", "yesterday"},
         R"(--from: "yesterday" is not a day; write it as 2026-11-24)"},
        {{"verify", "--to", "2026-02-30"},
         R"(--to: "2026-02-30" is not a day; write it as 2026-11-24)"},
        {{"verify", "--from", "2026-11-24", "--to", "2026-11-24"},
         R"(--to: 2026-11-24 is not behind --from; its day is out, so write the day after the last)"},
    };
    for (const Mistake& mistake : mistakes) {
        EXPECT_EQ(said_of(mistake.words), mistake.said);
    }
}

TEST(Duration, IsAWholeNumberWithAUnit) {
    EXPECT_EQ(parse_duration("90s"), std::chrono::seconds{90});
    EXPECT_EQ(parse_duration("30m"), std::chrono::minutes{30});
    EXPECT_EQ(parse_duration("12h"), std::chrono::hours{12});
    EXPECT_EQ(parse_duration("7d"), std::chrono::hours{168});
    for (const char* text : {"", "12", "h", "-1h", "+1h", "1.5h", "12 h", "12H", "1w", "12hh",
                             " 12h", "99999999999999999999d"}) {
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace tallygate::app
