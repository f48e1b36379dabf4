import { useState } from "preact/hooks";
import { keepToken, whyForgotten } from "../api/token";
import { useConfig } from "./config";

/** A form for the bearer token. */
export function TokenForm() {
  const [text, setText] = useState("");
  const { customer_claim } = useConfig();
  const reason = whyForgotten();
  const submit = (event: Event) => {
    event.preventDefault();
    keepToken(text, customer_claim);
  };
  return (
    <form class="card narrow" onSubmit={submit}>
      <h1>Authentication required</h1>
      <p>
        This installation requires a bearer token. The token is stored in this tab and sent to the
        API only. For a local installation <code>make token CUSTOMER=kermit</code> prints one.
      </p>
      {reason && (
        <p class="note bad" role="alert">
          {reason}
        </p>
      )}
      <label>
        Token
        <textarea
          rows={4}
          required
          spellcheck={false}
          autocomplete="off"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit">Continue</button>
    </form>
  );
}
