"""A notebook cell that makes a dataset with a field of every type."""

from __future__ import annotations

EVERY_FIELD = r'''
import base64, io, struct, zlib
import feedback_widgets as fw

def png(width, height):
    """A small landscape, without a library."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    def pixel(x, y):
        if y > height * (0.62 + 0.1 * ((x / width - 0.4) ** 2)):
            return (86, 125, 70)
        if (x - width * 0.75) ** 2 + (y - height * 0.28) ** 2 < (height * 0.13) ** 2:
            return (255, 214, 102)
        return (120 + 80 * y // height, 170 + 50 * y // height, 230)
    raw = b"".join(b"\0" + b"".join(bytes(pixel(x, y)) for x in range(width)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")

NOTES = """## Falling, with air

The speed settles where drag equals weight, $v_t = \\sqrt{\\frac{2mg}{\\rho A c}}$, so

$$
v(t) = v_t \\tanh\\left(\\frac{g t}{v_t}\\right), \\qquad \\sum_{i=1}^{n} i = \\frac{n(n+1)}{2}
$$

| body | mass (kg) | $v_t$ (m/s) |
|------|----------:|----:|
| skydiver | 80 | 55 |
| raindrop | 0.00003 | 9 |

```python
def settle(mass: float, area: float) -> float:
    return (2 * mass * 9.81 / (1.2 * area)) ** 0.5  # SI units
```

> It costs $5, or $6 with *tax*. See `settle`.
"""
CODE = """from collections import Counter

def most_common(words: list[str], k: int = 3) -> list[tuple[str, int]]:
    \"\"\"Return the k most frequent words.\"\"\"
    counts = Counter(word.lower() for word in words if word)
    return counts.most_common(k)  # ties: first seen first
"""
CHAT = [
    {"role": "system", "content": "You are a patient physics tutor."},
    {"role": "user", "content": "Why does a **feather** fall slower than a stone?"},
    {"role": "assistant", "content": "Because of *drag*.\n\n1. Both are pulled alike.\n2. The feather meets more air per gram: $a = g - \\frac{c}{m}v^2$."},
    {"role": "assistant", "content": None, "tool_calls": [{"name": "simulate", "arguments": '{"body": "feather", "height_m": 2}'}]},
    {"role": "tool", "name": "simulate", "content": "1.9 s"},
]
CARD = """<style>.c{display:flex;gap:12px;align-items:baseline;border:1px solid color-mix(in srgb,currentcolor 20%,transparent);border-radius:8px;padding:10px 14px}.c b{font-size:19px}</style>
<div class="c"><b>{{record.fields.card.name}}</b><span>{{record.fields.card.job}}</span></div>
{{#if record.fields.card.tags}}<p>{{#each record.fields.card.tags}}<code>{{this}}</code> {{/each}}</p>{{/if}}"""
SCRIPT = """<p id="drawn"></p><script>
document.querySelector("#drawn").textContent = record.fields.sketch.text;
</script>"""
ds = fw.FeedbackDataset(
    fields=[
        fw.TextField(name="notes", use_markdown=True),
        fw.ChatField(name="chat", title="Conversation"),
        fw.CodeField(name="patch", language="python"),
        fw.TableField(name="sales"),
        fw.ImageField(name="photo"),
        fw.CustomField(name="card", template=CARD),
        fw.CustomField(name="sketch", template=SCRIPT, advanced_mode=True),
        fw.TextField(name="article"),
    ],
    questions=[fw.RatingQuestion(name="quality", title="How good is it?", values=[1, 2, 3, 4, 5]),
               fw.LabelQuestion(name="verdict", labels=["yes", "no"])],
)
ds.add_records([{"fields": {
    "notes": NOTES, "chat": CHAT, "patch": CODE,
    "sales": [{"city": city, "sold": sold, "share": share, "open": opened} for city, sold, share, opened in
              [("Oslo", 1204, 0.31, True), ("Rome", 88, None, False), ("São Paulo", 15310, 0.52, True)]],
    "photo": {"url": png(420, 240), "alt": "A hill under a low sun"},
    "card": {"name": "Ada <b>L.</b>", "job": "mathematician", "tags": ["engines", "notes"]},
    "sketch": {"text": "7 < 8 & <b>x</b>"},
    "article": "The quick brown fox jumps over the lazy dog. " * 220,
}, "external_id": i, "metadata": {"source": "textbook"}} for i in range(3)])
ds.save("fields", store="fields.db")
'''
