import { isEvent } from "../diagram/graph";

export type Process = "order" | "payment" | "refund";

/** Where the code of an element is: a file of the repository, and a function or class in it. */
export interface CodePlace {
  file: string;
  symbol: string;
}

const WORKFLOWS: Record<Process, CodePlace> = {
  order: { file: "workflows/order.py", symbol: "OrderWorkflow" },
  payment: { file: "workflows/payment.py", symbol: "PaymentWorkflow" },
  refund: { file: "workflows/refund.py", symbol: "RefundWorkflow" },
};

/** The activities of tasks, which have the task's name unless it is given. */
const ACTIVITIES: Record<string, [file: string, symbol?: string]> = {
  charge_credit_card: ["charges", "charge_card"],
  check_balance: ["accounts", "withdraw_amount"],
  credit_amount: ["accounts"],
  fetch_goods: ["inventory"],
  recall_shipment: ["shipment"],
  refund_card: ["refunds"],
  refund_decided: ["refunds", "settle_refund"],
  remind_customer: ["payments"],
  return_goods: ["inventory"],
  ship_goods: ["shipment"],
  withdraw_amount: ["accounts"],
};

/** The methods of workflows that decide at gateways, and wait. */
const METHODS: Record<Process, Record<string, string>> = {
  order: {
    payment_answer: "_request_payment",
    refund_payment: "_refund_payment",
    request_payment: "_request_payment",
  },
  payment: {
    again: "_charge_until_paid",
    cancellation_requested: "_give_up",
    card_retry_due: "_card_retry_due",
    card_updated: "_wait_for_card_update",
    covered: "_collect",
    given_up: "_give_up",
    off: "_cancel_payment",
    off_while_waiting: "_cancel_payment",
    paid: "_receive_payment",
    put_right: "_request_charge",
    request_refused: "_request_charge",
    to_charge: "_charge_until_paid",
    wait_for_card: "_wait_for_card_update",
    waiting: "_wait_for_card_update",
  },
  refund: {},
};

const TIMERS: Record<string, string> = { deadline: "deadline", reminder_due: "reminder_at" };

/** The code of an element of a process's diagram. */
export function codeOf(process: Process, element: string): CodePlace {
  const activity = activityOf(element);
  const timer = TIMERS[element];
  const workflow = WORKFLOWS[process];
  if (isEvent(element)) {
    return { file: "domain/events.py", symbol: element };
  }
  if (activity) {
    return { file: `activities/${ACTIVITIES[element]?.[0]}.py`, symbol: activity };
  }
  if (timer) {
    return { file: "domain/waiting_period.py", symbol: timer };
  }
  if (process === "order" && element.startsWith("canceled_")) {
    return { ...workflow, symbol: "_heed_cancellation" };
  }
  if (process === "order" && element.startsWith("undo_")) {
    return { ...workflow, symbol: "_undo_everything" };
  }
  return { ...workflow, symbol: METHODS[process][element] ?? workflow.symbol };
}

/** The activity that carries out an element; null if the workflow itself does. */
export function activityOf(element: string): string | null {
  const found = ACTIVITIES[element];
  return found ? (found[1] ?? element) : null;
}

export interface Code {
  /** Lines of the file, counted from 1. */
  first: number;
  last: number;
  text: string;
}

/** A function or class of a Python file, with its decorators; null if it is not in there. */
export function find(source: string, symbol: string): Code | null {
  const lines = source.split("\n");
  const start = lines.findIndex((line) =>
    new RegExp(`^\\s*(?:async )?(?:def|class) ${symbol}\\b`).test(line),
  );
  if (start < 0) {
    return null;
  }
  const indent = (line: string) => line.length - line.trimStart().length;
  const depth = indent(lines[start] ?? "");
  const isOutside = (line: string) =>
    line.trim() !== "" && indent(line) <= depth && !/^\s*\)/.test(line);
  let first = start;
  while (lines[first - 1]?.trimStart().startsWith("@")) {
    first -= 1;
  }
  const after = lines.findIndex((line, place) => place > start && isOutside(line));
  const rest = lines.slice(first, after < 0 ? lines.length : after);
  while (rest.at(-1)?.trim() === "") {
    rest.pop();
  }
  const text = rest.map((line) => line.slice(depth)).join("\n");
  return { first: first + 1, last: first + rest.length, text };
}
