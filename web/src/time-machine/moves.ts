import type { Payment } from "../api/types";

const DAY = 24 * 60 * 60 * 1000;
const MINUTE = 60 * 1000;

export interface Move {
  text: string;
  /** So far the payment's clock is moved on; null if that moment is over. */
  days: number | null;
}

/** Where a waiting payment's clock can be moved to; nowhere if there is nothing to wait for. */
export function movesOf(payment: Payment): Move[] {
  if (!payment.deadline) {
    return [];
  }
  const left = Date.parse(payment.deadline) - Date.parse(payment.now);
  return [
    { text: "2 days on", days: 2 },
    { text: "To the day before the deadline", days: left > DAY ? (left - DAY) / DAY : null },
    { text: "Past the deadline", days: Math.max(left, 0) / DAY + MINUTE / DAY },
  ];
}
