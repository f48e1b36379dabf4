/** The diagrams in docs/bpmn, the files on which tests replay events. */
import beforeShipping from "../../../../docs/bpmn/order-charge_before_shipping.bpmn?raw";
import first from "../../../../docs/bpmn/order-charge_first.bpmn?raw";
import later from "../../../../docs/bpmn/order-charge_later.bpmn?raw";
import payment from "../../../../docs/bpmn/payment.bpmn?raw";
import refund from "../../../../docs/bpmn/refund.bpmn?raw";
import type { Policy } from "../../api/types";

export const ORDER_DIAGRAMS: Record<Policy, string> = {
  charge_first: first,
  charge_before_shipping: beforeShipping,
  charge_later: later,
};

export const PAYMENT_DIAGRAM = payment;

export const REFUND_DIAGRAM = refund;
