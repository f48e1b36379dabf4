import type { ComponentChildren } from "preact";
import type { Operations } from "../api/types";
import { count } from "../words/count";
import { duration } from "../words/moments";
import { money } from "../words/money";
import { Query } from "./query";
import { RateChart } from "./rate-chart";

/** The operations metrics, each with its SQL query. */
export function Metrics({ operations }: { operations: Operations }) {
  const { orders, outstanding, recovered, rate } = operations;
  const ended = recovered.received + recovered.canceled;
  return (
    <section class="metrics" aria-label="Metrics">
      <Metric title="Open orders" value={String(orders.open)} query={orders.query}>
        {orders.oldest_open_seconds === null
          ? "No open orders"
          : `The oldest was placed ${duration(orders.oldest_open_seconds)} ago`}
      </Metric>
      <Metric
        title="Amount due"
        value={money(outstanding.amount, operations.currency)}
        query={outstanding.query}
      >
        Due from {count(outstanding.payments, "open payment")}
      </Metric>
      <Metric
        title="Recovered payments"
        value={recovered.share === null ? "–" : `${Math.round(100 * recovered.share)} %`}
        query={recovered.query}
      >
        {recovered.declined === 0
          ? "No card was declined"
          : `${recovered.received} of ${ended} payments with a declined card were received later; ` +
            `${recovered.waiting} still await a card`}
      </Metric>
      <Metric title="Orders per minute" value={rate.per_minute.toFixed(1)} query={rate.query}>
        {rate.orders} in the last {rate.minutes} minutes
        <RateChart rate={rate} now={operations.at} />
      </Metric>
    </section>
  );
}

interface MetricProps {
  title: string;
  value: string;
  query: string;
  children: ComponentChildren;
}

function Metric({ title, value, query, children }: MetricProps) {
  return (
    <article class="card">
      <h2>{title}</h2>
      <p class="value">{value}</p>
      <div class="muted small">{children}</div>
      <Query of={title} text={query} />
    </article>
  );
}
