import { useEffect, useRef, useState } from "preact/hooks";
import { hostOf, isHere } from "../../html.ts";
import { t } from "../../text.ts";

const INSIDE = /^data:image\/(?:png|jpeg|gif|webp|avif|bmp|svg\+xml)[;,]/i;

/** A picture that a click enlarges. Only web addresses and data URLs are pictures; the page's own server is asked for none. */
export function Picture({ source, alt, title }: { source: string; alt: string; title: string }) {
  const [broken, setBroken] = useState(false);
  const [large, setLarge] = useState(false);
  const inside = INSIDE.test(source);
  if (!inside && (!/^https?:\/\//i.test(source) || isHere(source)))
    return <p class="fw-muted">{t("picture.not_shown")}</p>;
  const from = inside ? t("picture.here") : hostOf(source);
  if (broken) return <p class="fw-muted">{t("picture.broken", { host: from })}</p>;
  const name = alt || title;
  return (
    <>
      <button
        type="button"
        class="fw-picture"
        data-fw="picture"
        aria-label={t("picture.enlarge", { name })}
        onClick={() => setLarge(true)}
      >
        <img
          src={source}
          alt={name}
          referrerpolicy="no-referrer"
          decoding="async"
          onError={() => setBroken(true)}
        />
      </button>
      {alt && (
        <p class="fw-caption" dir="auto">
          {alt}
        </p>
      )}
      {large && <Large source={source} name={name} close={() => setLarge(false)} />}
    </>
  );
}

/** The picture over the desk: first as large as fits, then as large as it is. */
function Large({ source, name, close }: { source: string; name: string; close: () => void }) {
  const [full, setFull] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current?.focus({ preventScroll: true });
    return () => before instanceof HTMLElement && before.focus({ preventScroll: true });
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Tab") event.stopPropagation(); // nobody answers what they do not see
    if (["Escape", "Enter", " "].includes(event.key)) {
      event.preventDefault();
      if (event.key === "Escape") close();
      else setFull(!full);
    }
  };
  return (
    <div
      class="fw-large"
      data-fw="large"
      data-full={full || undefined}
      role="dialog"
      aria-label={name}
      tabIndex={-1}
      ref={box}
      onKeyDown={onKeyDown}
    >
      <button type="button" class="fw-close" onClick={close}>
        {t("close")} <kbd aria-hidden="true">Esc</kbd>
      </button>
      <button type="button" class="fw-picture" aria-pressed={full} onClick={() => setFull(!full)}>
        <img src={source} alt={name} referrerpolicy="no-referrer" />
      </button>
    </div>
  );
}
