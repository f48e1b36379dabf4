import { freshKey } from "./fresh-key";

/** Idempotency keys: one for one body, so that it is one order, however often it is sent. */
export class Keys {
  readonly #known = new Map<string, string>();

  of(body: object): string {
    const text = JSON.stringify(body);
    const key = this.#known.get(text) ?? freshKey();
    this.#known.set(text, key);
    return key;
  }
}
