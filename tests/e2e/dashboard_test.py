"""The dashboard, as a browser fetches it: the page, every file that it names, in every coding; and how one gets there."""
import gzip
import re
import unittest
import urllib.parse

from harness import EndToEnd

try:
    import brotli
except ImportError:
    brotli = None

POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self'", "font-src": "'self'",
    "connect-src": "'self'", "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'", "trusted-types": "'none'",
}
PAGE = "/tallygate/"
FOR_EVER = "public, max-age=31536000, immutable"


class Dashboard(EndToEnd):
    def page(self):
        answer = self.gateway.get(PAGE)
        self.assertEqual(answer.status, 200, answer)
        return answer.body.decode()

    def named_files(self):
        """The address of each file that the page names, and of the licences."""
        names = re.findall(r'(?:src|href)="(\./[^"]+)"', self.page()) + ["./licenses.md"]
        self.assertTrue(any(name.endswith(".js") and "/assets/" in name for name in names), names)
        return [urllib.parse.urljoin(PAGE, name) for name in names]

    def fetch(self, path, coding):
        answer = self.gateway.get(path, fields=[("Accept-Encoding", coding)] if coding else [])
        self.assertEqual(answer.status, 200, (path, coding, answer))
        return answer

    # --- the page ---

    def test_the_page_may_run_its_own_files_and_nothing_else(self):
        answer = self.gateway.get(PAGE)

        self.assertEqual(answer.get("Content-Type"), "text/html; charset=utf-8")
        policy = dict(part.strip().split(" ", 1) for part in answer.get("Content-Security-Policy").split(";"))
        self.assertEqual(policy, POLICY)
        for name, value in (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
                            ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
                            ("Cache-Control", "no-cache")):
            self.assertEqual(answer.all(name), [value])

    def test_the_page_holds_nothing_that_its_policy_forbids(self):
        page = self.page()

        self.assertNotRegex(page, r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)")
        self.assertNotRegex(page, r'(?:src|href)="(?!\./)', "an address that would not hold below a reverse proxy's path")

    def test_the_page_is_filled_in(self):
        page = self.page()

        version = self.gateway.get("/health").json()["version"]
        self.assertIn(f'name="tallygate-version" content="{version}"', page)
        self.assertIn('name="tallygate-demo" content="false"', page)
        self.assertNotRegex(page, r"@[A-Z]+@")

    def test_the_page_is_sent_once(self):
        tag = self.gateway.get(PAGE).get("ETag")

        again = self.gateway.get(PAGE, fields=[("If-None-Match", tag)])

        self.assertEqual((again.status, again.get("ETag"), again.body), (304, tag, b""))

    # --- its files ---

    def test_every_file_has_the_same_content_in_every_coding(self):
        for path in self.named_files():
            with self.subTest(path):
                plain = self.fetch(path, None)
                self.assertEqual(plain.all("Content-Encoding"), [])
                zipped, smallest = self.fetch(path, "gzip"), self.fetch(path, "gzip, deflate, br, zstd")
                self.assertEqual(zipped.get("Content-Encoding"), "gzip")
                self.assertEqual(gzip.decompress(zipped.body), plain.body)
                self.assertEqual(smallest.get("Content-Encoding"), "br")
                self.assertLess(len(smallest.body), len(plain.body))
                if brotli:
                    self.assertEqual(brotli.decompress(smallest.body), plain.body)
                answers = (plain, zipped, smallest)
                self.assertEqual(len({answer.get("ETag") for answer in answers}), 3)
                for answer in answers:
                    self.assertEqual(answer.get("Vary"), "Accept-Encoding")
                    self.assertEqual(answer.get("Content-Type"), plain.get("Content-Type"))
                    self.assertEqual(answer.get("X-Content-Type-Options"), "nosniff")

    def test_what_the_client_does_not_take_is_not_sent(self):
        path = self.named_files()[0]

        for coding, sent in (("br;q=0, gzip;q=0.1", "gzip"), ("*;q=0", None), ("identity;q=0", None), ("identity", None),
                             ("", None)):
            with self.subTest(coding):
                answer = self.gateway.get(path, fields=[("Accept-Encoding", coding)])
                self.assertEqual((answer.status, answer.get("Content-Encoding")), (200, sent))

    def test_types_and_how_long_each_may_be_kept(self):
        types = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
                 ".md": "text/plain; charset=utf-8"}
        for path in self.named_files():
            with self.subTest(path):
                answer = self.fetch(path, None)
                self.assertEqual(answer.get("Content-Type"), types[path[path.rindex("."):]])
                self.assertEqual(answer.get("Cache-Control"), FOR_EVER if "/assets/" in path else "no-cache")

    def test_a_file_is_sent_once_in_each_coding(self):
        path = self.named_files()[-1]
        tag = self.fetch(path, "br").get("ETag")

        same = self.gateway.get(path, fields=[("Accept-Encoding", "br"), ("If-None-Match", tag)])
        other = self.gateway.get(path, fields=[("Accept-Encoding", "gzip"), ("If-None-Match", tag)])

        self.assertEqual((same.status, same.get("ETag"), same.get("Vary"), same.body), (304, tag, "Accept-Encoding", b""))
        self.assertEqual(other.status, 200)

    # --- other requests ---

    def test_head_is_answered_as_get_without_the_body(self):
        for path in (PAGE, *self.named_files()):
            with self.subTest(path):
                got = self.fetch(path, "br")
                head = self.gateway.call("HEAD", path, fields=[("Accept-Encoding", "br")])
                self.assertEqual((head.status, head.body), (200, b""))
                kept = [field for field in got.fields if field[0] not in ("Date", "X-Request-Id")]
                self.assertEqual([field for field in head.fields if field[0] not in ("Date", "X-Request-Id")], kept)

    def test_nothing_can_be_sent_there(self):
        for path in (PAGE, "/tallygate", "/", *self.named_files()):
            with self.subTest(path):
                answer = self.gateway.call("POST", path, body=b"{}")
                self.assert_problem(answer, 405, "method_not_allowed")
                self.assertEqual(answer.get("Allow"), "GET, HEAD")

    def test_a_file_that_is_not_there_is_a_problem_and_not_the_page(self):
        for path in ("nothing.js", "assets/nothing.js", "index.html", "usage", "assets/theme.js", "theme.js.br", "Theme.js"):
            with self.subTest(path):
                self.assert_problem(self.gateway.get(PAGE + path), 404, "not_found")
        for path in ("/tallygate/assets/", "/tallygate/assets", "/tallygate/assets/more/nothing.js", "/Tallygate/"):
            with self.subTest(path):
                self.assert_problem(self.gateway.get(path), 404, "not_found")

    def test_a_path_that_leads_elsewhere_is_refused(self):
        for path in ("assets/../", "assets/../theme.js", "./theme.js", "assets//theme.js", "assets/..%2ftheme.js",
                     "%2e%2e/theme.js", "assets%2ftheme.js", "assets/..\\theme.js", "theme.js%00"):
            with self.subTest(path):
                self.assert_problem(self.gateway.get(PAGE + path), 400, "malformed_target")

    # --- how one gets there ---

    def test_the_root_and_the_address_without_its_slash_lead_there(self):
        for path in ("/", "/tallygate"):
            for method in ("GET", "HEAD"):
                with self.subTest(path=path, method=method):
                    answer = self.gateway.call(method, path)
                    self.assertEqual((answer.status, answer.body), (302, b""))
                    self.assertEqual(answer.get("Location"), "tallygate/", "relative: it holds below a reverse proxy's path")
                    self.assertEqual(urllib.parse.urljoin(path, answer.get("Location")), PAGE)

    def test_the_log_says_where_it_is(self):
        host, port = self.gateway.server.address

        self.assertIn(f" dashboard=http://{host}:{port}{PAGE}", self.gateway.server.log())


class BesideAnApplication(EndToEnd):
    config = """
[[passthrough]]
path = "/*"
upstream = "app"
"""

    def test_the_root_is_the_applications_and_the_dashboard_ours(self):
        self.assertEqual(self.gateway.get(PAGE).status, 200)
        self.assertEqual(self.gateway.get("/tallygate").status, 302)
        self.assert_problem(self.gateway.get("/tallygate/assets/nothing.js"), 404, "not_found")
        self.assertEqual(self.upstream.calls, [])

        self.assertEqual(self.gateway.get("/").status, 200)
        self.assertEqual([call.target for call in self.upstream.calls], ["/"])


if __name__ == "__main__":
    unittest.main()
