import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { oneAtATime } from "./one-at-a-time";
import { asRefusal, type Refusal } from "./refusal";

export interface Resource<T> {
  /** The last data received, also during a reload. */
  data: T | null;
  refusal: Refusal | null;
  reload: () => void;
}

/** Loads when the component appears, and whenever one of `dependencies` changes. */
export function useResource<T>(
  load: () => Promise<T>,
  dependencies: readonly unknown[],
): Resource<T> {
  const [data, setData] = useState<T | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const loader = useRef(() => {});
  const reload = useCallback(() => loader.current(), []);
  useEffect(() => {
    let isMounted = true;
    loader.current = oneAtATime(async () => {
      try {
        const loaded = await load();
        if (isMounted) {
          setData(() => loaded);
          setRefusal(null);
        }
      } catch (error) {
        if (isMounted) {
          setRefusal(asRefusal(error));
        }
      }
    });
    reload();
    return () => {
      isMounted = false;
      loader.current = () => {};
    };
  }, dependencies);
  return { data, refusal, reload };
}
