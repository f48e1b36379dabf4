import type { Operations } from "../api/types";
import { Scroll } from "../layout/scroll";
import { moment } from "../words/moments";
import { Query } from "./query";

/** The mails that can't be sent, with the reasons, the oldest first. */
export function ParkedMails({ mails: { parked, mails, query } }: { mails: Operations["mails"] }) {
  return (
    <section class="card stack" aria-labelledby="parked-mails">
      <h2 id="parked-mails">Undeliverable mails</h2>
      <Query of="the mails that can't be sent" text={query} />
      {parked === 0 && <p class="muted">None.</p>}
      {parked > 0 && (
        <Scroll label="Table of mails that can't be sent">
          <table class="list">
            <thead>
              <tr>
                <th scope="col">Mail</th>
                <th scope="col">Customer</th>
                <th scope="col">Subject</th>
                <th scope="col">Reason</th>
                <th scope="col">Since</th>
              </tr>
            </thead>
            <tbody>
              {mails.map((mail) => (
                <tr key={mail.id}>
                  <td>
                    <code>{mail.id}</code>
                  </td>
                  <td>{mail.customer_id}</td>
                  <td>{mail.subject}</td>
                  <td>{mail.reason}</td>
                  <td class="when">{moment(mail.since)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {parked > mails.length && (
        <p class="muted small">
          The first {mails.length} of {parked}
        </p>
      )}
    </section>
  );
}
