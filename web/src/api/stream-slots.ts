/** Streams of one browser at the same time: over HTTP/1.1 it has six connections to a host, and
 * some must be left for everything else.
 */
const SLOTS = 3;

/** Calls `use` while it holds one of the browser's slots, or else `otherwise`.
 *
 * Without Web Locks, which need https:// or localhost, tabs can't agree: each gets a slot.
 */
export async function slot<T>(use: () => Promise<T>, otherwise: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  if (!locks) {
    return use();
  }
  for (let number = 0; number < SLOTS; number++) {
    const result = await locks.request(
      `event-stream-${number}`,
      { ifAvailable: true },
      async (lock) => lock && { value: await use() },
    );
    if (result) {
      return result.value;
    }
  }
  return otherwise();
}
