"""The nine metered endpoints, what the application sees of a call, and the numbers afterwards."""
import datetime
import re
import unittest

from client import chunk_bytes
from harness import EndToEnd, eventually, path_segment, utc_today
from tokens import app_token, bearer

ENDPOINTS = {  # path: (operation, estimate)
    "/ai/chat": ("chat", 500),
    "/ai/chat/stream": ("chat_stream", 750),
    "/ai/summarize": ("summarize", 1000),
    "/ai/summarize/stream": ("summarize_stream", 1000),
    "/ai/qa": ("qa", 800),
    "/ai/qa/stream": ("qa_stream", 800),
    "/ai/qa/file": ("qa_file", 800),
    "/ai/mindmap": ("mindmap", 2000),
    "/ai/upload": ("upload", 0),
}
ALL_TOKENS = sum(estimate for _, estimate in ENDPOINTS.values())
BY_TYPE = {operation: 1 for operation, _ in ENDPOINTS.values()}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def answer_by_path(call):
    if call.target.endswith("/stream"):
        call.read_body()
        call.start()
        call.event({"delta": "one"})
        call.event(b"[DONE]")
        call.end()
    else:
        call.read_body()
        call.reply()


def days_until(today, count):
    return [(today - datetime.timedelta(days=back)).isoformat() for back in range(count - 1, -1, -1)]


