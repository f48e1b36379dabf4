import { Scroll } from "../layout/scroll";
import { paymentEvents } from "../order/diagram/places";
import { rowsOf, summaryOf } from "./messages";
import type { Played } from "./use-played-order";

/** What the order receives of a payment's problems, beside what it would have to handle. */
export function Comparison({ played }: { played: Played }) {
  const rows = rowsOf(paymentEvents(played.paid.map(({ type }) => type)));
  return (
    <section class="card" aria-labelledby="talk-comparison">
      <h2 id="talk-comparison">What the order would have to handle</h2>
      {rows.length === 0 ? (
        <p class="muted">Place an order: the events of its payment appear here.</p>
      ) : (
        <>
          <p aria-live="polite">{summaryOf(rows)}</p>
          <Scroll label="Comparison">
            <table class="small">
              <thead>
                <tr>
                  <th scope="col">Happens in the payment</th>
                  <th scope="col">The order receives</th>
                  <th scope="col">What the order would have to do</th>
                </tr>
              </thead>
              <tbody>
                {rows.map(({ event, now, instead }, place) => (
                  <tr key={place}>
                    <th scope="row">{event}</th>
                    <td>{now || <span class="muted">nothing</span>}</td>
                    <td>{instead}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        </>
      )}
    </section>
  );
}
