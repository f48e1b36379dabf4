import type { Payment } from "../api/types";
import { inDays } from "./days";

const DAY = 24 * 60 * 60 * 1000;
const MINUTE = 60 * 1000;

export interface FastForwardOption {
  text: string;
  /** By how many days the payment's clock is advanced; null if that moment has passed. */
  days: number | null;
}

/** How far a waiting payment's clock can be advanced; none if it has no deadline. */
export function fastForwardOptions(payment: Payment): FastForwardOption[] {
  if (!payment.deadline) {
    return [];
  }
  const left = Date.parse(payment.deadline) - Date.parse(payment.now);
  return [
    { text: "Forward 2 days", days: 2 },
    { text: "To the day before the deadline", days: left > DAY ? inDays(left - DAY) : null },
    { text: "Past the deadline", days: inDays(Math.max(left, 0) + MINUTE) },
  ];
}