class NineEndpoints(EndToEnd):
    def setUp(self):
        super().setUp()
        self.today = utc_today()
        self.upstream.answer = answer_by_path
        self.token = app_token("alice", tier="basic")

    def call_all(self):
        for number, path in enumerate(ENDPOINTS):
            fields = [("X-Request-Id", f"call-{number}")]
            answer = self.gateway.call("POST", path, self.token, fields, body={"message": "hello"})
            self.assertEqual(answer.status, 200, (path, answer))

    def expect_days(self, found, count):
        expected = {day: {"operations": 0, "tokens": 0} for day in days_until(self.today, count)}
        expected[self.today.isoformat()] = {"operations": 9, "tokens": ALL_TOKENS}
        self.assertEqual(found, expected)
        self.assertEqual(list(found), days_until(self.today, count), "ascending")

    def average(self):
        self.gateway.my_usage("alice")  # what was answered is in the store from here
        times = [event["response_time_ms"] for event in self.gateway.export_events()]
        return sum(times) / len(times)

    def expect_recent(self, operations, *, endpoint=False, user=None):
        """The nine calls, newest first."""
        keys = {"operation_type", "tokens_used", "success", "response_time_ms", "timestamp"}
        keys |= {"endpoint"} if endpoint else set()
        keys |= {"user_id"} if user else set()
        self.assertEqual(len(operations), 9)
        for found, (path, (operation, estimate)) in zip(operations, reversed(ENDPOINTS.items())):
            self.assertEqual(set(found), keys)
            self.assertEqual((found["operation_type"], found["tokens_used"], found["success"]), (operation, estimate, True))
            self.assertEqual(found.get("endpoint", path), path)
            self.assertEqual(found.get("user_id"), user)
            self.assertRegex(found["timestamp"], TIME)
            self.assertGreaterEqual(found["response_time_ms"], 0)

    def test_the_callers_own_usage_has_every_number(self):
        self.call_all()

        usage = self.gateway.get_json("/ai/usage/me?days=30", self.token)

        self.assertAlmostEqual(usage.pop("avg_response_time_ms"), self.average(), delta=0.0051)
        self.expect_days(usage.pop("daily_usage"), 30)
        recent = usage.pop("recent_operations")
        self.expect_recent(recent, endpoint=True)
        next_month = (self.today.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
        self.assertEqual(usage, {
            "user_id": "alice", "period_days": 30, "total_operations": 9, "successful_operations": 9, "failed_operations": 0,
            "total_tokens": ALL_TOKENS, "success_rate": 100.0, "operations_by_type": BY_TYPE,
            "most_recent_activity": recent[0]["timestamp"], "subscription_tier": "basic", "subscription_limit": 50000,
            "month_tokens": ALL_TOKENS, "usage_percentage": ALL_TOKENS / 500, "limit_resets_at": f"{next_month}T00:00:00.000Z",
        })

    def test_an_administrator_sees_the_same_of_the_user(self):
        self.call_all()
        own = self.gateway.get_json("/ai/usage/me?days=7", self.token)

        usage = self.gateway.get_json("/ai/usage/user/alice?days=7", app_token("root", role="admin"))

        self.assertEqual(usage, own)

    def test_global_usage_has_every_number(self):
        self.call_all()

        usage = self.gateway.get_json("/ai/usage/global?days=7&top=5", app_token("root", role="admin"))

        self.assertAlmostEqual(usage.pop("avg_response_time_ms"), self.average(), delta=0.0051)
        self.expect_days(usage.pop("daily_usage"), 7)
        self.assertRegex(usage.pop("most_recent_activity"), TIME)
        self.assertEqual(usage, {
            "period_days": 7, "total_operations": 9, "successful_operations": 9, "failed_operations": 0,
            "total_tokens": ALL_TOKENS, "success_rate": 100.0, "unique_users": 1, "operations_by_type": BY_TYPE,
            "operations_by_endpoint": {path: 1 for path in ENDPOINTS},
            "top_users": [{
                "user_id": "alice", "operations": 9, "tokens": ALL_TOKENS, "subscription_tier": "basic",
                "subscription_limit": 50000, "usage_percentage": ALL_TOKENS / 500,
            }],
        })

    def test_the_last_hour_has_every_number(self):
        self.call_all()

        now = self.gateway.get_json("/ai/usage/realtime", app_token("root", role="admin"))

        self.assertRegex(now.pop("as_of"), TIME)
        self.assertAlmostEqual(now["last_hour"].pop("avg_response_time_ms"), self.average(), delta=0.0051)
        minutes = now.pop("operations_per_minute")
        self.assertEqual((len(minutes), sum(minutes)), (60, 9))
        self.assertEqual(sum(minutes[-3:]), 9, "the newest minutes come last")
        self.expect_recent(now.pop("recent_operations"), user="alice")
        self.assertEqual(now, {
            "in_flight": 0,
            "last_hour": {
                "total_operations": 9, "successful_operations": 9, "failed_operations": 0, "total_tokens": ALL_TOKENS,
                "active_users": 1, "operations_by_type": BY_TYPE,
            },
        })

    def test_health_has_the_numbers_and_no_name(self):
        self.call_all()

        answer = self.gateway.get("/health")

        health = answer.json()
        self.assertEqual(answer.status, 200)
        self.assertNotIn(b"alice", answer.body)
        self.assertRegex(health.pop("version"), r"^\d+\.\d+\.\d+")
        self.assertGreaterEqual(health.pop("uptime_seconds"), 0)
        self.assertLessEqual(health["journal"].pop("pending_events"), 9)
        self.expect_recent(health["usage"].pop("recent_operations"))
        self.assertEqual(health, {
            "status": "healthy", "store": {"kind": "sqlite", "status": "ok"}, "journal": {"status": "ok"},
            "usage": {"last_hour_operations": 9, "last_hour_tokens": ALL_TOKENS, "active_users": 1, "success_rate": 100.0},
        })

    def test_each_call_is_in_the_answer_to_the_next_question(self):
        for count in range(1, 21):
            self.gateway.call("POST", "/ai/chat", self.token, body={})
            self.assertEqual(self.gateway.get_json("/ai/usage/me", self.token)["total_operations"], count)

    def test_the_numbers_survive_a_restart(self):
        self.call_all()
        before = self.gateway.get_json("/ai/usage/me", self.token)
        self.gateway.stop()

        self.gateway.start_ready()

        self.assertEqual(self.gateway.get_json("/ai/usage/me", self.token), before)
        eventually(lambda: self.gateway.get("/health").json()["usage"]["last_hour_operations"] == 9, "the last hour is back")
        self.assert_verified()

    def test_somebody_without_events_has_zeros(self):
        usage = self.gateway.get_json("/ai/usage/me", app_token("nobody-yet"))

        self.assertEqual((usage["total_operations"], usage["success_rate"], usage["avg_response_time_ms"]), (0, 0, 0))
        self.assertEqual((usage["most_recent_activity"], usage["recent_operations"]), (None, []))
        self.assertEqual(len(usage["daily_usage"]), 30)

    def test_ids_may_hold_anything_that_is_printable(self):
        admin = app_token("root", role="admin")
        for user in ("a.b@c.example", "with/slash", "space here", "Zoë 測試", "%2F", "global"):
            self.gateway.call("POST", "/ai/chat", app_token(user), body={})
            with self.subTest(user=user):
                usage = self.gateway.get_json("/ai/usage/user/" + path_segment(user), admin)
                self.assertEqual((usage["user_id"], usage["total_operations"]), (user, 1))


class WhatTheApplicationSees(EndToEnd):
    def forwarded(self, fields=(), user="alice", tier=None, body=b"{}", method="POST", target="/ai/chat"):
        answer = self.gateway.call(method, target, app_token(user, tier=tier), fields, body)
        self.assertEqual(answer.status, 200, answer)
        return self.upstream.calls[-1]

    def test_who_calls_and_for_which_tier(self):
        call = self.forwarded(user="Zoë/100%", tier="pro")

        self.assertEqual(call.all("X-Tallygate-User"), ["Zo%C3%AB%2F100%25"])
        self.assertEqual(call.all("X-Tallygate-Tier"), ["pro"])

    def test_an_unknown_tier_is_the_default_one(self):
        self.assertEqual(self.forwarded(tier="diamond").all("X-Tallygate-Tier"), ["free"])

    def test_a_client_cannot_say_who_it_is(self):
        call = self.forwarded([("X-Tallygate-User", "root"), ("x-tallygate-tier", "enterprise"), ("X-TALLYGATE-Else", "1")])

        self.assertEqual(call.all("X-Tallygate-User"), ["alice"])
        self.assertEqual(call.all("X-Tallygate-Tier"), ["free"])
        self.assertEqual(call.all("X-Tallygate-Else"), [])

    def test_where_the_call_comes_from(self):
        call = self.forwarded([("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil"),
                               ("X-Forwarded-Port", "443"), ("Forwarded", "for=6.6.6.6")])

        self.assertEqual(call.all("X-Forwarded-For"), ["127.0.0.1"])
        self.assertEqual(call.all("X-Forwarded-Proto"), ["http"])
        self.assertEqual(call.all("X-Forwarded-Host"), ["app.example"])
        self.assertEqual(call.all("Forwarded") + call.all("X-Forwarded-Port"), [])

    def test_the_host_and_the_callers_token_stay(self):
        token = app_token("alice")

        self.gateway.call("POST", "/ai/chat", token, [("Host", "chat.example:8443")], b"{}")

        self.assertEqual(self.upstream.calls[-1].all("Host"), ["chat.example:8443"])
        self.assertEqual(self.upstream.calls[-1].all("Authorization"), [f"Bearer {token}"])

    def test_the_request_id_goes_along_both_ways(self):
        answer = self.gateway.call("POST", "/ai/chat", app_token("alice"), [("X-Request-Id", "my-id.1:2")], b"{}")

        self.assertEqual(answer.all("X-Request-Id"), ["my-id.1:2"])
        self.assertEqual(self.upstream.calls[-1].all("X-Request-Id"), ["my-id.1:2"])

    def test_a_request_id_that_is_not_well_formed_is_replaced(self):
        for given in ("", "with space", "x" * 200, "<script>"):
            answer = self.gateway.call("POST", "/ai/chat", app_token("alice"), [("X-Request-Id", given)], b"{}")
            with self.subTest(given=given):
                [made] = answer.all("X-Request-Id")
                self.assertNotEqual(made, given)
                self.assertEqual(self.upstream.calls[-1].all("X-Request-Id"), [made])

    def test_fields_for_one_hop_stop_there(self):
        call = self.forwarded([("Connection", "keep-alive, X-Mine"), ("X-Mine", "1"), ("Keep-Alive", "timeout=9"), ("TE", "gzip"),
                               ("Proxy-Authorization", "Basic eA=="), ("Proxy-Connection", "close"), ("X-Theirs", "2")])

        for name in ("X-Mine", "Keep-Alive", "TE", "Proxy-Authorization", "Proxy-Connection"):
            self.assertEqual(call.all(name), [], name)
        self.assertEqual(call.all("X-Theirs"), ["2"])

    def test_an_answers_fields_for_one_hop_stop_too(self):
        self.upstream.answer = lambda call: call.reply(
            fields=[("Connection", "keep-alive, X-Mine"), ("X-Mine", "1"), ("Keep-Alive", "timeout=9"),
                    ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Server", "theirs")])

        answer = self.gateway.call("POST", "/ai/chat", app_token("alice"), body={})

        self.assertEqual(answer.all("X-Mine") + answer.all("Keep-Alive"), [])
        self.assertEqual(answer.all("Set-Cookie"), ["a=1", "b=2"])
        self.assertEqual(answer.all("Server"), ["theirs"])

    def test_traceparent_and_the_query_pass_and_no_coding_is_asked_for(self):
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        call = self.forwarded([("traceparent", trace), ("Accept-Encoding", "gzip, br")], target="/ai/chat?model=x&y=%20z")

        self.assertEqual(call.target, "/ai/chat?model=x&y=%20z")
        self.assertEqual(call.all("traceparent"), [trace])
        self.assertEqual(call.all("Accept-Encoding"), ["identity"])

    def test_a_status_and_a_body_come_back_as_they_are(self):
        self.upstream.answer = lambda call: call.reply(418, b"short \0 and stout", [("Content-Type", "text/x-teapot")])

        answer = self.gateway.call("POST", "/ai/chat", app_token("alice"), body={})

        self.assertEqual((answer.status, answer.reason), (418, "Whatever"))
        self.assertEqual((answer.get("Content-Type"), answer.body), ("text/x-teapot", b"short \0 and stout"))

    def test_a_chunked_request_arrives_whole(self):
        with self.gateway.connect() as connection:
            connection.send_head("POST", "/ai/chat", [bearer(app_token("alice")), ("Transfer-Encoding", "chunked")])
            connection.send(chunk_bytes(b"one ") + chunk_bytes(b"two") + b"0\r\nX-Trailer: 1\r\n\r\n")
            answer = connection.receive()

        self.assertEqual(answer.status, 200)
        self.assertEqual(self.upstream.calls[-1].body, b"one two")
        self.assertEqual(self.upstream.calls[-1].all("X-Trailer"), [])


if __name__ == "__main__":
    unittest.main()
