import "./timeline.css";
import type { Mail, Order, Transfer } from "../../api/types";
import { CopyId } from "../../layout/copy-id";
import { eventDetail, eventName, isFailure } from "../../words/events";
import { moment } from "../../words/moments";
import { money } from "../../words/money";
import type { Retries } from "../use-attempts";
import { type Entry, type Happened, timelineOf } from "./merged";
import { useMails } from "./use-mails";
import { useTransfers } from "./use-transfers";

interface Props {
  order: Order;
  events: readonly Happened[];
  retries: Retries;
  /** How many of the events have happened in a replay; null if all have. */
  step: number | null;
}

/** What happened to an order and its payment, with money, mails and attempts. */
export function Timeline({ order, events, retries, step }: Props) {
  const mails = useMails(order, events.length);
  const transfers = useTransfers(order, events.length);
  const entries = timelineOf(events, mails, transfers);
  return (
    <section class="card" aria-labelledby="timeline">
      <h2 id="timeline">What happened</h2>
      <p class="muted small">
        The events of the order and its payment, with money, mails and attempts, by the payment’s
        clock.
      </p>
      <ol class="timeline">
        {entries.map((entry, place) => (
          <EntryView
            key={`${entry.of} ${entry.event.sequence}`}
            entry={entry}
            currency={order.currency}
            isNext={step !== null && place >= step}
            isCurrent={step !== null && place === step - 1}
          />
        ))}
        {Object.entries(retries.attempts).map(([id, attempt]) => (
          <li key={id} class="running" data-of="attempt">
            <span class="event">{id.replaceAll("_", " ")}</span>{" "}
            <span class="muted small">attempt {attempt}, tried again until it succeeds</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

interface EntryProps {
  entry: Entry;
  currency: string;
  isNext: boolean;
  isCurrent: boolean;
}

function EntryView({ entry, currency, isNext, isCurrent }: EntryProps) {
  const { of, event, at, mails, transfers, attempt } = entry;
  const classes = [isFailure(event.type) && "failure", isNext && "next"].filter(Boolean);
  const detail = [eventDetail(event, currency), attempt && `attempt ${attempt}`].filter(Boolean);
  const tracking = event.data.tracking_number;
  return (
    <li
      class={classes.join(" ")}
      data-of={of}
      data-sequence={event.sequence}
      aria-current={isCurrent ? ("step" as const) : undefined}
    >
      <span class="event">{eventName(event.type)}</span> <span class={`of ${of}`}>{of}</span>{" "}
      <span class="muted small">{detail.join(", ")}</span>
      <time class="muted small" datetime={at}>
        {moment(at)}
      </time>
      {typeof tracking === "string" && (
        <p class="small">
          <CopyId id={tracking} what="tracking number" />
        </p>
      )}
      {transfers.map((transfer) => (
        <TransferView key={transfer.id} transfer={transfer} />
      ))}
      {mails.map((mail) => (
        <MailView key={mail.id} mail={mail} at={at} />
      ))}
    </li>
  );
}

function TransferView({ transfer }: { transfer: Transfer }) {
  const { id, debit, credit, amount, currency } = transfer;
  return (
    <p class="small">
      {money(amount, currency)} from {debit} to {credit} <CopyId id={id} what="transfer id" />
    </p>
  );
}

/** A mail is dated as its event is: in the payment's time. */
function MailView({ mail, at }: { mail: Mail; at: string }) {
  return (
    <details class="small">
      <summary>
        Mail: {mail.subject}{" "}
        <span class="muted">
          {mail.sent_at ? (
            <>
              sent <time datetime={at}>{moment(at)}</time>
            </>
          ) : mail.refused_at ? (
            `can't be sent: ${mail.reason ?? "refused by the mail server"}`
          ) : mail.obsolete_at ? (
            "not sent: no longer true"
          ) : (
            "not sent yet"
          )}
        </span>
      </summary>
      <p class="mail">{mail.text}</p>
    </details>
  );
}
