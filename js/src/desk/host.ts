import { signal } from "@preact/signals";
import { t } from "../text.ts";
import type { Model } from "../wire.ts";

/** After so many unanswered messages to an idle kernel, the channel is opened anew. */
const UNANSWERED = 2;
/** How often it is looked how things stand, and how long a closed channel is left alone, in ms. */
const LOOK = 1000;
const CLOSED = 300;

/** The parts of JupyterLab's kernel connection that are looked at; other hosts have none of them. */
interface Kernel {
  status?: string;
  connectionStatus?: string;
  commsOverSubshells?: unknown;
}

export type HostState = "fine" | "offline" | "busy" | "gone";

/**
 * How the way to the kernel looks from the page. An answer within a time limit is the only sign that is trusted: what is seen
 * here is said in words only while answers are missing.
 */
export class Host {
  readonly state = signal<HostState>("fine");
  #models: () => Iterable<Model>;
  #timer: ReturnType<typeof setInterval>;
  #unanswered = 0;
  #mended: unknown = null;

  constructor(models: () => Iterable<Model>) {
    this.#models = models;
    this.#timer = setInterval(() => this.look(), LOOK);
    globalThis.addEventListener?.("offline", this.look);
    globalThis.addEventListener?.("online", this.look);
  }

  close(): void {
    clearInterval(this.#timer);
    globalThis.removeEventListener?.("offline", this.look);
    globalThis.removeEventListener?.("online", this.look);
  }

  look = (): void => {
    const kernel = this.#kernel();
    const status = kernel?.status ?? "";
    if (navigator.onLine === false || /connecting|disconnected/.test(kernel?.connectionStatus ?? ""))
      this.state.value = "offline";
    else if (/dead|restarting|terminating/.test(status)) this.state.value = "gone";
    else this.state.value = status === "busy" ? "busy" : "fine";
  };

  /** The kernel answered. */
  heard(): void {
    this.#unanswered = 0;
  }

  /** A message was sent again, because the first was not answered. */
  unheard(): void {
    this.#unanswered += 1;
    this.look();
    if (this.#unanswered >= UNANSWERED && this.state.peek() === "fine") this.#openAnew();
  }

  /**
   * A kernel that was restarted from elsewhere: JupyterLab goes on sending to a thread of the kernel that is gone. Asked for
   * another kind of channel and back, it starts a new one.
   */
  #openAnew(): void {
    const kernel = this.#kernel();
    const kind = kernel?.commsOverSubshells;
    if (!kernel || kind === undefined || kind === "disabled" || this.#mended === kernel) return;
    this.#mended = kernel;
    kernel.commsOverSubshells = "disabled";
    setTimeout(() => {
      kernel.commsOverSubshells = kind;
      this.#unanswered = 0;
      setTimeout(() => {
        this.#mended = null;
      }, 10 * LOOK);
    }, CLOSED);
  }

  #kernel(): Kernel | undefined {
    for (const model of this.#models()) {
      const { kernel } = (model.widget_manager ?? {}) as { kernel?: Kernel };
      if (kernel) return kernel;
    }
    return undefined;
  }
}

/** What stands in the way, as a sentence; `count` answers wait. */
export function inTheWay(state: HostState, count: number): string | null {
  if (state === "fine") return null;
  return count ? `${t(`way.${state}`)} ${t("way.waiting", { n: count })}` : t(`way.${state}`);
}
