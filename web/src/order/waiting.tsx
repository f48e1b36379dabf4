import type { Payment } from "../api/types";
import { failure, needsAuthentication } from "../words/failure";
import { duration, moment } from "../words/moments";
import { until } from "../words/until";

/** The reminders and the deadline of a waiting payment. */
export function Waiting({ payment }: { payment: Payment }) {
  const { deadline, next_reminder_at, now, reminders_sent } = payment;
  const mayAuthenticate = needsAuthentication(payment);
  return (
    <div>
      <p>
        <strong>
          {mayAuthenticate
            ? "Your bank wants you to confirm this payment, or you give another card."
            : "The payment waits for another card."}
        </strong>{" "}
        {payment.failure && failure(payment.failure)}
      </p>
      <ul class="small">
        {next_reminder_at && (
          <li>
            Next reminder in {duration(until(next_reminder_at, now))} ({moment(next_reminder_at)}),{" "}
            {reminders_sent} sent so far.
          </li>
        )}
        {deadline && (
          <li>
            {mayAuthenticate ? "Canceled without either in" : "Canceled without a card in"}{" "}
            {duration(until(deadline, now))} ({moment(deadline)}).
          </li>
        )}
      </ul>
    </div>
  );
}
