const DAY = 24 * 60 * 60 * 1000;
const PLACES = 1e6;

/**
 * The milliseconds as days, rounded up to a tenth of a second: the many digits of a quotient look
 * like a card number now and then, which the API refuses.
 */
export function inDays(milliseconds: number): number {
  return Math.ceil((milliseconds / DAY) * PLACES) / PLACES;
}
