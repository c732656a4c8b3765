"""Tokens that do not hold, questions that make no sense, answers for administrators alone."""
import time
import unittest

from client import BrokenOff
from harness import EndToEnd
from tokens import APP_SECRET, app_token, bearer, encode, sign


class Tokens(EndToEnd):
    def expect_refused(self, token, code):
        for method, target in (("GET", "/ai/usage/me"), ("POST", "/ai/chat")):
            answer = self.gateway.call(method, target, token, body=None if method == "GET" else b"{}")
            problem = self.assert_problem(answer, 401, code)
            self.assertEqual(answer.all("WWW-Authenticate")[0].split(" ")[0].rstrip(","), "Bearer")
            if token:
                self.assertIn('error="invalid_token"', answer.get("WWW-Authenticate"))
                self.assertNotIn(token[:40], str(problem), "an answer must not repeat the token")
        self.assertEqual(self.upstream.calls, [])

    def test_none(self):
        self.expect_refused(None, "token_missing")

    def test_expired(self):
        self.expect_refused(app_token("alice", ttl_seconds=-120), "token_expired")

    def test_expired_within_the_leeway_is_taken(self):
        self.gateway.get_json("/ai/usage/me", app_token("alice", ttl_seconds=-20))

    def test_not_valid_yet(self):
        self.expect_refused(app_token("alice", nbf=int(time.time()) + 600), "token_not_yet_valid")

    def test_without_an_end(self):
        self.expect_refused(sign({"sub": "alice"}), "token_claims_invalid")

    def test_without_a_user(self):
        self.expect_refused(sign({"exp": int(time.time()) + 60}), "token_claims_invalid")

    def test_signed_by_nobody(self):
        claims = {"sub": "alice", "exp": int(time.time()) + 60}
        for algorithm in ("none", "None", "NONE"):
            unsigned = encode({"alg": algorithm, "typ": "JWT"}) + "." + encode(claims) + "."
            with self.subTest(algorithm):
                self.expect_refused(unsigned, "token_algorithm_not_allowed")

    def test_signed_with_another_key(self):
        token = sign({"sub": "alice", "exp": int(time.time()) + 60}, "another-secret-that-is-long-enough-00000")
        self.expect_refused(token, "token_signature_invalid")

    def test_changed_after_it_was_signed(self):
        head, _, signature = app_token("alice").split(".")
        self.expect_refused(".".join((head, encode({"sub": "root", "exp": int(time.time()) + 60}), signature)),
                            "token_signature_invalid")

    def test_not_a_token(self):
        for token in ("x", "a.b", "a.b.c", "....", app_token("alice") + "."):
            with self.subTest(token):
                self.expect_refused(token, "token_malformed")

    def test_three_megabytes_of_garbage_harm_nobody(self):
        with self.gateway.connect() as connection:
            try:
                answer = connection.call("GET", "/ai/usage/me", [bearer("x" * (3 << 20))])
                self.assertIn(answer.status, (401, 431))
            except (BrokenOff, ConnectionError):
                pass  # cut before it was all sent
        self.gateway.get_json("/ai/usage/me", app_token("alice"))
        self.assertTrue(self.gateway.server.is_running())

    def test_no_secret_is_in_the_log(self):
        self.test_signed_with_another_key()
        token = app_token("alice")
        self.gateway.call("POST", "/ai/chat?secret-query=1", token, body={"message": "secret-body"})
        self.gateway.stop()

        for secret in (token, token.split(".")[2], APP_SECRET, "secret-query", "secret-body"):
            self.assertNotIn(secret, self.gateway.server.log())


class Questions(EndToEnd):
    def test_days(self):
        token = app_token("alice")
        cases = {"0": "days_out_of_range", "367": "days_out_of_range", "1.5": "days_invalid", "abc": "days_invalid",
                 "": "days_invalid", "7%20": "days_invalid", "30&days=7": "days_invalid", "-1": None, "9" * 20: None}
        for days, code in cases.items():
            with self.subTest(days):
                answer = self.gateway.get(f"/ai/usage/me?days={days}", token)
                problem = self.assert_problem(answer, 400, code or answer.json()["code"])
                self.assertIn("days", problem["detail"])
        for days in (1, 366):
            usage = self.gateway.get_json(f"/ai/usage/me?days={days}", token)
            self.assertEqual((usage["period_days"], len(usage["daily_usage"])), (days, days))
        self.assertEqual(self.gateway.get_json("/ai/usage/me", token)["period_days"], 30)

    def test_top(self):
        admin = app_token("root", role="admin")
        for top, code in (("0", "top_out_of_range"), ("101", "top_out_of_range"), ("x", "top_invalid")):
            with self.subTest(top):
                self.assert_problem(self.gateway.get(f"/ai/usage/global?top={top}", admin), 400, code)

    def test_administrators_alone(self):
        for target in ("/ai/usage/global", "/ai/usage/realtime", "/ai/usage/user/alice"):
            with self.subTest(target):
                self.assert_problem(self.gateway.get(target, app_token("alice")), 403, "not_admin")
                self.assert_problem(self.gateway.get(target), 401, "token_missing")
                self.assertEqual(self.gateway.get(target, app_token("root", role=["user", "admin"])).status, 200)

    def test_user_ids(self):
        admin = app_token("root", role="admin")
        for user in ("%00", "a%0Ab", "%FF", "x" * 257):
            with self.subTest(user):
                answer = self.gateway.get(f"/ai/usage/user/{user}", admin)
                self.assertEqual(answer.status, 400, answer)


class NamedAdministrators(EndToEnd):
    config = '[auth]\nadmin_users = ["boss@example.com"]\n'

    def test_a_named_administrator_needs_no_claim(self):
        self.assertEqual(self.gateway.get("/ai/usage/global", app_token("boss@example.com")).status, 200)
        self.assertEqual(self.gateway.get("/ai/usage/global", app_token("other@example.com")).status, 403)


if __name__ == "__main__":
    unittest.main()
