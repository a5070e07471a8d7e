import { many } from "../many.ts";
import { drawing } from "../rich.ts";
import { Footer } from "./footer.tsx";
import { Form } from "./form.tsx";
import { Header } from "./header.tsx";
import { MANY } from "./many.ts";
import { Panel } from "./panels.tsx";
import { QueueTabs } from "./queue_tabs.tsx";
import { RecordCard } from "./record.tsx";
import { SearchBar } from "./search_bar.tsx";
import { panes, Splitter } from "./splitter.tsx";
import { Connecting, Done, Held, Waiting } from "./states.tsx";
import type { View } from "./view.ts";

export function Desk({ view }: { view: View }) {
  return (
    <>
      <Header view={view} />
      {view.session.welcome.value && <QueueTabs view={view} />}
      <SearchBar view={view} />
      <div
        class="fw-body"
        data-phase={view.phase.value}
        data-drawing={drawing.value || undefined}
        {...panes(view)}
      >
        <Body view={view} />
        <Panel view={view} />
      </div>
      <Footer view={view} />
    </>
  );
}

function Body({ view }: { view: View }) {
  const phase = view.phase.value;
  const record = view.record.value;
  const parts = many.value;
  if (phase === "connecting") return <Connecting view={view} />;
  if (phase === "bulk" && parts)
    return (
      <>
        <parts.BulkRows view={view} />
        <Splitter view={view} />
        <Form view={view} record={MANY} />
      </>
    );
  if (phase === "done" && view.walk.value.check && parts) return <parts.CheckDone view={view} />;
  if (phase === "done") return <Done view={view} />;
  if (phase === "held") return <Held view={view} />;
  if (!record) return <Waiting />;
  return (
    <>
      <RecordCard view={view} record={record} />
      <Splitter view={view} />
      <Form view={view} record={record} />
    </>
  );
}
