import createClient from "openapi-fetch";
import { Refusal, refusalOf } from "./refusal";
import { forgetToken, token } from "./token";
import type { Paths } from "./types";

/** Asks the API, with its own types: `await answer(api.GET("/orders/{id}", …))`. */
export const api = createClient<Paths>({ fetch: (request) => fetch(request) });

api.use({
  onRequest({ request }) {
    const bearer = token();
    if (bearer) {
      request.headers.set("Authorization", `Bearer ${bearer}`);
    }
    return request;
  },
});

/** The data of an answer; throws a `Refusal` for every other answer, and if there was none. */
export async function answer<T>(
  asked: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  let got: Awaited<typeof asked>;
  try {
    got = await asked;
  } catch {
    throw Refusal.unreachable();
  }
  if (!got.response.ok) {
    throw refused(got.response, got.error);
  }
  return got.data as T;
}

/** A `Refusal` to throw; whoever is no longer known is asked for a token again. */
export function refused(response: Response, body: unknown): Refusal {
  const refusal = refusalOf(response.status, body);
  if (response.status === 401 && token()) {
    forgetToken(refusal.message);
  }
  return refusal;
}
