import excerpts from "../../.generated/code-excerpts.json";

/** Code of the repository: lines `first` to `last` of a file, without their indentation. */
export interface Excerpt {
  path: string;
  first: number;
  last: number;
  text: string;
}

/** By `file.py::symbol`. */
export const EXCERPTS: Readonly<Record<string, Excerpt>> = excerpts;
