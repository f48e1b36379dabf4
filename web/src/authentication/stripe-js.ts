import { Refusal } from "../api/refusal";
import type { Config } from "../api/types";

interface PaymentIntent {
  last_payment_error?: { payment_method?: { id: string } } | null;
}

interface Result {
  paymentIntent?: PaymentIntent;
  error?: { type: string; message?: string };
}

/** The part of Stripe.js that is used here: https://docs.stripe.com/js/payment_intents. */
interface Stripe {
  retrievePaymentIntent(clientSecret: string): Promise<Result>;
  confirmCardPayment(clientSecret: string, data?: { payment_method: string }): Promise<Result>;
}

declare global {
  interface Window {
    Stripe?: (publishableKey: string) => Stripe;
  }
}

type Script = NonNullable<Config["card_script"]>;

/** The customer's bank asks them; resolves once they have confirmed. Throws a `Refusal`. */
export async function confirmPayment(script: Script, clientSecret: string): Promise<void> {
  const stripe = await load(script);
  const found = await stripe.retrievePaymentIntent(clientSecret);
  // A charge that was declined has lost its card; one that waits for its customer has it still.
  const card = found.paymentIntent?.last_payment_error?.payment_method?.id;
  const data = card ? { payment_method: card } : undefined;
  const { error } = await stripe.confirmCardPayment(clientSecret, data);
  if (error) {
    // Only messages of this type are for customers: https://docs.stripe.com/api/errors.
    const words = error.type === "card_error" ? error.message : undefined;
    const otherwise = "Your bank did not confirm it. Try again, or give another card.";
    throw new Refusal(0, "Not confirmed", words ?? otherwise);
  }
}

/** Loaded only when it is needed: it comes from the card provider. */
async function load({ url, publishable_key }: Script): Promise<Stripe> {
  if (!window.Stripe) {
    await new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = url;
      script.onload = resolve;
      script.onerror = () => {
        script.remove();
        reject(new Refusal(0, "Not confirmed", "The card provider does not answer."));
      };
      document.head.append(script);
    });
  }
  if (!window.Stripe) {
    throw new Refusal(0, "Not confirmed", "The card provider’s script can’t be used.");
  }
  return window.Stripe(publishable_key);
}
