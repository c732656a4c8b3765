"""Passthroughs, upgrades, CORS, trusted proxies, and what becomes of the client's credential."""
import unittest

from harness import EndToEnd
from tokens import app_token, bearer

ORIGIN = "https://app.example"


class Passthrough(EndToEnd):
    config = """
[[passthrough]]
path = "/*"
upstream = "app"
"""

    def operations(self):
        return self.gateway.get_json("/ai/usage/global", app_token("root", role="admin"))["total_operations"]

    def test_what_no_route_takes_goes_through_without_a_token_and_unmetered(self):
        for method, target in (("GET", "/"), ("GET", "/docs/a?b=c"), ("DELETE", "/things/7"), ("PATCH", "/ai/other")):
            answer = self.gateway.call(method, target, fields=[("X-Tallygate-User", "root")], body=b"{}")
            with self.subTest(target):
                call = self.upstream.calls[-1]
                self.assertEqual((answer.status, call.method, call.target), (200, method, target))
                self.assertEqual(call.all("X-Tallygate-User") + call.all("X-Tallygate-Tier"), [])
                self.assertEqual(len(call.all("X-Request-Id")), 1)
        self.assertEqual(self.operations(), 0)

    def test_a_credential_that_is_not_ours_goes_along(self):
        self.gateway.get("/docs", fields=[("Authorization", "Basic eDp5")])

        self.assertEqual(self.upstream.calls[-1].all("Authorization"), ["Basic eDp5"])

    def test_a_metered_path_written_otherwise_does_not_slip_through(self):
        for target in ("/AI/chat", "/ai/chat/", "/ai/Chat/stream", "/AI/QA/"):
            with self.subTest(target):
                answer = self.gateway.call("POST", target, app_token("alice"), body={})
                self.assertIn(answer.status, (404, 405), answer)
        self.assertEqual(self.upstream.calls, [])

    def test_metered_paths_need_a_token_still(self):
        self.assert_problem(self.gateway.call("POST", "/ai/chat", body={}), 401, "token_missing")

    def test_our_own_paths_stay_ours_and_aliases_yield(self):
        for target in ("/health", "/tallygate/livez", "/tallygate/openapi.json"):
            self.assertEqual(self.gateway.get(target).status, 200)
        self.assertEqual(self.upstream.calls, [])

        for target in ("/metrics", "/openapi.json", "/livez"):
            self.gateway.get(target)
            self.assertEqual(self.upstream.calls[-1].target, target)

    def test_an_upgrade_is_tunnelled_both_ways(self):
        def answer(call):
            call.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Theirs: 1\r\n\r\nhello ")
            while data := call.receive_raw():
                call.send(data.upper())
                if b"end" in data:
                    call.close()

        self.upstream.answer = answer
        with self.gateway.connect() as connection:
            connection.send_head("GET", "/socket", [("Connection", "Upgrade"), ("Upgrade", "WebSocket"), ("Sec-WebSocket-Key", "k")])
            head = connection.receive_head()
            self.assertEqual((head.status, head.get("Upgrade"), head.get("X-Theirs")), (101, "websocket", "1"))
            received = b""
            for sent in (b"one ", b"two ", b"end"):
                connection.send(sent)
                while not received.endswith(sent.upper()):
                    if not connection.buffer:
                        self.assertTrue(connection.fill(), received)
                    received += connection.take(len(connection.buffer))
            self.assertTrue(connection.is_closed())

        self.assertEqual(received, b"hello ONE TWO END")
        call = self.upstream.calls[-1]
        self.assertEqual((call.get("Upgrade"), call.get("Connection"), call.get("Sec-WebSocket-Key")), ("WebSocket", "Upgrade", "k"))

    def test_an_upgrade_that_is_declined_is_an_ordinary_answer(self):
        answer = self.gateway.get("/socket", fields=[("Connection", "Upgrade"), ("Upgrade", "websocket")])

        self.assertEqual(answer.status, 200)

    def test_no_other_protocol_gets_past_us(self):
        fields = [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")]

        answer = self.gateway.get("/docs", fields=fields)

        self.assertEqual(answer.status, 200)
        call = self.upstream.calls[-1]
        self.assertEqual(call.all("Upgrade") + call.all("Connection") + call.all("HTTP2-Settings"), [])

    def test_a_metered_route_upgrades_nothing(self):
        fields = [("Connection", "Upgrade"), ("Upgrade", "websocket")]

        answer = self.gateway.call("POST", "/ai/chat", app_token("alice"), fields, {})

        self.assert_problem(answer, 501, "upgrade_not_supported")
        self.assertEqual(self.upstream.calls, [])

    def test_an_upstream_that_is_not_there_is_told(self):
        self.upstream.close()

        self.assert_problem(self.gateway.get("/docs"), 502, "upstream_refused")


class WithoutPassthrough(EndToEnd):
    def test_what_no_route_takes_goes_nowhere(self):
        self.assert_problem(self.gateway.get("/docs"), 404, "not_found")
        self.assertEqual(self.upstream.calls, [])

    def test_aliases_are_ours(self):
        for target in ("/livez", "/readyz", "/openapi.json", "/metrics"):
            self.assertEqual(self.gateway.get(target).status, 200, target)

    def test_a_browsers_preflight_is_the_applications_to_answer(self):
        self.upstream.answer = lambda call: call.reply(204, b"", [("Access-Control-Allow-Origin", ORIGIN)])
        fields = [("Origin", ORIGIN), ("Access-Control-Request-Method", "POST")]

        answer = self.gateway.call("OPTIONS", "/ai/chat", fields=fields)

        self.assertEqual((answer.status, answer.all("Access-Control-Allow-Origin")), (204, [ORIGIN]))
        self.assertEqual(self.gateway.my_usage("alice")["total_operations"], 0)


class Cors(EndToEnd):
    config = f'[cors]\norigins = ["{ORIGIN}"]\n'

    def test_we_answer_preflights(self):
        fields = [("Origin", ORIGIN), ("Access-Control-Request-Method", "POST"),
                  ("Access-Control-Request-Headers", "authorization,content-type")]

        answer = self.gateway.call("OPTIONS", "/ai/chat", fields=fields)

        self.assertEqual((answer.status, answer.get("Access-Control-Allow-Origin")), (204, ORIGIN))
        self.assertEqual(answer.get("Access-Control-Allow-Methods"), "POST")
        self.assertEqual(answer.get("Access-Control-Allow-Headers"), "authorization,content-type")
        self.assertEqual(self.upstream.calls, [])

    def test_a_stranger_is_allowed_nothing(self):
        fields = [("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST")]

        answer = self.gateway.call("OPTIONS", "/ai/chat", fields=fields)

        self.assertEqual(answer.all("Access-Control-Allow-Origin"), [])

    def test_errors_can_be_read_by_the_browser(self):
        answer = self.gateway.call("POST", "/ai/chat", fields=[("Origin", ORIGIN)], body={})

        self.assert_problem(answer, 401, "token_missing")
        self.assertEqual(answer.all("Access-Control-Allow-Origin"), [ORIGIN])

    def test_the_applications_own_fields_are_dropped(self):
        self.upstream.answer = lambda call: call.reply(
            fields=[("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Credentials", "true")])

        answer = self.gateway.call("POST", "/ai/chat", app_token("alice"), [("Origin", ORIGIN)], {})

        self.assertEqual(answer.all("Access-Control-Allow-Origin"), [ORIGIN])
        self.assertEqual(answer.all("Access-Control-Allow-Credentials"), [])
        self.assertIn("Origin", answer.all("Vary"))


class TrustedProxies(EndToEnd):
    config = 'trusted_proxies = ["127.0.0.0/8"]\n'

    def test_what_a_trusted_proxy_says_is_kept_and_extended(self):
        fields = [("X-Forwarded-For", "6.6.6.6, 10.0.0.1"), ("X-Forwarded-Proto", "https"),
                  ("X-Forwarded-Host", "public.example")]

        self.gateway.call("POST", "/ai/chat", app_token("alice"), fields, {})

        call = self.upstream.calls[-1]
        self.assertEqual(call.all("X-Forwarded-For"), ["6.6.6.6, 10.0.0.1, 127.0.0.1"])
        self.assertEqual(call.all("X-Forwarded-Proto"), ["https"])
        self.assertEqual(call.all("X-Forwarded-Host"), ["public.example"])


class Credentials(EndToEnd):
    """What an upstream gets of the client's Authorization."""

    def forwarded(self, config, token=None, env=None):
        gateway = self.make_gateway("[upstream.app]\n" + config, env=env).start_ready()
        answer = gateway.call("POST", "/ai/chat", token or app_token("alice"), body={})
        self.assertEqual(answer.status, 200, answer)
        return self.upstream.calls[-1]

    def test_forward_passes_it_on(self):
        token = app_token("alice")

        self.assertEqual(self.forwarded('auth = "forward"\n', token).all("Authorization"), [f"Bearer {token}"])

    def test_strip_removes_it(self):
        self.assertEqual(self.forwarded('auth = "strip"\n').all("Authorization"), [])

    def test_bearer_replaces_it(self):
        call = self.forwarded('auth = "bearer"\ncredential_env = "APP_KEY"\n', env={"APP_KEY": "key-of-the-gateway"})

        self.assertEqual(call.all("Authorization"), ["Bearer key-of-the-gateway"])

    def test_header_puts_the_credential_elsewhere(self):
        call = self.forwarded('auth = "header"\nauth_header = "X-Api-Key"\ncredential_env = "APP_KEY"\n',
                              env={"APP_KEY": "key-of-the-gateway"})

        self.assertEqual((call.all("Authorization"), call.all("X-Api-Key")), ([], ["key-of-the-gateway"]))

    def test_a_token_that_we_signed_reaches_no_upstream(self):
        token = self.gateway.command("token", "--user", "carol").stdout.strip()

        answer = self.gateway.call("POST", "/ai/chat", token, body={})

        self.assertEqual(answer.status, 200)
        self.assertEqual(self.upstream.calls[-1].all("Authorization"), [])
        self.assertEqual(self.upstream.calls[-1].all("X-Tallygate-User"), ["carol"])


if __name__ == "__main__":
    unittest.main()
