import type { ComponentChildren } from "preact";
import type { Asked } from "../api/use-answer";
import { RefusalNote } from "./refusal-note";

interface Props<T> {
  asked: Asked<T>;
  children: (data: T) => ComponentChildren;
}

/** What was answered last; before there is any answer, that it is awaited, or why there is none. */
export function Answered<T>({ asked, children }: Props<T>) {
  const { data, refusal, again } = asked;
  if (data !== null) {
    return <>{children(data)}</>;
  }
  return refusal ? <RefusalNote refusal={refusal} again={again} /> : <p role="status">Loading …</p>;
}
