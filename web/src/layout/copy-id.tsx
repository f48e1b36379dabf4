import { useState } from "preact/hooks";

/** An id, and a button that copies it where the browser can. */
export function CopyId({ id, what }: { id: string; what: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(id).then(
      () => setCopied(true),
      () => setCopied(false), // the browser does not permit it
    );
  return (
    <span class="copy-id">
      <code>{id}</code>{" "}
      {navigator.clipboard && (
        <button type="button" class="quiet" aria-label={`Copy the ${what}`} onClick={copy}>
          {isCopied ? "Copied" : "Copy"}
        </button>
      )}
    </span>
  );
}
