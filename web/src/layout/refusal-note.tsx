import type { Refusal } from "../api/refusal";

/** Says what the API did not do, and why. */
export function RefusalNote({ refusal, again }: { refusal: Refusal; again?: () => void }) {
  return (
    <div class="note bad" role="alert">
      <strong>{refusal.title}.</strong> {refusal.message}{" "}
      {again && (
        <button type="button" class="quiet" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}
