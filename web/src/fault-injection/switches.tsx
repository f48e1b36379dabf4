import { useState } from "preact/hooks";
import type { Fault } from "../api/types";

interface ChoiceProps {
  /** What the faults are of: `the carrier`. */
  of: string;
  faults: Fault[];
  busy: boolean;
  /** Injects or removes a fault. */
  choose: (fault: Fault, on: boolean) => void;
}

/** Faults that exclude each other: at most one is on. */
export function Choice({ of, faults, busy, choose }: ChoiceProps) {
  const active = faults.find((fault) => fault.on);
  const removeActive = () => active && choose(active, false);
  return (
    <fieldset class={`card ${active ? "on" : ""}`}>
      <legend class="unseen">Faults of {of}</legend>
      <Option
        name={of}
        value="none"
        title={`Nothing is wrong with ${of}`}
        checked={!active}
        busy={busy}
        choose={removeActive}
      />
      {faults.map((fault) => (
        <Option
          key={fault.name}
          name={of}
          value={fault.name}
          title={fault.title}
          hint={fault.expect}
          checked={fault.on}
          busy={busy}
          choose={() => choose(fault, true)}
        />
      ))}
    </fieldset>
  );
}

interface OptionProps {
  name: string;
  value: string;
  title: string;
  hint?: string;
  checked: boolean;
  busy: boolean;
  choose: () => void;
}

function Option({ name, value, title, hint, checked, busy, choose }: OptionProps) {
  const described = `expect-${value}`;
  const click = (event: Event) => {
    // It is checked once the fault is in force, and stays as it is while another one is injected.
    event.preventDefault();
    if (!busy && !checked) {
      choose();
    }
  };
  return (
    <div class="option">
      <label>
        <input
          type="radio"
          name={name}
          value={value}
          checked={checked}
          aria-disabled={busy}
          {...(hint && { "aria-describedby": described })}
          onClick={click}
        />
        {title}
      </label>
      {hint && (
        <p id={described} class="muted small">
          {hint}
        </p>
      )}
    </div>
  );
}

/** A fault that excludes no other. */
export function Switch({
  fault,
  busy,
  toggle,
}: {
  fault: Fault;
  busy: boolean;
  toggle: () => void;
}) {
  const hint = `expect-${fault.name}`;
  return (
    <div class={`card ${fault.on ? "on" : ""}`}>
      <button
        type="button"
        role="switch"
        class="switch"
        aria-checked={fault.on}
        aria-describedby={hint}
        aria-disabled={busy}
        onClick={toggle}
      >
        {fault.title}
      </button>
      <p id={hint} class="muted small">
        {fault.expect}
      </p>
    </div>
  );
}

interface KillProps {
  fault: Fault;
  busy: boolean;
  /** Calls its argument once that is done. */
  kill: (done: () => void) => void;
}

/** Kills a process; says when this was done last. */
export function Kill({ fault, busy, kill }: KillProps) {
  const [killed, setKilled] = useState("");
  const hint = `expect-${fault.name}`;
  const click = () => {
    if (!busy) {
      kill(() => setKilled(`Last killed at ${new Date().toLocaleTimeString("en-GB")}. `));
    }
  };
  return (
    <li>
      <button
        type="button"
        class="danger"
        aria-describedby={hint}
        aria-disabled={busy}
        onClick={click}
      >
        {fault.title}
      </button>
      <p id={hint} class="muted small">
        {fault.expect}
      </p>
      <p class="small" role="status">
        {killed}
        {fault.on && "It is down; its supervisor starts it again."}
      </p>
    </li>
  );
}
