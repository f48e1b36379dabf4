import { randomKey } from "./random-key";

/** An order that was sent, and whose response may have been lost. */
export interface Attempt {
  readonly key: string;
  /** In cents, as the customer saw it then; null if none was sent. */
  expectedTotal: number | null;
}

/** One idempotency key per body: a body that is sent twice results in one order. */
export class IdempotencyKeys {
  readonly #known = new Map<string, Attempt>();

  of(body: object): Attempt {
    const text = JSON.stringify(body);
    const attempt = this.#known.get(text) ?? { key: randomKey(), expectedTotal: null };
    this.#known.set(text, attempt);
    return attempt;
  }
}
