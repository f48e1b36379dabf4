import { useConfig } from "../layout/config";

/** A link to a workflow in Temporal's Web UI, by its id. */
export function WorkflowLink({ workflow, text }: { workflow: string; text: string }) {
  const { temporal_ui_url, temporal_namespace } = useConfig();
  return (
    <a
      class="small"
      href={`${temporal_ui_url}/namespaces/${temporal_namespace}/workflows/${encodeURIComponent(workflow)}`}
      target="_blank"
      rel="noreferrer"
    >
      {text}
    </a>
  );
}
