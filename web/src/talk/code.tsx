import { Scroll } from "../layout/scroll";
import { EXCERPTS, type Excerpt } from "../words/code-excerpts";

/** The code that answers a slide, with its files and lines. */
export function Code({ names }: { names: readonly string[] }) {
  return (
    <section class="card talk-code" aria-labelledby="talk-code">
      <h2 id="talk-code">In the code</h2>
      {names.map((name) => {
        const excerpt = EXCERPTS[name];
        return excerpt && <Lines key={name} {...excerpt} />;
      })}
    </section>
  );
}

function Lines({ path, first, last, text }: Excerpt) {
  const lines = first === last ? `line ${first}` : `lines ${first} to ${last}`;
  return (
    <figure>
      <figcaption class="small">
        <code>{path}</code>, {lines}
      </figcaption>
      <Scroll label={`${path}, ${lines}`}>
        <pre>
          <code>{text}</code>
        </pre>
      </Scroll>
    </figure>
  );
}
