"""The demo, and the example script that checks an installation with it."""
import datetime
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

from harness import DEMO_ENGINE, EndToEnd, Gateway, Program, eventually
from tokens import app_token

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "examples" / "test_usage_tracking.py"


class Example(EndToEnd):
    def setUp(self):
        """Each test starts its own."""

    def start_before(self, *engine_options):
        engine = Program([DEMO_ENGINE, "--listen", "127.0.0.1:0", "--latency-scale", "0", *engine_options])
        self.addCleanup(engine.kill)
        self.gateway = self.make_gateway(upstream_url="http://127.0.0.1:%d" % engine.address[1]).start_ready()

    def run_script(self, *arguments):
        url = "http://%s:%d" % self.gateway.server.address
        return subprocess.run([sys.executable, "-B", SCRIPT, url, *arguments], capture_output=True, text=True, timeout=120)

    def test_the_script_passes(self):
        self.start_before("--failure-rate", "0")
        admin = app_token("root", role="admin")
        for token, more in ((app_token("alice"), []), (app_token("bob"), ["--admin-token", admin]), (admin, [])):
            done = self.run_script(token, *more)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn(", 0 failed", done.stdout)
        self.assert_verified()

    def test_the_script_passes_before_an_application_that_fails_now_and_then(self):
        for seed in ("1", "2", "3"):
            self.start_before("--failure-rate", "0.5", "--seed", seed)
            done = self.run_script(app_token("alice"))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class ExampleAlone(unittest.TestCase):
    def test_a_url_without_a_scheme_is_a_mistake_that_says_how_to_write_it(self):
        done = subprocess.run([sys.executable, "-B", SCRIPT, "localhost:8000", "TOKEN"], capture_output=True, text=True, timeout=60)

        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("write http://localhost:8000", done.stderr)
        self.assertNotIn("Traceback", done.stderr)


class Demo(unittest.TestCase):
    def test_it_serves_with_traffic_of_its_own_and_needs_nothing(self):
        gateway = Gateway(None, arguments=["--demo"])
        self.addCleanup(gateway.close)
        gateway.env.pop("TALLYGATE_JWT_SECRET")
        gateway.start_ready()

        eventually(lambda: gateway.metric("tallygate_requests_total") >= 2, "there is traffic")
        self.assertIn('name="tallygate-demo" content="true"', gateway.get("/tallygate/").body.decode())
        gateway.stop()

        self.assertTrue((gateway.data / "demo" / "usage.db").exists(), "the demo's data is apart")
        self.assertFalse((gateway.data / "usage.db").exists())

    def test_a_fresh_one_has_a_past_that_is_written_once(self):
        gateway = Gateway(None, arguments=["--demo"])
        self.addCleanup(gateway.close)
        stored = Gateway(None, data=gateway.data / "demo")
        self.addCleanup(stored.close)
        gateway.start_ready()

        seen = gateway.get_json("/ai/usage/global?days=90", app_token("root", role="admin"))
        gateway.stop()
        verified = stored.command("verify")
        past = stored.export_events()
        again = datetime.datetime.now(datetime.timezone.utc).isoformat()
        gateway.start_ready()
        gateway.stop()

        self.assertGreater(sum(day["operations"] > 0 for day in seen["daily_usage"].values()), 60)
        self.assertEqual(len(seen["operations_by_type"]), 9)
        self.assertGreaterEqual(len({user["subscription_tier"] for user in seen["top_users"]}), 3)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.assertIn("0 differences", verified.stdout)
        self.assertEqual([event for event in stored.export_events() if event["timestamp"] < again], past)

    def start_and_listen(self):
        """A demo, and all that it says on standard output before it serves."""
        gateway = Gateway(None, arguments=["--demo"])
        self.addCleanup(gateway.close)
        file = gateway.data.parent / "said.txt"
        gateway.start_ready(wrapper=["sh", "-c", f'exec "$0" "$@" >{file}'])
        eventually(lambda: " verify --data " in file.read_text(encoding="utf-8"), "it is said")
        return gateway, file.read_text(encoding="utf-8")

    def test_it_says_first_how_to_open_the_dashboard(self):
        gateway, said = self.start_and_listen()

        [link] = re.findall(r"^ *(http://\S+#token=\S+)$", said, re.MULTILINE)

        address, token = link.split("#token=")
        self.assertEqual(said.index("http://"), said.index(link), "nothing comes before it")
        self.assertEqual(address, "http://%s:%d/tallygate/" % gateway.server.address)
        gateway.get_json("/ai/usage/global", token)
        self.assertNotIn(token, gateway.server.log())

    def test_it_says_how_to_prove_its_numbers(self):
        gateway, said = self.start_and_listen()

        line = re.search(r"\S+ verify --data .*", said)[0]

        done = subprocess.run(shlex.split(line), env=gateway.env, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("0 differences", done.stdout)


if __name__ == "__main__":
    unittest.main()
