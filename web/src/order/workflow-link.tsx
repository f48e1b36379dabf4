import { useConfig } from "../layout/config";

/** A link to the workflow in Temporal's Web UI. */
export function WorkflowLink({ kind, id }: { kind: "order" | "payment"; id: string }) {
  const { temporal_ui_url, temporal_namespace } = useConfig();
  const workflow = encodeURIComponent(`${kind}/${id}`);
  return (
    <a
      class="small"
      href={`${temporal_ui_url}/namespaces/${temporal_namespace}/workflows/${workflow}`}
      target="_blank"
      rel="noreferrer"
    >
      The {kind}’s workflow in Temporal
    </a>
  );
}
