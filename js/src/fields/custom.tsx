import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { FieldProps } from "../field.ts";
import { heard, type Look, source } from "./parts/frame.ts";

/** HTML of the dataset's makers in a frame of another origin: it reaches neither this page nor the network. */
export default function CustomField({ spec, record }: FieldProps) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(120);
  const look = useLook(frame);
  const { template = "", advanced_mode: advanced = false } = spec;
  const inside = useMemo(() => {
    if (!look) return undefined; // or everything in the frame would be loaded twice
    const { record: id, fields, metadata } = record;
    return source({ template, advanced, record: { id, fields, metadata }, look });
  }, [record, template, advanced, look]);
  useEffect(() => {
    const hear = (event: MessageEvent) => {
      if (!frame.current || event.source !== frame.current.contentWindow) return;
      const said = heard(event.data);
      if (said.height !== undefined) setHeight(said.height);
      if (said.escape) frame.current.closest<HTMLElement>(".fw-desk")?.focus({ preventScroll: true });
    };
    window.addEventListener("message", hear);
    return () => window.removeEventListener("message", hear);
  }, []);
  return (
    <iframe
      class="fw-frame"
      ref={frame}
      title={spec.title}
      sandbox="allow-scripts"
      referrerpolicy="no-referrer"
      allow=""
      {...(inside === undefined ? {} : { srcdoc: inside })}
      style={{ height: `${height}px` }}
    />
  );
}

/** The desk's colours and font, again when the theme changes. */
function useLook(frame: { current: HTMLIFrameElement | null }): Look | null {
  const [look, setLook] = useState<Look | null>(null);
  useLayoutEffect(() => {
    const desk = frame.current?.closest<HTMLElement>(".fw-desk");
    if (!desk) return;
    const read = () => {
      const { color, backgroundColor } = getComputedStyle(desk);
      const { fontFamily } = getComputedStyle(frame.current ?? desk);
      const dark = desk.dataset.theme === "dark";
      const now = { dark, ink: color, back: backgroundColor, font: fontFamily };
      // An equal look must stay the same object: a new one would load the frame again.
      setLook((before) => (before && JSON.stringify(before) === JSON.stringify(now) ? before : now));
    };
    const observer = new MutationObserver(read);
    observer.observe(desk, { attributes: true, attributeFilter: ["data-theme"] });
    read();
    return () => observer.disconnect();
  }, []);
  return look;
}
