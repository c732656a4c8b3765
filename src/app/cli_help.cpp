// What `tallygate help` prints.
#include <algorithm>
#include <array>

#include "app/cli.h"

namespace tallygate::app {
namespace {

constexpr std::string_view kOverview = R"text(tallygate: meters the use of AI endpoints

  tallygate serve      stand before an application or a provider, and count
  tallygate token      sign a token for a user
  tallygate verify     prove every total against the log
  tallygate rebuild    compute all totals again from the log
  tallygate export     write what is stored as CSV or JSON lines
  tallygate config     check, show or begin the configuration
  tallygate help [COMMAND], tallygate version

Everywhere:
  --config FILE   the configuration (./tallygate.toml where it is there)
  --data DIR      journal, state and embedded database (./tallygate-data)
  --store URL     sqlite:, sqlite:PATH, mongodb://HOST/DATABASE or memory: (sqlite:, which is
                  DIR/usage.db)

Flags beat the environment (TALLYGATE_LISTEN, TALLYGATE_JOURNAL__SYNC), that beats the file.
Exit codes: 0 done; 1 failed, or verify found differences; 2 a wrong command line or configuration.

Try it:
  tallygate serve --demo
)text";

constexpr std::string_view kServe =
    R"text(tallygate serve [--listen HOST:PORT] [--upstream URL] [--demo]

Forwards metered calls to the upstream and counts them, until SIGTERM or Ctrl-C. Requests under way
may then end (30 s). SIGHUP reads routes, upstreams, tiers and CORS again, and logs which other keys
wait for a restart.

  --listen HOST:PORT   where clients reach it (127.0.0.1:8000)
  --upstream URL       the application behind it (http://127.0.0.1:9000)
  --demo               a demo AI engine and light traffic; data in DIR/demo, this machine alone

Your application's secret comes from TALLYGATE_JWT_SECRET, or the configuration:
  TALLYGATE_JWT_SECRET=... tallygate serve --upstream http://127.0.0.1:9000

Exit codes: 0 stopped by a signal; 1 failed; 2 a wrong command line or configuration.
)text";

constexpr std::string_view kToken =
    R"text(tallygate token --user ID [--role ROLE] [--tier TIER] [--ttl TIME] [--link [--listen HOST:PORT]]

Prints a signed token (JWT) that this installation takes, and no upstream ever sees.

  --user ID      whose calls are counted
  --role ROLE    admin: may see everybody's usage
  --tier TIER    free, basic, pro, enterprise, or one of your own (the default tier)
  --ttl TIME     how long it holds: 90s, 30m, 12h, 7d (12h; with --link 1h)
  --link         prints the dashboard's address instead, with the token in it: whoever opens that is
                 signed in, and a browser's history keeps it. --listen says where the server is, as
                 it does to `serve`

  curl -H "Authorization: Bearer $(tallygate token --user alice)" http://127.0.0.1:8000/ai/usage/me

Needs DIR/jwt.secret, which `tallygate serve` or `tallygate config init` makes; for the demo's users
add --data tallygate-data/demo.
Exit codes: 0 done; 1 failed; 2 a wrong command line or configuration.
)text";

constexpr std::string_view kVerify = R"text(tallygate verify [--from DATE] [--to DATE]

Proves every total against the log, and the log against the journal. Prints each difference, or
"0 differences". May run beside the server.

  --from DATE    totals from this UTC day on; the day is in
  --to DATE      totals before this UTC day; the day is out

  tallygate verify --from 2026-11-01 --to 2026-12-01     November

After a difference: keep a copy of DIR, stop the server and run `tallygate rebuild`. It takes from
the journal what the log lacks and computes the totals again; verify then shows what it could not
mend: rows of the log that somebody changed or added.

Exit codes: 0 no differences; 1 differences, or failed; 2 a wrong command line or configuration.
)text";

constexpr std::string_view kRebuild = R"text(tallygate rebuild [--from DATE]

Computes all totals again from the log, after it took from the journal what the database lacks. Stop
the server first.

  --from DATE    from this UTC day on; the day is in

  tallygate rebuild --from 2026-11-01

Exit codes: 0 done; 1 failed, or a server is running; 2 a wrong command line or configuration.
)text";

constexpr std::string_view kExport =
    R"text(tallygate export --what events|daily --format csv|jsonl [--from DATE] [--to DATE]

Writes what is stored to standard output. May run beside the server.

  --what events     one row per call        --what daily      one row per day and user
  --format csv      with a line of names    --format jsonl    one JSON object a line
  --from DATE       from this UTC day on; the day is in
  --to DATE         before this UTC day; the day is out

  tallygate export --what events --format csv --from 2026-11-24 --to 2026-11-25 > tuesday.csv

Exit codes: 0 done; 1 failed; 2 a wrong command line or configuration.
)text";

constexpr std::string_view kConfig = R"text(tallygate config check|show|init

  check    says whether flags, environment and file are sound, and which TALLYGATE_ names mean nothing
  show     prints every value in force and where it came from; secrets as ***
  init     writes a commented tallygate.toml (to --config FILE) and makes the secret that signs
           tokens; never overwrites

check and show take --listen, --upstream and --demo as serve does.

  tallygate config init && tallygate config check

Exit codes: 0 sound, or done; 1 failed; 2 a wrong command line or configuration.
)text";

struct Topic {
    std::string_view command;
    std::string_view text;
};
constexpr std::array<Topic, 7> kTopics = {{{"", kOverview},
                                           {"serve", kServe},
                                           {"token", kToken},
                                           {"verify", kVerify},
                                           {"rebuild", kRebuild},
                                           {"export", kExport},
                                           {"config", kConfig}}};

}  // namespace

std::optional<std::string_view> help_text(std::string_view command) {
    const auto* const found = std::ranges::find(kTopics, command, &Topic::command);
    return found == kTopics.end() ? std::nullopt : std::optional(found->text);
}

}  // namespace tallygate::app
