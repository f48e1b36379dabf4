import type { WiringChange, WiringTable } from "../api/types";

/** The change "charge later" in the code of both sides. */
export function Change({ change }: { change: WiringChange }) {
  return (
    <section class="card stack" aria-labelledby="change">
      <h2 id="change">The same change in the code: charge later</h2>
      <p class="small muted">
        Read from this repository’s files as they are now. Both versions are there, so that you can
        switch between them; the change is the difference.
      </p>
      <div class="sides">
        <div class="stack">
          <h3>Event chain: {touched(change.chain)}</h3>
          {change.chain.map((table) => (
            <Difference key={table.file} table={table} />
          ))}
          <p class="small">
            Three teams change and deploy together. An order that is under way meanwhile keeps no
            wiring: the event that it has reached may have no listener any more.
          </p>
        </div>
        <div class="stack">
          <h3>Order service: {touched([change.order_service])}</h3>
          <Difference table={change.order_service} />
          <p class="small">
            Payment, inventory and shipment are neither changed nor deployed. Orders under way keep
            the sequence that they were placed with, as it travels with them.
          </p>
        </div>
      </div>
    </section>
  );
}

function touched(tables: WiringTable[]): string {
  const count = tables.filter((one) => one.touched).length;
  return `${count} ${count === 1 ? "service is" : "services are"} touched`;
}

function Difference({ table }: { table: WiringTable }) {
  const [before, after] = table.rows;
  return (
    <figure class="difference">
      <figcaption class="small">
        <code>{table.file}</code>, {table.symbol}, lines {before?.line} and {after?.line}
      </figcaption>
      <pre>
        <del>- {before?.text}</del>
        {"\n"}
        <ins>+ {after?.text}</ins>
      </pre>
    </figure>
  );
}
