import type { Mail, StoredEvent, Transfer } from "../../api/types";

export type Subject = "order" | "payment";

/** An event of an order or its payment, at its place among those of both. */
export interface Happened {
  of: Subject;
  event: StoredEvent;
  /** In the payment's time, whose clock may be ahead of the order's; never before the entry above. */
  at: string;
}

/** What an event led to, too. */
export interface Entry extends Happened {
  mails: Mail[];
  transfers: Transfer[];
  /** Which attempt to charge a card it ended; null for other events, and if there is only one. */
  attempt: number | null;
}

/** What the payment records before the order records its answer. */
const BEFORE: Record<string, string[]> = {
  PaymentReceived: ["PaymentReceived"],
  PaymentCanceled: ["PaymentCanceled", "AmountCredited"],
};

/** The events of an order and its payment, in the sequence in which they happened.
 *
 * Times alone do not say that: the payment's clock may have been moved.
 */
export function merged(
  placed: readonly StoredEvent[],
  paid: readonly StoredEvent[],
): readonly Happened[] {
  const orders = [...placed];
  const payments = [...paid];
  const all: Happened[] = [];
  const isAnswered = ({ type }: StoredEvent) =>
    !payments.some((event) => BEFORE[type]?.includes(event.type));
  for (;;) {
    const [order] = orders;
    const [payment] = payments;
    if (!order && !payment) {
      return all;
    }
    const isOrders =
      order && isAnswered(order) && (!payment || Date.parse(order.at) <= Date.parse(payment.at));
    const [of, event] =
      isOrders || !payment
        ? (["order", orders.shift()] as const)
        : (["payment", payments.shift()] as const);
    if (event) {
      all.push({ of, event, at: later(all.at(-1)?.at, event.at) });
    }
  }
}

/** Each event with its mails, and what it moved in the ledger. */
export function timelineOf(
  events: readonly Happened[],
  mails: readonly Mail[],
  transfers: readonly Transfer[],
): Entry[] {
  const charges = events.filter(({ event }) => CHARGED.includes(event.type));
  const entries = events.map((one) => ({
    ...one,
    mails: [] as Mail[],
    transfers: [] as Transfer[],
    attempt: charges.length > 1 && charges.includes(one) ? charges.indexOf(one) + 1 : null,
  }));
  for (const mail of mails) {
    (entryOfMail(entries, mail) ?? entries.at(-1))?.mails.push(mail);
  }
  for (const transfer of transfers) {
    (entryOfTransfer(entries, transfer) ?? entries.at(-1))?.transfers.push(transfer);
  }
  return entries;
}

const CHARGED = ["CreditCardFailed", "CreditCardCharged"];

/** The event that a mail is about, by the mail's kind. */
const MAILED: Record<string, string> = {
  "payment:failed": "CreditCardFailed",
  "payment:received": "PaymentReceived",
  "payment:canceled": "PaymentCanceled",
  "payment:reminder": "CustomerReminded",
  "payment:refunded": "CreditCardRefunded",
  "payment:credited": "AmountCredited",
  "order:shipped": "GoodsShipped",
  "order:canceled": "OrderNotFulfilled",
};

/** A mail's id is `<subject>:<id>:<kind>`, then `:<number>` of a reminder or of an event. */
function entryOfMail(entries: readonly Entry[], mail: Mail): Entry | undefined {
  const [subject = "", , kind = "", number = ""] = mail.id.split(":");
  const found = entries.filter(
    ({ of, event }) => of === subject && event.type === MAILED[`${subject}:${kind}`],
  );
  const isMeant = ({ event }: Entry) =>
    kind === "reminder" ? `${event.data.reminder}` === number : `${event.sequence}` === number;
  return number ? found.find(isMeant) : found[0];
}

/** The event of a transfer, by what follows `payment:<id>:` in its id. */
const MOVED: Record<string, string> = {
  withdraw: "AmountWithdrawn",
  credit: "AmountCredited",
  charge: "CreditCardCharged",
  refund: "CreditCardRefunded",
};

function entryOfTransfer(entries: readonly Entry[], { id, amount }: Transfer): Entry | undefined {
  const type = MOVED[id.split(":")[2] ?? ""];
  const found = entries.filter(({ event }) => event.type === type);
  const isFree = (one: Entry) => one.transfers.length === 0 && one.event.data.amount === amount;
  return found.find(isFree) ?? found[0];
}

function later(one: string | undefined, other: string): string {
  return one && Date.parse(one) > Date.parse(other) ? one : other;
}
