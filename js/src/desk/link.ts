import { type Model, type Reply, uuid } from "../wire.ts";
import { Host } from "./host.ts";

/** Milliseconds to wait for an answer before the attempt after `attempts` is made: 2 s, 4 s, 8 s, then 15 s. */
export function patience(attempts: number): number {
  return Math.min(2000 * 2 ** attempts, 15_000);
}

interface Asked {
  answer(reply: Reply): void;
}

/**
 * One page's conversation with one model: numbers what is sent, hears only what is addressed to it.
 *
 * The host gives each view a model object of its own and takes that object's listeners away with the view, so the link listens
 * through every view's object and stays deaf only when all views are gone.
 *
 * A reply within a time limit is the only sign of life that is trusted: a killed kernel swallows messages without an error.
 */
export class Link {
  readonly client = uuid();
  readonly host = new Host(() => this.#models);
  #models = new Set<Model>();
  #hear: (reply: Reply) => void;
  #last: unknown = null;
  #seq = 0;
  #asked = new Map<string, Asked>();
  #timers = new Set<ReturnType<typeof setTimeout>>();

  constructor(hear: (reply: Reply) => void) {
    this.#hear = hear;
  }

  /** A view opened with this model object. */
  join(model: Model): void {
    this.#models.add(model);
    model.on("msg:custom", this.#receive);
  }

  /** A view closed; returns how many are left. */
  leave(model: Model): number {
    model.off("msg:custom", this.#receive);
    this.#models.delete(model);
    return this.#models.size;
  }

  /** How many views are open. */
  get views(): number {
    return this.#models.size;
  }

  /** Try once; false when the channel is known to be dead. */
  post(kind: string, body: object, rid: string): boolean {
    const [model] = this.#models;
    if (!model) return false;
    this.#seq += 1;
    try {
      model.send({ v: 1, client: this.client, seq: this.#seq, rid, kind, ...body });
      return true;
    } catch {
      return false; // the kernel is gone: whoever posts keeps what it had and tries again
    }
  }

  /** Ask until answered; resolves with the first answer, which is `refused` only when asking again would not help. */
  ask(kind: string, body: () => object, wait: (attempts: number) => number = patience): Promise<Reply> {
    const rid = uuid();
    let attempts = 0;
    return new Promise((resolve) => {
      let timer: ReturnType<typeof setTimeout>;
      const attempt = () => {
        this.#timers.delete(timer);
        if (attempts) this.host.unheard();
        this.post(kind, body(), rid);
        timer = setTimeout(attempt, wait(attempts));
        this.#timers.add(timer);
        attempts += 1;
      };
      this.#asked.set(rid, {
        answer: (reply) => {
          if (reply.kind === "refused" && reply.again) return;
          clearTimeout(timer);
          this.#timers.delete(timer);
          this.#asked.delete(rid);
          resolve(reply);
        },
      });
      attempt();
    });
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#asked.clear();
    this.host.close();
  }

  #receive = (content: unknown): void => {
    if (content === this.#last) return; // heard through another view's model object
    this.#last = content;
    const reply = content as Reply;
    if (reply?.v !== 1 || (reply.client !== this.client && reply.client !== "*")) return;
    this.host.heard();
    this.#hear(reply);
    this.#asked.get(reply.rid)?.answer(reply);
  };
}
