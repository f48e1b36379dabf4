/** What the API takes as an id (domain/subjects.py), and what it makes of other subjects. */
const ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const DERIVED = /^sub-[a-z2-7]{52}$/;
const BASE_32 = "abcdefghijklmnopqrstuvwxyz234567";

/** The customer's id that follows from a token's subject: itself, or `sub-` and its SHA-256.
 *
 * Null where a browser has no cryptography: on pages that come neither from https:// nor localhost.
 */
export async function customerIdOf(subject: string): Promise<string | null> {
  if (ID.test(subject) && !DERIVED.test(subject)) {
    return subject;
  }
  const digest = await globalThis.crypto?.subtle?.digest(
    "SHA-256",
    new TextEncoder().encode(subject),
  );
  return digest ? `sub-${base32(new Uint8Array(digest))}` : null;
}

function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  const fives = bits.match(/.{1,5}/g) ?? [];
  return fives.map((five) => BASE_32[Number.parseInt(five.padEnd(5, "0"), 2)]).join("");
}
