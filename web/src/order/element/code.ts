import { isEvent } from "../diagram/graph";

export type Process = "order" | "payment" | "refund";

const WORKFLOWS: Record<Process, string> = {
  order: "workflows/order.py::OrderWorkflow",
  payment: "workflows/payment.py::PaymentWorkflow",
  refund: "workflows/refund.py::RefundWorkflow",
};

/** The activities of tasks. */
const ACTIVITIES: Record<string, string> = {
  charge_credit_card: "activities/charges.py::ChargeActivities.charge_card",
  check_balance: "activities/accounts.py::AccountActivities.withdraw_amount",
  credit_amount: "activities/accounts.py::AccountActivities.credit_amount",
  fetch_goods: "activities/inventory.py::InventoryActivities.fetch_goods",
  recall_shipment: "activities/shipment.py::ShipmentActivities.recall_shipment",
  refund_card: "activities/refunds.py::RefundActivities.refund_card",
  refund_decided: "activities/refunds.py::RefundActivities.settle_refund",
  remind_customer: "activities/payments.py::PaymentActivities.remind_customer",
  return_goods: "activities/inventory.py::InventoryActivities.return_goods",
  ship_goods: "activities/shipment.py::ShipmentActivities.ship_goods",
  withdraw_amount: "activities/accounts.py::AccountActivities.withdraw_amount",
};

/** The methods of workflows that decide at gateways, and wait. */
const METHODS: Record<Process, Record<string, string>> = {
  order: {
    payment_answer: "workflows/order.py::OrderWorkflow._request_payment",
    refund_payment: "workflows/order.py::OrderWorkflow._refund_payment",
    request_payment: "workflows/order.py::OrderWorkflow._request_payment",
  },
  payment: {
    again: "workflows/payment.py::PaymentWorkflow._charge_until_paid",
    cancellation_requested: "workflows/payment.py::PaymentWorkflow._give_up",
    card_retry_due: "workflows/payment.py::PaymentWorkflow._card_retry_due",
    card_updated: "workflows/payment.py::PaymentWorkflow._wait_for_card_update",
    covered: "workflows/payment.py::PaymentWorkflow._collect",
    given_up: "workflows/payment.py::PaymentWorkflow._give_up",
    off: "workflows/payment.py::PaymentWorkflow._cancel_payment",
    off_while_waiting: "workflows/payment.py::PaymentWorkflow._cancel_payment",
    paid: "workflows/payment.py::PaymentWorkflow._receive_payment",
    put_right: "workflows/payment.py::PaymentWorkflow._request_charge",
    request_refused: "workflows/payment.py::PaymentWorkflow._request_charge",
    to_charge: "workflows/payment.py::PaymentWorkflow._charge_until_paid",
    wait_for_card: "workflows/payment.py::PaymentWorkflow._wait_for_card_update",
    waiting: "workflows/payment.py::PaymentWorkflow._wait_for_card_update",
  },
  refund: {},
};

const TIMERS: Record<string, string> = {
  deadline: "domain/waiting_period.py::WaitingPeriod.deadline",
  reminder_due: "domain/waiting_period.py::WaitingPeriod.reminder_at",
};

const EVENTS = "domain/events.py::*";
const HEED_CANCELLATION = "workflows/order.py::OrderWorkflow._heed_cancellation";
const UNDO = "workflows/order.py::OrderWorkflow._undo_everything";

/** The code of an element of a process's diagram, as `file.py::symbol`. */
export function codeOf(process: Process, element: string): string {
  if (isEvent(element)) {
    return EVENTS.replace("*", element);
  }
  if (process === "order" && element.startsWith("canceled_")) {
    return HEED_CANCELLATION;
  }
  if (process === "order" && element.startsWith("undo_")) {
    return UNDO;
  }
  const found = ACTIVITIES[element] ?? TIMERS[element] ?? METHODS[process][element];
  return found ?? WORKFLOWS[process];
}

/** The activity that carries out an element; null if the workflow itself does. */
export function activityOf(element: string): string | null {
  return ACTIVITIES[element]?.split(".").at(-1) ?? null;
}
