import { expect, test } from "vitest";
import { orderPlace, paymentPlace } from "./places";

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
  ["awaiting_card", 0, 500, "wait_for_card"],
  ["refunding", 2000, 500, "refund_card"],
  ["refunding", 0, 500, "credit_amount"],
  ["canceled", 0, 500, "credit_amount"],
  ["canceled", 0, 0, null],
  ["received", 2000, 500, null],
  ["refunded", 0, 0, null],
] as const)("a payment that is %s, of which %i and %i are held", (...state) => {
  const [status, charged, withdrawn, place] = state;
  expect(paymentPlace({ status, charged, withdrawn })).toBe(place);
});
