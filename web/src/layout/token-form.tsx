import { useState } from "preact/hooks";
import { keepToken, whyForgotten } from "../api/token";

/** Asks who is there. */
export function TokenForm() {
  const [text, setText] = useState("");
  const refused = whyForgotten();
  const submit = (event: Event) => {
    event.preventDefault();
    keepToken(text);
  };
  return (
    <form class="card narrow" onSubmit={submit}>
      <h1>Who is there?</h1>
      <p>
        This installation asks for a bearer token. It is kept in this tab and sent to the API,
        nowhere else. On your own machine <code>make token CUSTOMER=kermit</code> prints one.
      </p>
      {refused && (
        <p class="note bad" role="alert">
          {refused}
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
      <button type="submit">Go on</button>
    </form>
  );
}
