/** What speaks for and against each side. */
export function Merits() {
  return (
    <section class="card stack" aria-labelledby="merits">
      <h2 id="merits">What each side is good at</h2>
      <div class="sides">
        <div>
          <h3>Event chain</h3>
          <ul>
            <li>
              A stopped service holds up its own step only. Its events wait in the log, and the
              others continue.
            </li>
            <li>
              A new listener, such as statistics or an order summary, is added without touching
              anybody.
            </li>
            <li>There is no extra service to build and run, and no workflow engine to learn.</li>
            <li>
              But the sequence is written nowhere: each service contains its part, and the last one
              has to know that it is the last.
            </li>
            <li>
              But nobody owns an order. Where it is, that it is stuck, and what to undo are
              questions for somebody who reads the whole log.
            </li>
          </ul>
        </div>
        <div>
          <h3>Order service</h3>
          <ul>
            <li>The sequence is one line. Changing it touches one service.</li>
            <li>
              One place to ask where an order is; one place that undoes its steps when it can’t go
              on.
            </li>
            <li>Two weeks of waiting for a card are an ordinary state, with a deadline.</li>
            <li>
              But it is one more service that has to run: while it is stopped no order goes on,
              though none is lost. And it needs an engine.
            </li>
            <li>
              But a new step is a change to it; and if the others hand it their problems, it becomes
              a god service (slides 15 to 17).
            </li>
          </ul>
        </div>
      </div>
      <p>
        The same for both: after a crash a step is repeated. So every step needs a key that makes
        the repetition harmless. The card provider and the carrier have one on both sides. The
        chain’s inventory has no such key, so after a crash it takes the goods twice; every new
        listener would need a key of its own. And both can be mixed: an order service that directs
        what has to happen, and events for everybody who only wants to know.
      </p>
    </section>
  );
}
