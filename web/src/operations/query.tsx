/** The SQL query of a metric. */
export function Query({ of, text }: { of: string; text: string }) {
  return (
    <details class="query small">
      <summary>
        The query<span class="unseen"> behind {of}</span>
      </summary>
      <pre>
        <code>{text}</code>
      </pre>
    </details>
  );
}
