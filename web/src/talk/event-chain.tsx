/** The services of the event chain, and the events between them. */
export const CHAIN = [
  "Order placed",
  "Payment service",
  "Payment received",
  "Inventory service",
  "Goods fetched",
  "Shipment service",
  "Goods shipped",
] as const;

/** A picture of the event chain, if a slide speaks of parts of it, and a link to a real one. */
export function EventChain({ lit }: { lit: readonly string[] }) {
  return (
    <div>
      {lit.length > 0 && (
        <ol class="talk-chain small" aria-label="The event chain">
          {CHAIN.map((name) => (
            <li
              key={name}
              class={`${name.endsWith("service") ? "" : "event"} ${lit.includes(name) ? "lit" : ""}`}
            >
              {name}
            </li>
          ))}
        </ol>
      )}
      <a href="#/choreography">Play the event chain beside the order service</a>
    </div>
  );
}
