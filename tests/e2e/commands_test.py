"""The command line: mistakes and what is said of them, tokens, configuration, several processes on one directory."""
import json
import re
import signal
import sqlite3
import stat
import subprocess
import unittest

from harness import BINARY, EndToEnd, Gateway, eventually
from tokens import app_token
from upstream import Upstream


class Mistakes(unittest.TestCase):
    """Each is one clear line that names the key, exit 2, and nothing started."""

    def setUp(self):
        self.upstream = Upstream()
        self.addCleanup(self.upstream.close)

    def expect_mistake(self, named, config="", upstream_url=None, env=None, arguments=(), listen="127.0.0.1:0"):
        gateway = Gateway(upstream_url or self.upstream.url, config, env=env, arguments=arguments, listen=listen)
        self.addCleanup(gateway.close)
        done = subprocess.run([str(part) for part in gateway.serve_command()], env=gateway.env, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=60)
        said = [line for line in done.stderr.splitlines() if line.strip()]
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(len(said), 1, done.stderr)
        self.assertIn(named, said[0])
        self.assertFalse(gateway.data.exists(), "something was started")
        return said[0]

    def test_an_unknown_key(self):
        self.expect_mistake("lisen", 'lisen = "127.0.0.1:8000"\n')
        self.expect_mistake("journal.sink", '[journal]\nsink = "always"\n')

    def test_a_value_of_the_wrong_kind(self):
        self.expect_mistake("journal.sync", '[journal]\nsync = "sometimes"\n')
        self.expect_mistake("sync_interval_ms", '[journal]\nsync_interval_ms = "soon"\n')
        self.expect_mistake("trusted_proxies", 'trusted_proxies = ["10.0.0.0/99"]\n')

    def test_a_file_that_is_not_toml(self):
        self.expect_mistake("tallygate.toml", "listen = = 1\n")

    def test_a_short_secret(self):
        said = self.expect_mistake("JWT_SECRET", env={"TALLYGATE_JWT_SECRET": "short-one"})
        self.assertNotIn("short-one", said)

    def test_bad_addresses(self):
        self.expect_mistake("--listen", arguments=["--listen", "8000"])
        self.expect_mistake("upstream", upstream_url="ftp://127.0.0.1")
        self.expect_mistake("upstream", upstream_url="127.0.0.1:9000")

    def test_a_store_that_is_none(self):
        self.expect_mistake("store", 'store = "floppy:a"\n')

    def test_a_route_to_an_upstream_that_is_not_there(self):
        self.expect_mistake("other", '[[route]]\nmatch = "POST /x"\nupstream = "other"\noperation = "x"\n')

    def test_a_route_that_is_none(self):
        self.expect_mistake("match", '[[route]]\nmatch = "everything"\nupstream = "app"\noperation = "x"\n')

    def test_a_demo_for_the_world(self):
        self.expect_mistake("--demo", arguments=["--demo"], listen="0.0.0.0:0")

    def test_an_environment_variable_that_holds_nonsense(self):
        self.expect_mistake("TALLYGATE_JOURNAL__SYNC", env={"TALLYGATE_JOURNAL__SYNC": "sometimes"})

    def test_an_upstream_that_is_our_own_address(self):
        self.expect_mistake("--upstream", upstream_url="http://localhost:8123", listen="127.0.0.1:8123")

    def test_an_unknown_command_or_flag(self):
        for arguments in (["sevre"], ["serve", "--lisen", "x"], ["export", "--what", "nothing"], ["token"]):
            with self.subTest(arguments):
                done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertTrue(done.stderr.strip())


class NothingThere(unittest.TestCase):
    """Commands on a folder without data: they say so, exit 1, and make nothing."""

    def setUp(self):
        self.gateway = Gateway("http://127.0.0.1:9000")
        self.addCleanup(self.gateway.close)

    def expect_failure(self, said, *command):
        done = self.gateway.command(*command)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(said, done.stderr)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def test_no_journal_and_no_database(self):
        for command in (["verify"], ["rebuild"], ["export", "--what", "events", "--format", "csv"]):
            with self.subTest(command):
                said = self.expect_failure("there is no database", *command)
                self.assertNotIn("demo", said)
                self.assertFalse(self.gateway.data.exists())

    def test_the_demos_data_is_named_where_it_is_beside(self):
        demo = self.gateway.data / "demo"
        demo.mkdir(parents=True)
        for command in (["verify"], ["rebuild"], ["export", "--what", "daily", "--format", "csv"], ["token", "--user", "a"]):
            with self.subTest(command):
                self.expect_failure(f"--data {demo}", *command)
                self.assertEqual(list(self.gateway.data.iterdir()), [demo])

    def test_a_store_in_memory_cannot_be_read_from_outside(self):
        self.gateway.store = "memory:"
        for command in (["verify"], ["rebuild"], ["export", "--what", "events", "--format", "csv"]):
            with self.subTest(command):
                self.expect_failure("memory:", *command)
                self.assertFalse(self.gateway.data.exists())


