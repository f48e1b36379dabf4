import type { Pages } from "../api/use-pages";

interface Props {
  of: string;
  pages: Pages;
  next: string | null | undefined;
}

/** To the pages before and behind; nothing if there is but one. */
export function Pager({ of, pages, next }: Props) {
  if (pages.number === 1 && !next) {
    return null;
  }
  return (
    <nav class="row small" aria-label={`Pages of ${of}`}>
      <button type="button" class="quiet" aria-disabled={pages.number === 1} onClick={pages.first}>
        First
      </button>
      <button type="button" class="quiet" aria-disabled={pages.number === 1} onClick={pages.back}>
        Back
      </button>
      <span aria-live="polite">Page {pages.number}</span>
      <button
        type="button"
        class="quiet"
        aria-disabled={!next}
        onClick={() => next && pages.on(next)}
      >
        Next
      </button>
    </nav>
  );
}
