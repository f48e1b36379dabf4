import { readFileSync } from "node:fs";
import { BpmnModdle } from "bpmn-moddle";
import { expect, test } from "vitest";
import { eventsOf, graphOf } from "./graph";
import { type TokenPath, tokenPathOf } from "./token-path";

async function path(
  diagram: string,
  events: string[],
  at: string | null,
  decided: string[] = [],
): Promise<TokenPath> {
  const xml = readFileSync(`../docs/bpmn/${diagram}.bpmn`, "utf8");
  const { rootElement } = await new BpmnModdle().fromXML(xml);
  return tokenPathOf(graphOf(rootElement), events, at, decided);
}

const failed = ["PaymentRequested", "AmountWithdrawn", "PaymentPartlyCovered", "CreditCardFailed"];

test("the way to a payment that waits, and what was not passed", async () => {
  const { passed, now } = await path("payment", failed, "wait_for_card");
  expect(now).toBe("wait_for_card");
  for (const id of ["withdraw_amount", "covered-PaymentPartlyCovered", "charge_credit_card"]) {
    expect(passed.get(id)).toBe(1);
  }
  expect(passed.has("CreditCardFailed-wait_for_card")).toBe(true);
  expect(passed.has("CreditCardCharged")).toBe(false);
  expect(passed.has("account-to_charge")).toBe(false);
});

test("how often a step was repeated", async () => {
  const repeated = ["CreditCardDetailsUpdated", "CreditCardFailed"];
  const reminders = ["CustomerReminded", "CustomerReminded"];
  const events = [...failed, ...reminders, ...repeated, ...repeated, "CustomerReminded"];
  const { passed } = await path("payment", events, "wait_for_card");
  expect(passed.get("charge_credit_card")).toBe(3);
  expect(passed.get("CreditCardFailed")).toBe(3);
  expect(passed.get("remind_customer")).toBe(3);
});

test("a deadline that passes, and money that goes back", async () => {
  const events = [...failed, "CustomerReminded", "PaymentCanceled", "AmountCredited"];
  const { passed, now } = await path("payment", events, null);
  expect(now).toBeNull();
  for (const id of ["off", "PaymentCanceled-withdrawn", "credit_amount", "AmountCredited"]) {
    expect(passed.has(id)).toBe(true);
  }
});

test("the timer, its arrow and the end are passed at the deadline", async () => {
  const events = [...failed, "CustomerReminded", "PaymentCanceled", "AmountCredited"];
  const { passed } = await path("payment", events, null, ["deadline", "nothing_held"]);
  for (const id of ["deadline", "deadline-off_while_waiting", "nothing_held"]) {
    expect(passed.get(id)).toBe(1);
  }
  expect(passed.has("cancellation_requested")).toBe(false);
  expect(passed.get("CustomerReminded")).toBe(1);
});

test("an end is not reached while there is a step to do", async () => {
  const events = [...failed, "PaymentCanceled"];
  const { passed } = await path("payment", events, "credit_amount", ["deadline", "nothing_held"]);
  expect(passed.has("nothing_held")).toBe(false);
});

test.each(["charge_first", "charge_before_shipping", "charge_later"])(
  "an order that awaits its payment: %s",
  async (policy) => {
    const before = {
      charge_first: [],
      charge_before_shipping: ["GoodsFetched"],
      charge_later: ["GoodsFetched", "GoodsShipped"],
    }[policy];
    const events = ["OrderPlaced", ...(before ?? [])];
    const { passed, now } = await path(`order-${policy}`, events, "payment_answer");
    expect(now).toBe("payment_answer");
    expect(passed.get("request_payment")).toBe(1);
    expect(passed.has("OrderFulfilled")).toBe(false);
  },
);

test("a cancellation takes the way back", async () => {
  const events = ["OrderPlaced", "PaymentReceived", "OrderNotFulfilled"];
  const { passed } = await path("order-charge_first", events, null);
  expect(passed.has("refund_payment")).toBe(true);
  expect(passed.has("fetch_goods")).toBe(false);
});

test("an event that the diagram does not expect", async () => {
  const { passed } = await path("payment", ["CustomerReminded", "PaymentReceived"], null);
  expect(passed.get("PaymentReceived")).toBe(1);
});

test("an order that is at its last event", async () => {
  const { passed, now } = await path("order-charge_first", ["OrderPlaced"], "OrderPlaced");
  expect(now).toBe("OrderPlaced");
  expect(passed).toEqual(new Map([["OrderPlaced", 1]]));
});

test("what a gateway decided is drawn only where the events leave no doubt", async () => {
  const { passed } = await path("refund", ["CreditCardRefunded"], null);
  for (const id of ["refund_card", "given_back", "outside", "dashboard-both"]) {
    expect(passed.has(id)).toBe(false);
  }
  for (const id of ["dashboard", "recorded", "recorded-CreditCardRefunded"]) {
    expect(passed.has(id)).toBe(true);
  }
});

test("the parts of a refund go different ways at the same time", async () => {
  const events = ["refund_card", "AmountCredited", "CreditCardRefunded"];
  const { passed } = await path("refund", events, null);
  for (const id of ["both-card_part", "account_part-credit_amount", "recorded"]) {
    expect(passed.has(id)).toBe(true);
  }
  expect([passed.get("both"), passed.get("refund_card")]).toEqual([1, 1]);
});

test("a card that the payment tries again by itself", async () => {
  const { passed } = await path("payment", [...failed, "CreditCardFailed"], "wait_for_card");
  expect(passed.get("card_retry_due")).toBe(1);
  expect(passed.get("charge_credit_card")).toBe(2);
  expect(passed.has("CreditCardDetailsUpdated")).toBe(false);
});

test.each([
  ["charge_credit_card", ["CreditCardCharged", "CreditCardFailed", "PaymentCanceled"]],
  ["covered", ["PaymentReceived", "PaymentPartlyCovered"]],
  ["wait_for_card", ["CreditCardDetailsUpdated", "PaymentCanceled"]],
  ["deadline", ["PaymentCanceled"]],
  ["CustomerReminded", ["CustomerReminded"]],
  ["to_charge", []],
])("the events that %s leads to", async (id, events) => {
  const xml = readFileSync("../docs/bpmn/payment.bpmn", "utf8");
  const { rootElement } = await new BpmnModdle().fromXML(xml);
  expect(eventsOf(graphOf(rootElement), id).sort()).toEqual([...events].sort());
});
