import { useState } from "preact/hooks";

export interface Pagination {
  /** Of the list that is shown; undefined for the first. */
  cursor: string | undefined;
  /** Of the list that is shown, counted from 1. */
  number: number;
  first: () => void;
  back: () => void;
  next: (cursor: string) => void;
}

/** Pagination with cursors, each of which leads to the next list only. */
export function usePagination(): Pagination {
  const [seen, setSeen] = useState<string[]>([]);
  return {
    cursor: seen.at(-1),
    number: seen.length + 1,
    first: () => setSeen([]),
    back: () => setSeen(seen.slice(0, -1)),
    next: (cursor) => setSeen([...seen, cursor]),
  };
}
