import { readFileSync } from "node:fs";
import { BpmnModdle } from "bpmn-moddle";
import { expect, test } from "vitest";
import type { StoredEvent } from "../../api/types";
import { graphOf } from "../diagram/graph";
import type { Happened } from "../timeline/merged";
import { past } from "./past";

const happened = (...all: string[]): Happened[] =>
  all.map((one) => {
    const [of, type] = one.split(" ");
    return { of, at: "", event: { type } as StoredEvent } as Happened;
  });

const canceled = happened(
  "order OrderPlaced",
  "payment PaymentRequested",
  "payment AmountWithdrawn",
  "payment PaymentPartlyCovered",
  "payment CreditCardFailed",
  "payment CustomerReminded",
  "payment PaymentCanceled",
  "payment AmountCredited",
  "order PaymentCanceled",
  "order OrderNotFulfilled",
);

test.each([
  [0, null, null],
  [1, "payment_answer", null],
  [2, "payment_answer", "withdraw_amount"],
  [3, "payment_answer", "AmountWithdrawn"],
  [4, "payment_answer", "charge_credit_card"],
  [5, "payment_answer", "wait_for_card"],
  [6, "payment_answer", "wait_for_card"],
  [7, "payment_answer", "credit_amount"],
  [8, "payment_answer", null],
  [9, "PaymentCanceled", null],
  [10, null, null],
])("after %i events the order was at %s, the payment at %s", (step, order, payment) => {
  const then = past(canceled, step);
  expect([then.order.at, then.payment.at]).toEqual([order, payment]);
  expect(then.order.events.length + then.payment.events.length).toBe(step);
});

test.each(["order-charge_first", "order-charge_before_shipping", "order-charge_later", "payment"])(
  "every element of a replay is drawn: %s",
  async (name) => {
    const xml = readFileSync(`../docs/bpmn/${name}.bpmn`, "utf8");
    const { nodes } = graphOf((await new BpmnModdle().fromXML(xml)).rootElement);
    const side = name === "payment" ? "payment" : "order";
    const first = side === "payment" ? "PaymentRequested" : "OrderPlaced";
    for (const next of [...nodes.keys()].filter((id) => /^[A-Z]/.test(id))) {
      const at = past(happened(`${side} ${first}`, `${side} ${next}`), 1)[side].at;
      expect(nodes.has(at ?? "")).toBe(true);
    }
  },
);
