import { answer, api } from "../api/client";
import { announceFaults } from "../api/faults";
import type { Order, Payment, Policy } from "../api/types";
import { IdempotencyKeys } from "../shop/idempotency-keys";
import { placeOrder } from "../shop/place-order";
import { randomKey } from "../shop/random-key";
import { offerLily } from "../shop/stock";
import { fastForwardOptions } from "../time-machine/fast-forward-options";

export type ActionName =
  | "place"
  | "charge_later"
  | "decline"
  | "two_days"
  | "update_card"
  | "deadline"
  | "take_down"
  | "reset";

interface Action {
  text: string;
  /** Whether it needs a payment that waits for a card. */
  needsWaiting?: true;
  /** Acts on the tour's order; returns the id of a new one, if it places one. */
  run: (order: Order | null) => Promise<string | null>;
}

const GOOD_CARD = "pm_card_visa";
const DECLINED_CARD = "pm_card_chargeDeclined";
/** In cents: the card pays the rest. */
const CREDIT = 500;

/** What a person can do on a slide, through the API. */
export const ACTIONS: Record<ActionName, Action> = {
  place: {
    text: "Place the order",
    run: async () => order(await customer(GOOD_CARD)),
  },
  charge_later: {
    text: "Place it: charge later",
    run: async () => order(await customer(GOOD_CARD), "charge_later"),
  },
  decline: {
    text: "Place an order whose card is declined",
    run: async () => order(await customer(DECLINED_CARD)),
  },
  two_days: {
    text: "Let two days pass",
    needsWaiting: true,
    run: (current) => forward(current, () => 2),
  },
  update_card: {
    text: "Update the card",
    needsWaiting: true,
    run: async (current) => {
      if (current) {
        await register(current.customer_id, GOOD_CARD);
      }
      return null;
    },
  },
  deadline: {
    text: "Let the two weeks pass",
    needsWaiting: true,
    run: (current) =>
      forward(current, (payment) => fastForwardOptions(payment).at(-1)?.days ?? null),
  },
  take_down: {
    text: "Take the card provider down, and place an order",
    run: async () => {
      await setProvider({ down: false }); // No card can be registered while it is down.
      const buyer = await customer(GOOD_CARD, 0); // What has to be charged is all.
      await setProvider({ down: true });
      return order(buyer);
    },
  },
  reset: {
    text: "Reset all faults",
    run: async () => {
      await answer(api.DELETE("/dev/troubles"));
      announceFaults();
      return null;
    },
  },
};

async function setProvider({ down }: { down: boolean }): Promise<void> {
  const params = { path: { name: "cards_down" as const } };
  await answer(api.PUT("/dev/troubles/{name}", { params, body: { on: down } }));
  announceFaults();
}

/** A new customer, so that tours do not disturb each other; their id. */
async function customer(card: string, amount = CREDIT): Promise<string> {
  const id = `camilla-${randomKey().slice(0, 8)}`;
  const body = { id, name: "Camilla", email: `${id}@example.com` };
  await answer(api.POST("/customers", { body }));
  if (amount > 0) {
    const credit = { amount, reference: "welcome" };
    await answer(api.POST("/customers/{id}/credits", { params: { path: { id } }, body: credit }));
  }
  await register(id, card);
  return id;
}

async function register(id: string, card: string): Promise<void> {
  const body = { payment_method: card };
  await answer(api.PUT("/customers/{id}/card", { params: { path: { id } }, body }));
}

async function order(customer_id: string, policy: Policy = "charge_first"): Promise<string> {
  const lines = [{ sku: await offerLily(), quantity: 1 }];
  return (await placeOrder({ customer_id, lines, policy }, new IdempotencyKeys())).id;
}

/** Advances the clock of the order's payment. */
async function forward(
  current: Order | null,
  daysOf: (payment: Payment) => number | null,
): Promise<null> {
  const payment = current?.payment;
  const days = payment ? daysOf(payment) : null;
  if (payment && days !== null) {
    const params = { path: { id: payment.id } };
    await answer(api.POST("/dev/payments/{id}/fast-forward", { params, body: { days } }));
  }
  return null;
}
