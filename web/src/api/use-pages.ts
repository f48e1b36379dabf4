import { useState } from "preact/hooks";

export interface Pages {
  /** Of the page that is shown; undefined: the first. */
  cursor: string | undefined;
  /** Counted from 1. */
  number: number;
  first: () => void;
  back: () => void;
  on: (cursor: string) => void;
}

/** Leafing through pages that only know the next one. */
export function usePages(): Pages {
  const [seen, setSeen] = useState<string[]>([]);
  return {
    cursor: seen.at(-1),
    number: seen.length + 1,
    first: () => setSeen([]),
    back: () => setSeen(seen.slice(0, -1)),
    on: (cursor) => setSeen([...seen, cursor]),
  };
}