class Start(EndToEnd):
    def test_an_address_that_is_taken_leaves_nothing_behind(self):
        taken = self.make_gateway(listen="%s:%d" % self.gateway.server.address).start()

        self.assertEqual(taken.server.wait(), 1)

        self.assertIn("Address already in use", taken.server.log())
        self.assertIn("--listen HOST:PORT", taken.server.log())
        self.assertFalse(taken.data.exists(), "something was made")

    def test_it_warns_of_what_is_likely_a_slip(self):
        gateway = self.make_gateway(env={"TALLYGATE_SERVICE_PORT": "80"})
        gateway.env.pop("TALLYGATE_JWT_SECRET")
        gateway.start_ready()

        self.assertIn("no application secret is set", gateway.server.log())
        self.assertIn("TALLYGATE_SERVICE_PORT", gateway.server.log())
        self.assertIn("no application secret is set", gateway.command("config", "check").stdout)
        self.assertNotIn("no application secret is set", self.gateway.server.log())

    def test_what_sighup_cannot_change_is_named(self):
        self.gateway.config_file.write_text('[journal]\nsync_interval_ms = 7\n[tiers.free]\ntokens_per_month = 7\n', encoding="utf-8")

        self.gateway.server.process.send_signal(signal.SIGHUP)

        line = eventually(lambda: re.search(r".*wait for a restart.*", self.gateway.server.log()), "the keys are logged")[0]
        self.assertIn("journal.sync_interval_ms", line)
        self.assertNotIn("tiers", line)


class Commands(EndToEnd):
    def test_output_that_cannot_be_written_is_a_failure(self):
        for command in (["help"], ["--version"], ["token", "--user", "a"], ["config", "show"], ["config", "check"], ["verify"],
                        ["export", "--what", "daily", "--format", "csv"]):
            with self.subTest(command), open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([BINARY, *self.gateway.common_arguments(), *command], env=self.gateway.env, stdout=full,
                                      stderr=subprocess.PIPE, text=True, timeout=60)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertEqual(done.stderr, "tallygate: cannot write to standard output\n")

    def test_a_token_of_a_tier_that_nobody_configured_is_warned_of(self):
        known = self.gateway.command("token", "--user", "carol", "--tier", "pro")
        unknown = self.gateway.command("token", "--user", "carol", "--tier", "gold")

        self.assertEqual((known.returncode, known.stderr), (0, ""))
        self.assertEqual(unknown.returncode, 0)
        self.assertIn('no tier "gold"', unknown.stderr)
        self.gateway.get_json("/ai/usage/me", unknown.stdout.strip())

    def test_config_takes_the_flags_of_serve(self):
        for name in ("check", "show"):
            done = self.gateway.command("config", name, "--listen", "127.0.0.1:8123", "--upstream", "http://127.0.0.1:9123")
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r'listen = "127\.0\.0\.1:8123" +# --listen')

    def test_help_and_version(self):
        version = subprocess.run([BINARY, "--version"], capture_output=True, text=True, timeout=60)
        self.assertRegex(version.stdout, r"\d+\.\d+\.\d+")
        overview = subprocess.run([BINARY, "help"], capture_output=True, text=True, timeout=60)
        self.assertEqual(overview.returncode, 0)
        for command in ("serve", "token", "verify", "rebuild", "export", "config"):
            self.assertIn(command, overview.stdout)
            one = subprocess.run([BINARY, "help", command], capture_output=True, text=True, timeout=60)
            self.assertEqual((one.returncode, bool(one.stdout)), (0, True), one.stderr)

    def test_a_token_that_we_sign_is_taken(self):
        done = self.gateway.command("token", "--user", "carol", "--role", "admin", "--tier", "pro", "--ttl", "5m")

        self.assertEqual(done.returncode, 0, done.stderr)
        usage = self.gateway.get_json("/ai/usage/me", done.stdout.strip())
        self.assertEqual((usage["user_id"], usage["subscription_tier"]), ("carol", "pro"))
        self.gateway.get_json("/ai/usage/global", done.stdout.strip())

    def test_a_token_comes_as_a_link_to_the_dashboard_where_that_is_asked_for(self):
        address = "%s:%d" % self.gateway.server.address
        done = self.gateway.command("token", "--user", "carol", "--link", "--listen", address)

        self.assertEqual((done.returncode, done.stderr), (0, ""))
        dashboard, token = done.stdout.strip().split("#token=")
        self.assertEqual(dashboard, f"http://{address}/tallygate/")
        self.assertEqual(self.gateway.get_json("/ai/usage/me", token)["user_id"], "carol")

    def test_a_link_names_an_address_that_a_browser_can_open(self):
        for listen, host in (("0.0.0.0:8123", "127.0.0.1"), ("[::]:8123", "[::1]")):
            with self.subTest(listen):
                done = self.gateway.command("token", "--user", "carol", "--link", env={"TALLYGATE_LISTEN": listen})
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertTrue(done.stdout.startswith(f"http://{host}:8123/tallygate/#token="), done.stdout)
                self.assertIn("every address of this machine", done.stderr)

        done = self.gateway.command("token", "--user", "carol", "--link", "--listen", "127.0.0.1:0")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("port 0", done.stderr)

    def test_our_own_secret_is_made_once_and_is_nobodys_to_read(self):
        path = self.gateway.data / "jwt.secret"
        before = path.read_bytes()
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.gateway.stop()

        self.gateway.start_ready()

        self.assertEqual(path.read_bytes(), before)

    def test_config_shows_values_their_origin_and_no_secret(self):
        done = self.gateway.command("config", "show", env={"TALLYGATE_JOURNAL__SYNC": "always", "TALLYGATE_SERVICE_PORT": "80"})

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("***", done.stdout)
        self.assertNotIn(self.gateway.env["TALLYGATE_JWT_SECRET"], done.stdout)
        [line] = [line for line in done.stdout.splitlines() if "sync" in line and "always" in line]
        self.assertIn("TALLYGATE_JOURNAL__SYNC", line)

    def test_config_check_lists_environment_names_that_mean_nothing(self):
        done = self.gateway.command("config", "check", env={"TALLYGATE_SERVICE_PORT": "80"})

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("TALLYGATE_SERVICE_PORT", done.stdout + done.stderr)

    def test_config_init_writes_what_config_check_takes(self):
        self.gateway.config_file.unlink()

        done = self.gateway.command("config", "init")

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("[journal]", self.gateway.config_file.read_text(encoding="utf-8"))
        self.assertEqual(self.gateway.command("config", "check").returncode, 0)
        again = self.gateway.command("config", "init")
        self.assertNotEqual(again.returncode, 0, "it must not overwrite")

    def test_events_and_days_can_be_exported_beside_the_server(self):
        for path in ("/ai/chat", "/ai/qa"):
            self.gateway.call("POST", path, app_token("alice, \"the\" first"), body={})
        self.gateway.my_usage("x")

        lines = self.gateway.command("export", "--what", "events", "--format", "csv").stdout.splitlines()
        days = self.gateway.command("export", "--what", "daily", "--format", "jsonl").stdout.splitlines()

        self.assertEqual(len(lines), 3)
        self.assertIn("user_id", lines[0])
        self.assertIn('"alice, ""the"" first"', lines[1])
        with sqlite3.connect(self.gateway.data / "usage.db") as database:
            names = [column[0] for column in database.execute("SELECT * FROM daily_stats LIMIT 0").description]
        database.close()
        self.assertEqual(list(json.loads(days[0]))[:len(names)], names)
        by_scope = {(day["scope"], day["user_id"]): day["total_operations"] for day in map(json.loads, days)}
        self.assertEqual(by_scope[("user", 'alice, "the" first')], 2)


