import { expect, test } from "vitest";
import {
  orderPlace,
  paymentDecisions,
  paymentEvents,
  paymentPlace,
  refundEvents,
  refundPlace,
} from "./places";

test.each([
  ["placed", ["OrderPlaced"], "OrderPlaced"],
  ["awaiting_payment", ["OrderPlaced"], "payment_answer"],
  ["canceling", ["OrderPlaced", "GoodsFetched", "GoodsReturned"], "GoodsReturned"],
  ["fulfilled", ["OrderPlaced", "OrderFulfilled"], null],
  ["not_fulfilled", ["OrderPlaced", "OrderNotFulfilled"], null],
] as const)("an order that is %s", (status, events, place) => {
  expect(orderPlace(status, events)).toBe(place);
});

test.each([
  ["awaiting_card", 500, "wait_for_card"],
  ["refunding", 500, null],
  ["canceled", 500, "credit_amount"],
  ["canceled", 0, null],
  ["received", 500, null],
] as const)("a payment that is %s, with %i from the account", (status, withdrawn, place) => {
  expect(paymentPlace({ status, withdrawn })).toBe(place);
});

test("what happens after a payment was received is drawn on the diagram of refunds", () => {
  const paid = ["PaymentRequested", "CreditCardCharged", "PaymentReceived"];
  expect(paymentEvents([...paid, "CreditCardRefunded"])).toEqual(paid);
  const canceled = ["PaymentRequested", "PaymentCanceled", "AmountCredited"];
  expect(paymentEvents(canceled)).toEqual(canceled);
});

test.each([
  ["payment_canceled", ["PaymentCanceled"], ["deadline", "nothing_to_credit"]],
  ["payment_canceled", ["AmountWithdrawn", "PaymentCanceled"], ["deadline", "nothing_held"]],
  ["canceled_by_customer", ["PaymentCanceled"], ["cancellation_requested", "nothing_to_credit"]],
  [null, ["PaymentCanceled"], ["nothing_to_credit"]],
  ["goods_unavailable", ["PaymentReceived"], []],
] as const)("a payment of an order that ended because of %s, after %j", (reason, events, known) => {
  expect(paymentDecisions(reason, events)).toEqual(known);
});

const REFUND = { reason: "operator", to_card: 500, events: [] as string[], replaced_by: null };

test.each([
  [{ status: "requested" }, "refund_card"],
  [{ status: "requested", to_card: 0 }, "credit_amount"],
  [{ status: "pending" }, "refund_decided"],
  [{ status: "refused" }, "settle"],
  [{ status: "failed", events: ["CreditCardRefunded"] }, "pay_again"],
  [{ status: "failed", replaced_by: "again" }, null],
  [{ status: "succeeded" }, null],
  [{ status: "settled_outside" }, null],
] as const)("a refund that is %o", (state, place) => {
  expect(refundPlace({ ...REFUND, ...state } as never)).toBe(place);
});

test("the dashboard's refunds are not requested by us", () => {
  const events = ["CreditCardRefunded"];
  const refund = { ...REFUND, status: "succeeded", events } as never;
  expect(refundEvents(refund)).toEqual(["refund_card", ...events]);
  expect(refundEvents({ ...REFUND, reason: "dashboard", events } as never)).toEqual(events);
});
