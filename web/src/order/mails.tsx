import { answer, api } from "../api/client";
import type { Mail } from "../api/types";
import { useAnswer } from "../api/use-answer";
import { usePoll } from "../api/use-poll";
import { Answered } from "../layout/answered";
import { moment } from "../words/moments";

/** Mails are sent a little after what they tell of. */
const LOOK_SECONDS = 5;

/** What the customer was written; asked for again when there is news. */
export function Mails({ id, news }: { id: string; news: number }) {
  const params = { path: { id } };
  const asked = useAnswer(() => answer(api.GET("/orders/{id}/mails", { params })), [id, news]);
  usePoll(asked, LOOK_SECONDS);
  return (
    <section class="card" aria-labelledby="mails">
      <h2 id="mails">Mails</h2>
      <Answered asked={asked}>
        {({ mails }) =>
          mails.length === 0 ? (
            <p class="muted">None yet.</p>
          ) : (
            mails.map((mail) => <MailView key={mail.id} mail={mail} />)
          )
        }
      </Answered>
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
            "refused by the mail server"
          ) : (
            "about to be sent"
          )}
        </span>
      </summary>
      <p class="mail small">{mail.text}</p>
    </details>
  );
}
