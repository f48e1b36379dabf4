import { randomKey } from "./random-key";

/** One idempotency key per body: a body that is sent twice results in one order. */
export class IdempotencyKeys {
  readonly #known = new Map<string, string>();

  of(body: object): string {
    const text = JSON.stringify(body);
    const key = this.#known.get(text) ?? randomKey();
    this.#known.set(text, key);
    return key;
  }
}
