import type { ComponentType } from "preact";

/** `parameters` are the decoded `:parts` of the path. */
export interface PageProps {
  parameters: Record<string, string>;
}

export interface Page {
  /** The part of the URL after the `#`; `:name` matches anything up to the next slash. */
  path: string;
  title: string;
  /** Pages with the same view are one: its state stays when the path changes between them. */
  view?: string;
  /** Its text in the navigation; without one the page is reached by links only. */
  navigation?: string;
  /** Requires no bearer token. */
  open?: boolean;
  /** For customers who come by a link in a mail: without the navigation of operators. */
  forCustomers?: boolean;
  /** Available in development mode only. */
  development?: boolean;
  load: () => Promise<ComponentType<PageProps>>;
}
