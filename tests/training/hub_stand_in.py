"""A stand-in for the Hugging Face hub: real HTTP on this machine; it takes repositories and commits, and keeps every file."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hub(ThreadingHTTPServer):
    """`files` holds what was committed: path -> bytes. `away` hangs up without a word, `refuse` answers the next request with that status."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.made, self.seen, self.refuse, self.away = {}, [], [], None, False
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self):
        self.reply({"id": "ann/polite", "sha": "0" * 40, "siblings": []})

    def do_POST(self):
        hub, path = self.server, self.path.partition("?")[0]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if hub.away:
            self.close_connection = True
            return None
        hub.seen.append((path, self.headers.get("Authorization")))
        if hub.refuse:
            return self.reply({"error": "no"}, hub.refuse)
        if path == "/api/repos/create":
            hub.made.append(json.loads(body))
            if [each["name"] for each in hub.made].count(hub.made[-1]["name"]) > 1:
                return self.reply({"url": f"{hub.url}/ann/polite", "error": "it is there already"}, 409)
            return self.reply({"url": f"{hub.url}/ann/polite"})
        if path == "/api/validate-yaml":
            return self.reply({"errors": [], "warnings": []})
        if "/preupload/" in path:
            files = [each["path"] for each in json.loads(body)["files"]]
            return self.reply(
                {"files": [{"path": each, "uploadMode": "regular", "shouldIgnore": False} for each in files]}
            )
        for line in body.splitlines():
            found = json.loads(line)
            if found["key"] == "file":
                hub.files[found["value"]["path"]] = base64.b64decode(found["value"]["content"])
        commit = f"{hub.url}/ann/polite/commit/{'1' * 40}"
        return self.reply({"commitUrl": commit, "commitOid": "1" * 40, "success": True})

    def reply(self, told, status=200):
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Print nothing."""
