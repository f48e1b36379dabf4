import type { ComponentChildren } from "preact";
import type { Resource } from "../api/use-resource";
import { RefusalNote } from "./refusal-note";

interface Props<T> {
  resource: Resource<T>;
  children: (data: T) => ComponentChildren;
}

/** Shows the data; before the first data, that it is loading, or why it was refused. */
export function Loaded<T>({ resource, children }: Props<T>) {
  const { data, refusal, reload } = resource;
  if (data !== null) {
    return <>{children(data)}</>;
  }
  return refusal ? (
    <RefusalNote refusal={refusal} reload={reload} />
  ) : (
    <p role="status">Loading …</p>
  );
}
