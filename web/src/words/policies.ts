import type { Order, Policy } from "../api/types";

export const REASON: Record<NonNullable<Order["reason"]>, string> = {
  payment_canceled: "the payment was canceled",
  goods_unavailable: "the goods were not in stock",
  canceled_by_customer: "the customer canceled it",
};

export const POLICY: Record<Policy, { name: string; meaning: string }> = {
  charge_first: {
    name: "Charge first",
    meaning:
      "Payment, then goods, then shipment: nothing is fetched before the payment is received.",
  },
  charge_before_shipping: {
    name: "Charge before shipping",
    meaning: "Goods, then payment, then shipment: what is paid for is in stock.",
  },
  charge_later: {
    name: "Charge later",
    meaning:
      "Goods, then shipment, then payment: fast; the goods are recalled if the payment is canceled.",
  },
};

export const POLICIES = Object.keys(POLICY) as Policy[];
