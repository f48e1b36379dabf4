import type { Node } from "./graph";

interface Props {
  elements: readonly Node[];
  onChosen: (id: string) => void;
}

/** A list of a diagram's elements: what a click on one does, without a mouse. */
export function ElementChoice({ elements, onChosen }: Props) {
  return (
    <select
      class="small"
      aria-label="Details of an element"
      value=""
      onChange={({ currentTarget }) => {
        onChosen(currentTarget.value);
        currentTarget.value = "";
      }}
    >
      <option value="">Click on an element, or choose one</option>
      {elements.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}
