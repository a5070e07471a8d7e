import { useEffect, useRef, useState } from "preact/hooks";
import type { FieldProps } from "../field.ts";
import { spots } from "../marks.ts";
import { t } from "../text.ts";
import { Unfold } from "./parts/fold.tsx";
import { Picture } from "./parts/picture.tsx";
import { Prose, useMarks } from "./parts/prose.tsx";

/** Messages beyond this many are drawn in full when they come near the screen. */
const AT_ONCE = 20;
/** Of a chat with more messages than this, … */
const LONG = 40;
/** … so many are shown from its beginning, and so many from its end, which is what most questions are about. */
const FIRST = 8;
const LAST = 16;

interface Message {
  role: string;
  content: string;
  name?: string;
  images?: string[];
  tool_calls?: { name: string; arguments: string }[];
}

const ROLES = new Set(["user", "assistant", "system", "developer", "tool"]);

export default function ChatField({ spec, value, marks }: FieldProps) {
  const messages = value as Message[];
  const count = messages.length;
  const cut = count > LONG ? count - LAST : FIRST;
  // Searched words in a folded message: all are shown.
  const [open, setOpen] = useState(() =>
    messages.slice(FIRST, cut).some(({ content }) => spots(content ?? "", marks).length > 0),
  );
  const shown = (at: number) => open || at < FIRST || at >= cut;
  return (
    <ol class="fw-chat" aria-label={t("field.chat", { title: spec.title, n: count })}>
      {messages.flatMap((message, at) => [
        at === FIRST && cut > FIRST && (
          <li key="fold">
            <Unfold open={open} set={setOpen} all={t("field.all_messages", { n: count })} />
          </li>
        ),
        shown(at) && (
          <li key={at} class="fw-message" data-role={ROLES.has(message.role) ? message.role : "other"}>
            <p class="fw-role" dir="auto">
              {message.role}
              {message.name && <span class="fw-muted"> {message.name}</span>}
            </p>
            <Body
              message={message}
              markdown={spec.use_markdown ?? false}
              marks={marks}
              late={at >= AT_ONCE}
            />
          </li>
        ),
      ])}
    </ol>
  );
}

interface Shown {
  message: Message;
  markdown: boolean;
  marks: string[];
  late: boolean;
}

function Body({ message, markdown, marks, late }: Shown) {
  const box = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(!late || typeof IntersectionObserver === "undefined");
  useEffect(() => {
    if (near || !box.current) return;
    const observer = new IntersectionObserver(
      (seen) => seen.some((each) => each.isIntersecting) && setNear(true),
      {
        rootMargin: "600px",
      },
    );
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [near]);
  return (
    <div ref={box}>
      {message.content && <Prose text={message.content} markdown={markdown && near} marks={marks} />}
      {message.images?.map((source, at) => (
        <Picture key={at} source={source} alt="" title={t("field.chat_picture", { n: at + 1 })} />
      ))}
      {message.tool_calls?.map((call, at) => (
        <Call key={at} call={call} marks={marks} />
      ))}
    </div>
  );
}

function Call({ call, marks }: { call: { name: string; arguments: string }; marks: string[] }) {
  const box = useMarks(marks, [call]);
  return (
    <div class="fw-call" dir="ltr" ref={box}>
      <span class="fw-muted">{t("field.calls")}</span> <b>{call.name}</b>
      {call.arguments && <pre>{call.arguments}</pre>}
    </div>
  );
}
