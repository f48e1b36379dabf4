import { useCallback, useEffect, useRef } from "preact/hooks";
import { answer, api } from "../api/client";
import { announceFaults, useFaultNews } from "../api/faults";
import { useAction } from "../api/use-action";
import { useResource } from "../api/use-resource";
import { RefusalNote } from "./refusal-note";

/** How old what is known may be when the API answers another request. */
const FRESH_MILLISECONDS = 3000;

/**
 * Says on every page which faults are injected. It requests nothing by a timer, so that a page that
 * has all it shows stays silent: only after another request of its page, and when faults change.
 */
export function FaultBanner() {
  const resource = useResource(() => answer(api.GET("/dev/troubles")), []);
  const { data, reload } = resource;
  // An operator's token may lack the scope: the answer would be the same each time.
  const mayNotKnow = resource.refusal?.isFinal ?? false;
  const action = useAction();
  const last = useRef(Date.now());
  const refresh = useCallback(() => {
    last.current = Date.now();
    reload();
  }, [reload]);
  useFaultNews(refresh);
  useEffect(() => {
    if (mayNotKnow) {
      return;
    }
    const middleware = {
      onResponse: ({ schemaPath }: { schemaPath: string }) => {
        const isOwn = schemaPath === "/dev/troubles";
        if (!isOwn && Date.now() - last.current > FRESH_MILLISECONDS) {
          refresh();
        }
      },
    };
    api.use(middleware);
    return () => api.eject(middleware);
  }, [refresh, mayNotKnow]);

  const active = data?.troubles.filter((fault) => fault.on) ?? [];
  const resetAll = () =>
    action.run(async () => {
      await answer(api.DELETE("/dev/troubles"));
      announceFaults();
    });
  return (
    <aside class="fault-banner" aria-label="Injected faults">
      <div role="status">
        {active.length > 0 && (
          <p>
            <strong>Injected:</strong> {active.map((fault) => fault.title).join(" · ")}.{" "}
            <a href="#/fault-injection">Fault injection</a>
          </p>
        )}
      </div>
      {active.length > 0 && (
        <button type="button" class="quiet" aria-disabled={action.busy} onClick={resetAll}>
          {action.busy ? "Resetting …" : "Reset the faults"}
        </button>
      )}
      {action.refusal && <RefusalNote refusal={action.refusal} />}
    </aside>
  );
}
