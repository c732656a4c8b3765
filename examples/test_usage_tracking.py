#!/usr/bin/env python3
"""Calls every AI endpoint once through Tallygate and checks that the usage numbers move as they should.

A call that the application fails is no failure here, but it must be counted as one.

    test_usage_tracking.py http://127.0.0.1:8000 TOKEN [--admin-token TOKEN]

Python 3's standard library is enough. TOKEN's user should make no other calls meanwhile. Where TOKEN is not an
administrator's, the administrators' answers must be refused to it, and are checked with --admin-token, if that is given.
Prints a line for each check and exits with 1 if one of them failed.
"""
import argparse
import http.client
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

TIMEOUT_SECONDS = 60
BOUNDARY = "tallygate-example-boundary"
TEXT_FILE = ("notes.txt", "The tally gate stood at the mouth of the harbour. Every ship that passed was counted.")

# What is sent. Change the bodies to what your application takes.
JSON_CALLS = {
    "/ai/chat": {"message": "Say hello in one sentence."},
    "/ai/summarize": {"text": "A gate counts every call that passes. In the evening the counts are added up."},
    "/ai/qa": {"question": "What does the gate count?", "context": "A gate counts every call that passes."},
    "/ai/mindmap": {"topic": "Harbours"},
}
STREAM_CALLS = {
    "/ai/chat/stream": {"message": "Count from one to five."},
    "/ai/summarize/stream": {"text": "A gate counts every call that passes. In the evening the counts are added up."},
    "/ai/qa/stream": {"question": "What does the gate count?", "context": "A gate counts every call that passes."},
}
FILE_CALLS = {
    "/ai/qa/file": {"question": "What stood at the mouth of the harbour?"},
    "/ai/upload": {},
}
CALLS = len(JSON_CALLS) + len(STREAM_CALLS) + len(FILE_CALLS)


class Answer:
    def __init__(self, status, response):
        self.status = status
        self.headers = response.headers
        self.is_whole = True
        try:
            self.body = response.read()
        except (http.client.IncompleteRead, ConnectionError) as broken_off:
            self.body = getattr(broken_off, "partial", b"")
            self.is_whole = False

    def json(self):
        return json.loads(self.body)

    def went_well(self):
        return self.status < 400 and self.is_whole

    def was_refused(self):
        """Whether Tallygate turned the call away before the application saw it."""
        ours = self.headers.get("Content-Type", "").startswith("application/problem+json")
        return ours and self.status not in (502, 504)

    def __str__(self):
        return f"{self.status} {self.body[:200].decode(errors='replace')}"


