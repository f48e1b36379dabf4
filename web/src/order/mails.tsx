import { answer, api } from "../api/client";
import type { Mail, Order } from "../api/types";
import { usePoll } from "../api/use-poll";
import { useResource } from "../api/use-resource";
import { Loaded } from "../layout/loaded";
import { moment } from "../words/moments";
import { isSettled } from "./completion";

/** A mail is sent a little later than the event that it is about. */
const POLL_SECONDS = 5;

/** The mails to the customer; reloaded when there are new events. */
export function Mails({ order, news }: { order: Order; news: number }) {
  const { id } = order;
  const params = { path: { id } };
  const resource = useResource(() => answer(api.GET("/orders/{id}/mails", { params })), [id, news]);
  const isSent = resource.data?.mails.every(
    (mail) => mail.sent_at ?? mail.refused_at ?? mail.obsolete_at,
  );
  usePoll(resource, isSent && isSettled(order) ? null : POLL_SECONDS);
  return (
    <section class="card" aria-labelledby="mails">
      <h2 id="mails">Mails</h2>
      <Loaded resource={resource}>
        {({ mails }) =>
          mails.length === 0 ? (
            <p class="muted">None yet.</p>
          ) : (
            mails.map((mail) => <MailView key={mail.id} mail={mail} />)
          )
        }
      </Loaded>
    </section>
  );
}

function MailView({ mail }: { mail: Mail }) {
  return (
    <details>
      <summary>
        {mail.subject}{" "}
        <span class="muted small">
          {mail.sent_at ? (
            <time datetime={mail.sent_at}>{moment(mail.sent_at)}</time>
          ) : mail.refused_at ? (
            `can't be sent: ${mail.reason ?? "refused by the mail server"}`
          ) : mail.obsolete_at ? (
            "not sent: no longer true"
          ) : (
            "not sent yet"
          )}
        </span>
      </summary>
      <p class="mail small">{mail.text}</p>
    </details>
  );
}
