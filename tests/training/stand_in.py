"""A stand-in for a fine-tuning service: real HTTP on this machine, statuses from a script, everything it got kept."""

import json
import threading
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class StandIn(ThreadingHTTPServer):
    """Speaks as much of OpenAI's interface as a fine-tuning needs.

    `statuses` are told one after the other, the last one for ever; `refuse` is a list of (status, headers) that the next
    requests are answered with.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.jobs, self.asked, self.events, self.seen = {}, [], [], [], []
        self.statuses = ["validating_files", "queued", "running", "succeeded"]
        self.refuse, self.error, self.key = [], None, "sk-test"
        self.answer = lambda request: request["messages"][-1]["content"].upper()
        self.cancelled = threading.Event()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"

    def rows(self, name):
        """Return the lines of an uploaded file."""
        return [json.loads(line) for line in self.files[name].splitlines()]

    def job(self):
        """Return the job as it is now, and move on to its next status."""
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if self.cancelled.is_set():
            status = "cancelled"
        done = status == "succeeded"
        if status == "running" and not self.events:
            self.tell("message", "The job has started")
            for step, loss in enumerate([2.0, 0.5], 1):
                self.tell("metrics", "Step", step=step, total_steps=2, train_loss=loss, valid_loss=loss + 0.1)
        return {
            "id": "ftjob-1", "object": "fine_tuning.job", "created_at": 1, "organization_id": "o", "seed": 1,
            "hyperparameters": {}, "result_files": [], "model": self.jobs[0]["model"] if self.jobs else "m",
            "training_file": "file-1", "status": status, "trained_tokens": 99 if done else None,
            "fine_tuned_model": "ft:tiny:house" if done else None,
            "error": self.error if status == "failed" else None,
        }  # fmt: skip

    def tell(self, kind, message, **data):
        """Add an event; the newest stands first, as at the service."""
        event = {
            "id": f"e{len(self.events)}",
            "created_at": 1,
            "level": "info",
            "object": "fine_tuning.job.event",
        }
        self.events.insert(0, {**event, "type": kind, "message": message, "data": data or None})


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self):
        self.handle_one(b"")

    def do_POST(self):
        self.handle_one(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def handle_one(self, body):
        server, path = self.server, self.path.partition("?")[0].removeprefix("/v1")
        server.seen.append(path)
        if server.refuse:
            status, headers = server.refuse.pop(0)
            return self.reply({"error": {"message": "slow down", "type": "x"}}, status, headers)
        if self.headers["Authorization"] != f"Bearer {server.key}":
            return self.reply({"error": {"message": "Incorrect API key", "type": "x"}}, 401)
        if path == "/files":
            return self.reply(self.upload(body))
        if path == "/chat/completions":
            server.asked.append(json.loads(body))
            message = {"role": "assistant", "content": server.answer(server.asked[-1])}
            choice = {"index": 0, "finish_reason": "stop", "message": message}
            return self.reply(
                {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
            )
        if path == "/fine_tuning/jobs":
            server.jobs.append(json.loads(body))
            return self.reply(server.job())
        if path.endswith("/events"):
            return self.reply({"object": "list", "data": server.events, "has_more": False})
        if path.endswith("/cancel"):
            server.cancelled.set()
        return self.reply(server.job())

    def upload(self, body):
        """Take a multipart form apart."""
        head = f"Content-Type: {self.headers['Content-Type']}\n\n".encode()
        parts = {
            part.get_param("name", header="content-disposition"): part
            for part in message_from_bytes(head + body).get_payload()
        }
        assert parts["purpose"].get_payload(decode=True) == b"fine-tune"
        name = parts["file"].get_filename()
        self.server.files[name] = parts["file"].get_payload(decode=True).decode()
        about = {"id": f"file-{len(self.server.files)}", "object": "file", "bytes": 1, "created_at": 1}
        return {**about, "filename": name, "purpose": "fine-tune", "status": "processed"}

    def reply(self, told, status=200, headers=()):
        content = json.dumps(told).encode()
        self.send_response(status)
        for name, value in [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(content))),
            *headers,
        ]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Print nothing."""
