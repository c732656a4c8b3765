#!/usr/bin/env python3
"""Makes a golden data directory with the built server: python3 tests/golden/make.py NAME

NAME says which formats are in it: journal1-schema1. Each version of either gets one, made once by the program that wrote it
and never again; golden_test.py shows that every later program reads it. What lies there:

    data.tar.xz     the journal, with calls before and behind a kill, and the database; no secret
    events.jsonl    what `export --what events` said of it
    daily.jsonl     what `export --what daily` said of it
"""
import pathlib
import sys
import tarfile

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "e2e"))

from harness import Gateway  # noqa: E402
from tokens import app_token, bearer  # noqa: E402
from upstream import Upstream  # noqa: E402

USAGE = {"prompt_tokens": 21, "completion_tokens": 34, "prompt_tokens_details": {"cached_tokens": 5},
         "completion_tokens_details": {"reasoning_tokens": 13}}
CONFIG = """
[auth.issuer.app]
claims = { team = "/team", email = "/email" }
[[route]]
match = "POST /ai/counted/{id}"
operation = "counted"
usage_pointer = "/usage"
"""


def answer(call):
    call.read_body()
    if call.target == "/ai/summarize":
        call.reply(500, {"error": "a failure of the application's"})
    elif call.target == "/ai/mindmap":
        call.reset()
    elif call.target.startswith("/ai/counted/"):
        call.reply(body={"answer": "counted", "usage": USAGE})
    elif call.target == "/ai/qa/stream":
        call.start()
        call.event({"delta": "one"})
        call.wait_until_gone()
    elif call.target.endswith("/stream"):
        call.start()
        call.event({"delta": "one"})
        call.event({"delta": "two"})
        call.end()
    else:
        call.reply()


def send_calls(gateway, round_name):
    users = {
        "alice": {"tier": "pro", "team": "red", "email": "alice@example.com"},
        "bob@example.com": {},
        "größe/ключ 用户": {"tier": "basic"},
        "u" * 256: {},
    }
    for number, (user, claims) in enumerate(users.items()):
        for path in ("/ai/chat", "/ai/chat/stream", "/ai/summarize", "/ai/mindmap", "/ai/upload", "/ai/counted/7?x=1"):
            name = f"{round_name}-{number}-{path.split('?')[0].strip('/').replace('/', '.')}"
            gateway.call("POST", path, app_token(user, **claims), [("X-Request-Id", name)], b'{"message": "hello"}')


def leave_open(gateway):
    """A stream that is still running: the kill makes it incomplete."""
    connection = gateway.connect()
    connection.send_request("POST", "/ai/qa/stream", [bearer(app_token("alice")), ("X-Request-Id", "cut")], {})
    next(connection.pieces(connection.receive_head()))
    return connection


def without_owner(member):
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    place = FOLDER / sys.argv[1]
    if place.exists():
        sys.exit(f"{place} is there already and is never made again; a new version gets a new name")
    upstream = Upstream(answer)
    gateway = Gateway(upstream.url, CONFIG)
    try:
        gateway.start_ready()
        send_calls(gateway, "first")
        connection = leave_open(gateway)
        gateway.kill()
        connection.close()
        gateway.start_ready()
        send_calls(gateway, "second")
        gateway.get_json("/ai/usage/me", app_token("alice"))  # everything is stored
        gateway.stop()
        place.mkdir()
        with tarfile.open(place / "data.tar.xz", "w:xz") as archive:
            for name in ("journal", "usage.db", "writer"):
                archive.add(gateway.data / name, name, filter=without_owner)
        for what in ("events", "daily"):
            done = gateway.command("export", "--what", what, "--format", "jsonl")
            (place / f"{what}.jsonl").write_text(done.stdout, encoding="utf-8")
    finally:
        gateway.close()
        upstream.close()


if __name__ == "__main__":
    main()
