import type { ComponentType } from "preact";

/** What a page is given: the `:parts` of its path, decoded. */
export interface PageProps {
  parameters: Record<string, string>;
}

export interface Page {
  /** Behind the `#`; `:name` stands for anything up to the next slash. */
  path: string;
  title: string;
  /** Its text in the navigation; a page without one is reached by links only. */
  navigation?: string;
  /** Asks for no token of a customer's or an operator's. */
  open?: boolean;
  /** There in development mode only. */
  development?: boolean;
  load: () => Promise<ComponentType<PageProps>>;
}
