import type { Policy } from "../api/types";
import type { ActionName } from "./actions";

export interface Slide {
  title: string;
  /** One or two sentences of our own: what the slide says, and where this system answers it. */
  text: string;
  /** Which process is drawn below it. */
  process: "order" | "payment";
  /** The elements of the diagram that the slide speaks of. */
  elements: readonly string[];
  /** The policy whose diagram is drawn, if the slide speaks of one. */
  policy?: Policy;
  actions?: readonly ActionName[];
  /** What the slide speaks of in the picture of the event chain; if empty, there is only a link. */
  chain?: readonly string[];
  /** Whether the payment is compared with one that hands its problems out. */
  compares?: true;
  /** The code that answers it: `file.py::symbol`, looked up by `web/code_excerpts.py`. */
  code: readonly string[];
}

const STEPS = ["request_payment", "fetch_goods", "ship_goods"];

/** The talk's slides, in their order. */
export const SLIDES: readonly Slide[] = [
  {
    title: "Four events",
    text: "An order is placed, paid for, fetched and shipped. Everybody in the company understands these four events.",
    process: "order",
    elements: ["OrderPlaced", "PaymentReceived", "GoodsFetched", "GoodsShipped"],
    actions: ["place"],
    code: ["domain/events.py::OrderPlaced", "domain/events.py::GoodsShipped"],
  },
  {
    title: "Events are facts",
    text: "An event has happened, and never changes. It is stored in one transaction with the row that it changes, so a service always agrees with itself.",
    process: "order",
    elements: ["GoodsFetched", "GoodsShipped"],
    code: ["storage/orders.py::record_locked"],
  },
  {
    title: "Events decouple",
    text: "The sentence above the diagram is an order summary: it follows the events of the order and its payment. Neither of these two services knows that it exists.",
    process: "order",
    elements: ["PaymentReceived"],
    actions: ["place"],
    code: ["api/services/event_streams.py::respond"],
  },
  {
    title: "The event chain",
    text: "In an event chain each service reacts to the event of the service before it, and decides by itself what to do. In this system inventory and shipment receive commands.",
    process: "order",
    elements: STEPS,
    chain: ["Payment service", "Inventory service", "Shipment service"],
    code: ["activities/inventory.py::InventoryActivities.fetch_goods"],
  },
  {
    title: "Another sequence of steps",
    text: "To swap two steps of an event chain, you change up to three services. Here the sequence of steps is one row of a table in the order service.",
    process: "order",
    elements: STEPS,
    chain: ["Order placed", "Payment received", "Goods fetched"],
    code: ["domain/order.py::SEQUENCES"],
  },
  {
    title: "Policies",
    text: "A policy connects an event with a command: when this has happened, do that. The order service carries out one command after the other, in the sequence of its policy.",
    process: "order",
    elements: ["PaymentReceived", "fetch_goods"],
    chain: ["Payment received"],
    code: ["workflows/order.py::OrderWorkflow._follow_policy"],
  },
  {
    title: "Does payment own the policy?",
    text: "When the payment is received, fetch the goods. If payment owned this policy, it would depend on inventory.",
    process: "order",
    elements: ["PaymentReceived"],
    chain: ["Payment service", "Payment received"],
    code: ["workflows/messages.py::PaymentResult"],
  },
  {
    title: "Does inventory own the policy?",
    text: "If inventory owned it, it would depend on payment. But an inventory only has to know its stock.",
    process: "order",
    elements: ["fetch_goods"],
    chain: ["Payment received", "Inventory service"],
    code: ["activities/inventory.py::InventoryActivities.fetch_goods"],
  },
  {
    title: "A service between the two",
    text: "The policy moves into a service of its own, the order service. It receives the result of the payment, and then commands inventory to fetch the goods.",
    process: "order",
    elements: ["PaymentReceived", "fetch_goods"],
    chain: [],
    code: ["workflows/order.py::OrderWorkflow._fetch_goods", "workflows/names.py::TaskQueue"],
  },
  {
    title: "The order as the core business",
    text: "Commands and events alternate until the order is fulfilled. The order service knows at any time how far an order is.",
    process: "order",
    elements: [...STEPS, "PaymentReceived", "GoodsFetched", "GoodsShipped", "OrderFulfilled"],
    chain: [],
    actions: ["place"],
    code: ["workflows/order.py::OrderWorkflow._carry_out"],
  },
  {
    title: "Charge later",
    text: "The same steps run in another sequence: goods, shipment, payment. Only the order's policy differs, and no other service changes.",
    process: "order",
    policy: "charge_later",
    elements: STEPS,
    chain: [],
    actions: ["charge_later"],
    code: ["domain/order.py::SEQUENCES"],
  },
  {
    title: "A failure, and a calm customer",
    text: "An airline can't send a boarding pass, so it apologizes, tries again by itself and sends the pass later. Take the card provider down: the order takes longer, and its customer sees no error.",
    process: "order",
    elements: ["request_payment", "payment_answer"],
    actions: ["take_down", "reset"],
    code: ["workflows/activity_options.py::retried"],
  },
  {
    title: "The failure stays in its scope",
    text: "The step that failed is tried again until it succeeds. The order receives no error: it waits for the payment, as it would anyway.",
    process: "payment",
    elements: ["charge_credit_card"],
    actions: ["take_down", "reset"],
    code: ["workflows/activity_options.py::card_provider"],
  },
  {
    title: "Where the state is kept",
    text: "Waiting for two weeks needs state and timers that survive a restart. You can build this yourself; here the workflow engine Temporal does it.",
    process: "payment",
    elements: ["wait_for_card", "reminder_due", "deadline"],
    actions: ["decline"],
    code: ["domain/waiting_period.py::WaitingPeriod"],
  },
  {
    title: "God services",
    text: "A god service knows the details of all others, which only do what it says. The order service can't become one, because no message to it mentions a card.",
    process: "order",
    elements: ["request_payment", "payment_answer"],
    actions: ["decline", "update_card"],
    compares: true,
    code: ["workflows/messages.py::PaymentOutcome", "workflows/messages.py::PaymentResult"],
  },
  {
    title: "An order and a credit card",
    text: "Suppose the payment service only charged cards. Then every declined card would be the order's problem.",
    process: "payment",
    elements: ["charge_credit_card", "CreditCardFailed"],
    actions: ["decline", "update_card"],
    compares: true,
    code: ["domain/events.py::CreditCardFailed"],
  },
  {
    title: "Problems that are handed out",
    text: "If a service hands its problems to its clients, they become god services. This payment service keeps them: it requests another card, reminds the customer, and tries again.",
    process: "payment",
    elements: ["CreditCardFailed", "wait_for_card", "CreditCardDetailsUpdated"],
    actions: ["decline", "update_card"],
    compares: true,
    code: ["workflows/payment.py::PaymentWorkflow._charge_until_paid"],
  },
  {
    title: "What a payment service does",
    text: "It withdraws from the account, charges the rest to the card, reminds every two days, and gives up after two weeks. Let two days pass, and the customer is reminded.",
    process: "payment",
    elements: [
      "withdraw_amount",
      "charge_credit_card",
      "remind_customer",
      "deadline",
      "credit_amount",
    ],
    actions: ["decline", "two_days"],
    code: ["domain/waiting_period.py::WaitingPeriod"],
  },
  {
    title: "A long-running service",
    text: "The payment service creates a result that its client wants, and is responsible for every step on the way. It may take two weeks.",
    process: "payment",
    elements: ["PaymentReceived", "PaymentCanceled"],
    actions: ["decline", "two_days", "update_card"],
    code: ["workflows/payment.py::PaymentWorkflow._collect"],
  },
  {
    title: "The process as code",
    text: "The payment process is a Python class. Temporal delivers a new card to it by the workflow's id, and saves its state.",
    process: "payment",
    elements: ["wait_for_card", "CreditCardDetailsUpdated"],
    actions: ["decline", "update_card"],
    code: [
      "workflows/payment.py::PaymentWorkflow.card_details_updated",
      "workflows/payment.py::PaymentWorkflow._wait_for_card_update",
    ],
  },
  {
    title: "The process as a diagram",
    text: "Tests verify that the code and this diagram allow the same sequences of events. Give another card, or let the deadline pass.",
    process: "payment",
    elements: ["wait_for_card", "card_updated", "reminder_due", "deadline"],
    actions: ["decline", "two_days", "update_card", "deadline"],
    code: ["workflows/payment.py::PaymentWorkflow._charge_until_paid"],
  },
  {
    title: "Long-running services keep to their context",
    text: "Only three messages pass between the order and the payment: request payment, payment received, payment canceled. Everything else stays in the payment.",
    process: "order",
    elements: ["request_payment", "PaymentReceived", "PaymentCanceled"],
    actions: ["decline", "two_days", "update_card"],
    compares: true,
    code: ["workflows/children.py::request_payment"],
  },
  {
    title: "The same border in one engine",
    text: "The talk's example connects two frameworks at this border. Here the payment is a child workflow on a task queue of its own, so it can be deployed by itself.",
    process: "order",
    elements: ["request_payment", "payment_answer"],
    code: ["workflows/names.py::TaskQueue", "workflows/children.py::request_payment"],
  },
  {
    title: "Where to go on",
    text: "The talk ends with examples and articles. This system goes on with outages, refunds and audits: try the pages in the navigation above.",
    process: "order",
    elements: ["OrderFulfilled"],
    actions: ["place"],
    code: ["worker.py::Contexts"],
  },
];
