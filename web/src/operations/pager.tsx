import type { Pagination } from "../api/use-pagination";

interface Props {
  of: string;
  pagination: Pagination;
  next: string | null | undefined;
}

/** Buttons for the previous and next lists; nothing if there is only one. */
export function Pager({ of, pagination, next }: Props) {
  if (pagination.number === 1 && !next) {
    return null;
  }
  return (
    <nav class="row small" aria-label={`Pages of ${of}`}>
      <button
        type="button"
        class="quiet"
        aria-disabled={pagination.number === 1}
        onClick={pagination.first}
      >
        First
      </button>
      <button
        type="button"
        class="quiet"
        aria-disabled={pagination.number === 1}
        onClick={pagination.back}
      >
        Back
      </button>
      <span aria-live="polite">Page {pagination.number}</span>
      <button
        type="button"
        class="quiet"
        aria-disabled={!next}
        onClick={() => next && pagination.next(next)}
      >
        Next
      </button>
    </nav>
  );
}
