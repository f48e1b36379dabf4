import type { Refusal } from "../api/refusal";

/** Shows why the API refused a request. */
export function RefusalNote({ refusal, reload }: { refusal: Refusal; reload?: () => void }) {
  return (
    <div class="note bad" role="alert">
      <strong>{refusal.title}.</strong> {refusal.message}{" "}
      {reload && (
        <button type="button" class="quiet" onClick={reload}>
          Try again
        </button>
      )}
    </div>
  );
}