class OneDirectory(EndToEnd):
    def test_a_second_server_on_it_is_refused_and_the_first_goes_on(self):
        second = self.make_gateway(data=self.gateway.data).start()

        self.assertNotEqual(second.server.wait(), 0)

        self.assertIn(str(self.gateway.data), second.server.log())
        self.assertEqual(self.gateway.call("POST", "/ai/chat", app_token("alice"), body={}).status, 200)
        self.assertEqual(self.gateway.my_usage("alice")["total_operations"], 1)

    def test_rebuild_does_not_run_beside_the_server(self):
        done = self.gateway.command("rebuild")

        self.assertNotEqual(done.returncode, 0)
        self.assertIn(str(self.gateway.data), done.stderr)

    def test_verify_runs_beside_the_server(self):
        self.gateway.call("POST", "/ai/chat", app_token("alice"), body={})

        self.assert_verified()

    def test_one_difference_is_one(self):
        self.gateway.call("POST", "/ai/chat", app_token("alice"), body={})
        self.gateway.my_usage("alice")
        self.gateway.stop()
        with sqlite3.connect(self.gateway.data / "usage.db") as database:
            database.execute("UPDATE daily_totals SET tokens = tokens + 1 WHERE user = 0")
        database.close()

        done = self.gateway.command("verify")

        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertTrue(done.stdout.endswith("\n1 difference\n"), done.stdout)

    def test_a_database_that_is_not_ours_is_left_alone(self):
        def text(path):
            path.write_bytes(b"somebody's notes, which are not a database at all\n" * 100)

        def other_database(path):
            with sqlite3.connect(path) as database:
                database.execute("CREATE TABLE addresses (name)")
            database.close()

        self.gateway.stop()
        for number, make in enumerate((text, other_database)):
            with self.subTest(make.__name__):
                path = self.gateway.data.parent / f"other-{number}.db"
                make(path)
                before = path.read_bytes()
                gateway = self.make_gateway()
                gateway.store = f"sqlite:{path}"
                gateway.start()
                self.assertNotEqual(gateway.server.wait(), 0)
                self.assertIn(str(path), gateway.server.log())
                self.assertEqual(path.read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
