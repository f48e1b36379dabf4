import { answer, api } from "../api/client";
import type { CardRequest } from "../api/types";
import { useAnswer } from "../api/use-answer";
import { usePoll } from "../api/use-poll";
import { CardChoice } from "../customer/card-choice";
import { RefusalNote } from "../layout/refusal-note";
import type { PageProps } from "../page";
import { moment } from "../words/moments";
import { money } from "../words/money";

/** While the card is charged, its answer is awaited. */
const LOOK_SECONDS = 3;

/** Where a reminder's link leads to: another card for one payment, without signing in. */
export function UpdateCardPage({ parameters }: PageProps) {
  const headers = { Authorization: `Bearer ${parameters.token ?? ""}` };
  const asked = useAnswer(() => answer(api.GET("/card-update", { headers })), [parameters.token]);
  usePoll(asked, LOOK_SECONDS);
  const give = async (paymentMethod: string) => {
    const body = { payment_method: paymentMethod };
    await answer(api.PUT("/card-update", { headers, body }));
    asked.again();
    return "Updated. It is charged now.";
  };
  return (
    <section class="card narrow" aria-labelledby="update-card">
      <h1 id="update-card">Your payment</h1>
      {asked.refusal && <RefusalNote refusal={asked.refusal} again={asked.again} />}
      {asked.data && (
        <>
          <p role="status">{saidOf(asked.data)}</p>
          {asked.data.status === "awaiting_card" && <CardChoice give={give} />}
        </>
      )}
    </section>
  );
}

function saidOf({ status, amount, currency, deadline }: CardRequest): string {
  switch (status) {
    case "requested":
    case "partly_covered":
    case "charging":
      return `${money(amount, currency)} are being charged to your card.`;
    case "awaiting_card": {
      const until = deadline ? ` It does so until ${moment(deadline)}.` : "";
      return `Your payment of ${money(amount, currency)} waits for another card.${until}`;
    }
    case "received":
      return "Your payment was received. Thank you.";
    case "canceled":
      return "Your payment was canceled: nothing is to be paid any more.";
    case "refunding":
    case "refunded":
      return "You got your money back: nothing is to be paid any more.";
  }
}