class Client:
    def __init__(self, base_url, token):
        self.base_url = base_url.rstrip("/")
        self.token = token

    def send(self, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.base_url + path, data=body, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return Answer(answer.status, answer)
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error)

    def get(self, path):
        return self.send("GET", path)

    def post_json(self, path, content, accept="application/json"):
        headers = {"Content-Type": "application/json", "Accept": accept}
        return self.send("POST", path, json.dumps(content).encode(), headers)

    def post_file(self, path, fields):
        name, text = TEXT_FILE
        parts = [f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}' for key, value in fields.items()]
        parts.append(
            f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n'
            f"Content-Type: text/plain\r\n\r\n{text}"
        )
        body = "".join(f"--{BOUNDARY}\r\n{part}\r\n" for part in parts) + f"--{BOUNDARY}--\r\n"
        return self.send("POST", path, body.encode(), {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def expect(self, what, holds, otherwise=""):
        if holds:
            self.passed += 1
            print(f"PASS  {what}")
        else:
            self.failed += 1
            print(f"FAIL  {what}: {otherwise}")
        return holds

    def equal(self, what, found, expected):
        return self.expect(what, found == expected, f"found {found!r}, expected {expected!r}")

    def answered(self, what, answer, status=200):
        return self.expect(what, answer.status == status, f"expected {status}, got {answer}")

    def summary(self):
        print(f"\n{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def make_calls(client, checks):
    """One call of each endpoint. Returns how many the application answered well."""
    answers = {}
    for path, content in JSON_CALLS.items():
        answers[path] = client.post_json(path, content)
    for path, content in STREAM_CALLS.items():
        answers[path] = client.post_json(path, content, accept="text/event-stream")
    for path, fields in FILE_CALLS.items():
        answers[path] = client.post_file(path, fields)

    for path, answer in answers.items():
        checks.expect(f"POST {path} is forwarded", not answer.was_refused(), answer)
        if not answer.went_well():
            print(f"NOTE  the application failed it: {answer}{'' if answer.is_whole else ' and broke off'}")
        elif path in STREAM_CALLS:
            content_type = answer.headers.get("Content-Type", "")
            checks.expect(f"POST {path} streams events", content_type.startswith("text/event-stream"), content_type)
    done_well = sum(answer.went_well() for answer in answers.values())
    checks.expect("the application answers", done_well > 0, "it failed every call")
    return done_well


def check_user(before, after, done_well, checks):
    def growth(key):
        return after[key] - before[key]

    checks.equal("every call is an operation", growth("total_operations"), CALLS)
    checks.equal("calls that went well count as successful", growth("successful_operations"), done_well)
    checks.equal("the others count as failed", growth("failed_operations"), CALLS - done_well)
    for path in [*JSON_CALLS, *STREAM_CALLS, *FILE_CALLS]:
        name = path.removeprefix("/ai/").replace("/", "_")
        more = after["operations_by_type"].get(name, 0) - before["operations_by_type"].get(name, 0)
        checks.equal(f"{name} was counted once", more, 1)

    recent = after["recent_operations"][:CALLS]
    tokens = sum(operation["tokens_used"] for operation in recent)
    endpoints = {operation["endpoint"] for operation in recent}
    checks.equal("the newest operations are these calls", endpoints, {*JSON_CALLS, *STREAM_CALLS, *FILE_CALLS})
    checks.equal("total_tokens grows by their tokens", growth("total_tokens"), tokens)
    checks.equal("month_tokens grows by the same", growth("month_tokens"), tokens)
    days = after["daily_usage"].values()
    checks.equal("the days add up to the operations", sum(d["operations"] for d in days), after["total_operations"])
    checks.equal("the days add up to the tokens", sum(d["tokens"] for d in days), after["total_tokens"])
    checks.equal("the newest operation is the most recent activity", after["most_recent_activity"], recent[0]["timestamp"])
    limit = after["subscription_limit"]
    if limit:
        expected = after["month_tokens"] / limit * 100
        near = abs(after["usage_percentage"] - expected) <= 0.0051
        checks.expect("usage_percentage is the month against the limit", near, f"{after['usage_percentage']}, not {expected}")
    else:
        checks.expect("there is no limit to compare with", limit == 0 or after["usage_percentage"] is None, after)


def check_health(client, user_id, checks):
    answer = client.get("/health")
    if not checks.answered("GET /health needs no token", answer):
        return
    usage = answer.json()["usage"]
    checks.expect("health has the calls of the last hour", usage["last_hour_operations"] >= CALLS, usage)
    checks.expect("health counts the user as active", usage["active_users"] >= 1, usage)
    named = any("user_id" in operation for operation in usage["recent_operations"])
    checks.expect("health does not name the user", not named and f'"{user_id}"' not in answer.body.decode(), answer)


def check_administration(admin, user, checks):
    """`user` is what /ai/usage/me said last."""
    usage = admin.get("/ai/usage/global?days=7")
    if checks.answered("GET /ai/usage/global?days=7", usage):
        total = usage.json()
        checks.equal("global has seven days", len(total["daily_usage"]), 7)
        checks.expect("global has the calls", total["total_operations"] >= CALLS, total["total_operations"])
        checks.expect("global has the user", total["unique_users"] >= 1, total["unique_users"])
    answer = admin.get("/ai/usage/realtime")
    if checks.answered("GET /ai/usage/realtime", answer):
        now = answer.json()
        checks.equal("realtime has sixty minutes", len(now["operations_per_minute"]), 60)
        checks.expect("realtime has the calls", now["last_hour"]["total_operations"] >= CALLS, now["last_hour"])
        named = all(operation["user_id"] for operation in now["recent_operations"])
        checks.expect("realtime names the users", named, now["recent_operations"])
    path = "/ai/usage/user/" + urllib.parse.quote(user["user_id"], safe="") + "?days=30"
    answer = admin.get(path)
    if checks.answered(f"GET {path}", answer):
        same = ("user_id", "total_operations", "total_tokens", "operations_by_type", "month_tokens", "recent_operations")
        found = answer.json()
        checks.equal("it says what the user's own answer says", [found[k] for k in same], [user[k] for k in same])


def check_refusals(base_url, client, checks):
    stranger = Client(base_url, None).get("/ai/usage/me?days=30")
    if checks.answered("GET /ai/usage/me without a token is refused", stranger, 401):
        checks.equal("and says why", stranger.json()["code"], "token_missing")
    answer = client.get("/ai/usage/me?days=0")
    if checks.answered("GET /ai/usage/me?days=0 is refused", answer, 400):
        checks.equal("and says what is wrong", answer.json()["code"], "days_out_of_range")


def run(arguments):
    checks = Checks()
    client = Client(arguments.url, arguments.token)
    admin = Client(arguments.url, arguments.admin_token or arguments.token)

    before = client.get("/ai/usage/me?days=30")
    if not checks.answered("GET /ai/usage/me?days=30", before):
        return checks.summary()
    done_well = make_calls(client, checks)
    answer = client.get("/ai/usage/me?days=30")
    if not checks.answered("GET /ai/usage/me?days=30 after the calls", answer):
        return checks.summary()
    after = answer.json()
    check_user(before.json(), after, done_well, checks)
    check_health(Client(arguments.url, None), after["user_id"], checks)
    check_refusals(arguments.url, client, checks)

    is_admin = client.get("/ai/usage/global?days=7").status == 200
    if not is_admin:
        for path in ("/ai/usage/global?days=7", "/ai/usage/realtime", "/ai/usage/user/somebody?days=30"):
            checks.answered(f"GET {path} is for administrators", client.get(path), 403)
    if is_admin or arguments.admin_token:
        check_administration(admin, after, checks)
    return checks.summary()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", metavar="URL", help="where Tallygate listens")
    parser.add_argument("token", metavar="TOKEN", help="a user's JSON Web Token")
    parser.add_argument("--admin-token", metavar="TOKEN", help="an administrator's")
    arguments = parser.parse_args()
    if not arguments.url.startswith(("http://", "https://")):
        parser.error(f"{arguments.url!r} has no scheme; write http://{arguments.url}")
    try:
        sys.exit(run(arguments))
    except OSError as error:
        sys.exit(f"{arguments.url} does not answer: {error}")


if __name__ == "__main__":
    main()
