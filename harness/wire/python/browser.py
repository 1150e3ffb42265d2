"""Debian's Chromium, headless, and a web server of another origin whose pages try what they are told."""

import http.client
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

BROWSER = shutil.which("chromium")
if BROWSER is None:
    sys.exit("The wire tests need a browser: install the Debian package chromium (./dev setup test does).")

PATIENCE_SECONDS = 60
# Names of this domain lead to the page server, which passes on to a Millrace whatever is not its own: for browser and
# server that is what a name is whose address was changed while its page was open (DNS rebinding).
REBOUND_DOMAIN = "rebound.example"

PAGE = """<!doctype html><title>attempts</title><script>
const patience = 5000;
const asImage = attempt => new Promise(done => {
  const image = new Image();
  image.onload = () => done("shown");
  image.onerror = () => done("not shown");
  setTimeout(() => done("no answer"), patience);
  image.src = attempt.url;
});
const asForm = attempt => new Promise(done => {
  const frame = document.createElement("iframe");
  frame.name = "target" + document.getElementsByTagName("iframe").length;
  document.body.append(frame);
  const form = document.createElement("form");
  Object.assign(form, {method: "POST", action: attempt.url, enctype: "text/plain", target: frame.name});
  document.body.append(form);
  frame.onload = () => done("sent");
  setTimeout(() => done("no answer"), patience);
  form.submit();
});
const asFetch = async attempt => {
  try {
    const {method, mode, headers, body} = attempt;
    const answer = await fetch(attempt.url, {method, mode, headers, body, signal: AbortSignal.timeout(patience)});
    return answer.type === "opaque" ? "unreadable" : answer.status + " " + await answer.text();
  } catch (error) { return error.name === "TimeoutError" ? "no answer" : "refused"; }
};
onload = async () => {
  const visit = await (await fetch("/visit")).json();
  const results = {};
  for (const attempt of visit) {
    const by = {image: asImage, form: asForm}[attempt.mode] ?? asFetch;
    results[attempt.name] = await by(attempt);
  }
  const next = await (await fetch("/results", {method: "POST", body: JSON.stringify(results)})).text();
  if (next) location.href = next;
};
</script><body>"""


def attempt(name, url, mode="cors", method="POST", headers=None, body=None):
    """What a page is to try: mode is fetch's, or 'image' or 'form' for what needs no script."""
    return {"name": name, "url": url, "mode": mode, "method": method, "headers": headers or {}, "body": body}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _serve(self):
        visits = self.server.visits
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/page":
            self._answer(200, {"Content-Type": "text/html"}, PAGE.encode())
        elif self.path == "/visit":
            self._answer(200, {"Content-Type": "application/json"}, json.dumps(visits.attempts()).encode())
        elif self.path == "/results":
            self._answer(200, {"Content-Type": "text/plain"}, visits.finish(json.loads(body)).encode())
        else:
            self._pass_on(body)

    def _pass_on(self, body):
        port = self.server.visits.rebound_port(self.headers["Host"])
        if port is None:
            self._answer(404, {}, b"")
            return
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            self._answer(answer.status, {"Content-Type": answer.headers.get("Content-Type", "")}, answer.read())
        finally:
            connection.close()

    def _answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = _serve

    def log_message(self, *_):
        pass


class _Visits:
    """The pages to visit, one after the other."""

    def __init__(self):
        self.results = []
        self.done = threading.Event()
        self._plan = []
        self._rebound = {}

    def add(self, url, attempts):
        self._plan.append((url, attempts))

    def rebind(self, port):
        name = f"port{port}.{REBOUND_DOMAIN}"
        self._rebound[name] = port
        return name

    def rebound_port(self, host):
        return self._rebound.get(host.split(":")[0])

    def attempts(self):
        return self._plan[len(self.results)][1]

    def finish(self, results):
        self.results.append(results)
        if len(self.results) < len(self._plan):
            return self._plan[len(self.results)][0]
        self.done.set()
        return ""

    @property
    def first_url(self):
        return self._plan[0][0]


class Browser:
    """Plan pages with visit() and visit_rebound(), then run(): the results come back by attempt, page for page."""

    def __init__(self):
        self._visits = _Visits()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.visits = self._visits
        self.page_port = self._server.server_address[1]

    @property
    def page_origin(self):
        return f"http://localhost:{self.page_port}"

    def visit(self, attempts):
        """A page of page_origin makes the attempts."""
        self._visits.add(f"{self.page_origin}/page", attempts)

    def visit_rebound(self, port, make_attempts):
        """The same of a page whose own name and port lead to `port` of this machine now; make_attempts gets its origin."""
        origin = f"http://{self._visits.rebind(port)}:{self.page_port}"
        self._visits.add(f"{origin}/page", make_attempts(origin))

    def run(self):
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            process = subprocess.Popen(
                [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync",
                 "--disable-dev-shm-usage", "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable",
                 f"--host-resolver-rules=MAP *.{REBOUND_DOMAIN} 127.0.0.1", f"--user-data-dir={profile}",
                 self._visits.first_url],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
            log = []
            reader = threading.Thread(target=lambda: log.append(process.stderr.read()), daemon=True)
            reader.start()
            try:
                if not self._visits.done.wait(PATIENCE_SECONDS):
                    os.killpg(process.pid, signal.SIGKILL)
                    reader.join()
                    raise AssertionError(f"the browser got through {len(self._visits.results)} pages only:\n"
                                         f"{log[0].decode(errors='replace')[-4000:]}")
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                reader.join()
                process.stderr.close()
                self._server.shutdown()
                self._server.server_close()
                thread.join()
        return self._visits.results
