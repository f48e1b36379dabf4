import type { ComponentChildren } from "preact";
import type { Operations } from "../api/types";
import { count } from "../words/count";
import { duration } from "../words/moments";
import { money } from "../words/money";
import { Query } from "./query";
import { RateChart } from "./rate-chart";

/** How everything is doing, each figure with the query behind it. */
export function Figures({ operations }: { operations: Operations }) {
  const { orders, outstanding, recovered, rate } = operations;
  const ended = recovered.received + recovered.canceled;
  return (
    <section class="figures" aria-label="Figures">
      <Figure title="Open orders" value={String(orders.open)} query={orders.query}>
        {orders.oldest_open_seconds === null
          ? "None is under way"
          : `The oldest was placed ${duration(orders.oldest_open_seconds)} ago`}
      </Figure>
      <Figure
        title="Money outstanding"
        value={money(outstanding.amount, operations.currency)}
        query={outstanding.query}
      >
        Asked for by {count(outstanding.payments, "open payment")}, and not there yet
      </Figure>
      <Figure
        title="Recovered payments"
        value={recovered.share === null ? "–" : `${Math.round(100 * recovered.share)} %`}
        query={recovered.query}
      >
        {recovered.declined === 0
          ? "No card was ever declined"
          : `${recovered.received} of ${ended} that were declined first were received later; ` +
            `${recovered.waiting} may still be`}
      </Figure>
      <Figure title="Orders per minute" value={rate.per_minute.toFixed(1)} query={rate.query}>
        {rate.orders} in the last {rate.minutes} minutes
        <RateChart rate={rate} now={operations.at} />
      </Figure>
    </section>
  );
}

interface FigureProps {
  title: string;
  value: string;
  query: string;
  children: ComponentChildren;
}

function Figure({ title, value, query, children }: FigureProps) {
  return (
    <article class="card">
      <h2>{title}</h2>
      <p class="value">{value}</p>
      <div class="muted small">{children}</div>
      <Query of={title} text={query} />
    </article>
  );
}
