import { answer, api } from "../api/client";
import type { AmountDue } from "../api/types";
import { usePoll } from "../api/use-poll";
import { useResource } from "../api/use-resource";
import { Confirmation } from "../authentication/confirmation";
import { CardChoice } from "../customer/card-choice";
import { RefusalNote } from "../layout/refusal-note";
import type { PageProps } from "../page";
import { moment } from "../words/moments";
import { money } from "../words/money";

/** The result of the charge is polled. */
const POLL_SECONDS = 3;

/** The page of a mail's link: a confirmation or another card for one payment, without signing in. */
export function UpdateCardPage({ parameters }: PageProps) {
  const headers = { Authorization: `Bearer ${parameters.token ?? ""}` };
  const resource = useResource(
    () => answer(api.GET("/card-update", { headers })),
    [parameters.token],
  );
  usePoll(resource, POLL_SECONDS);
  const give = async (paymentMethod: string) => {
    const body = { payment_method: paymentMethod };
    await answer(api.PUT("/card-update", { headers, body }));
    resource.reload();
    return "Updated. The card is being charged.";
  };
  const secret = async () =>
    (await answer(api.GET("/card-update/authentication", { headers }))).client_secret;
  const { data, refusal } = resource;
  const isBadLink = refusal?.status === 401 || refusal?.status === 404;
  return (
    <section class="card narrow" aria-labelledby="update-card">
      <h1 id="update-card">Your payment</h1>
      {isBadLink && <BadLink />}
      {refusal && !isBadLink && <RefusalNote refusal={refusal} reload={resource.reload} />}
      {data && !isBadLink && (
        <>
          <p>{purpose(data)}</p>
          <p role="status">{paymentSummary(data)}</p>
          {data.status === "awaiting_card" && !data.needs_authentication && data.failure && (
            <p class="note wait">{data.failure}</p>
          )}
          {data.needs_authentication && (
            <Confirmation secret={secret} onConfirmed={resource.reload} />
          )}
          {data.status === "awaiting_card" && <CardChoice give={give} />}
        </>
      )}
    </section>
  );
}

function BadLink() {
  return (
    <p class="note bad" role="alert">
      This link is incomplete or has expired. Please open the link in our latest mail to you; if
      that one does not work either, reply to that mail.
    </p>
  );
}

/** What the payment is for, in words. */
function purpose({ order, reference }: AmountDue): string {
  if (!order) {
    return `For ${reference}.`;
  }
  const goods = order.lines.map(({ name, quantity }) => `${quantity} × ${name}`);
  return `For your order ${order.id.slice(0, 8)}: ${goods.join(", ")}.`;
}

function paymentSummary(due: AmountDue): string {
  const { status, amount, currency, deadline } = due;
  switch (status) {
    case "requested":
    case "partly_covered":
    case "charging":
      if (due.charge_refused) {
        return `We could not ask the card provider for ${money(amount, currency)}; we try again.`;
      }
      return `${money(amount, currency)} is being charged to your card.`;
    case "awaiting_card": {
      if (due.needs_authentication) {
        const until = deadline ? ` until ${moment(deadline)}` : "";
        return `Your bank wants you to confirm this payment of ${money(amount, currency)}. You can confirm it, or give another card${until}.`;
      }
      const until = deadline ? ` You can update it until ${moment(deadline)}.` : "";
      return `Your payment of ${money(amount, currency)} waits for another card.${until}`;
    }
    case "received":
      return "Your payment was received. Thank you.";
    case "canceled":
      return "Your payment was canceled: no amount is due.";
    case "refunding":
    case "refunded":
      return "Your payment was refunded: no amount is due.";
  }
}
