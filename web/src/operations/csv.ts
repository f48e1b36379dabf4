import type { Order } from "../api/types";
import { decimal } from "../words/money";

const COLUMNS = [
  ...["order", "status", "reason", "customer", "policy", "total", "currency"],
  ...["payment", "withdrawn", "charged", "refunded", "placed_at", "updated_at"],
];

/** The orders as CSV (RFC 4180), with a line of headings. */
export function csvOf(orders: readonly Order[]): string {
  const lines = [COLUMNS, ...orders.map(cells)];
  return lines.map((line) => `${line.map(quoted).join(",")}\r\n`).join("");
}

function cells(order: Order): string[] {
  const { id, status, reason, customer_id, policy, total, currency, payment } = order;
  const amount = (cents: number | undefined) =>
    cents === undefined ? "" : decimal(cents, currency);
  return [
    ...[id, status, reason ?? "", customer_id, policy, amount(total), currency],
    ...[payment?.status ?? "", amount(payment?.withdrawn), amount(payment?.charged)],
    ...[amount(payment?.refunded), order.placed_at, order.updated_at],
  ];
}

/** Spreadsheets take a text that begins with one of `=+-@` for a formula; ids may begin with `-`. */
function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
