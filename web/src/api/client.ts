import createClient from "openapi-fetch";
import { Refusal, refusalOf } from "./refusal";
import { forgetToken, token } from "./token";
import type { Paths } from "./types";

/** Asks the API, with its own types: `await answer(api.GET("/orders/{id}", …))`. */
export const api = createClient<Paths>({ fetch: (request) => fetch(request) });

api.use({
  onRequest({ request }) {
    const bearer = token();
    if (bearer && !request.headers.has("Authorization")) {
      request.headers.set("Authorization", `Bearer ${bearer}`);
    }
    return request;
  },
  async onResponse({ request, response }) {
    if (request.headers.get("Authorization") === `Bearer ${token()}`) {
      await noteRefusedToken(response.clone());
    }
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
    throw refusalOf(got.response.status, got.error);
  }
  return got.data as T;
}

/** Whoever is no longer known is asked for a token again; `response` is one to our token. */
export async function noteRefusedToken(response: Response): Promise<void> {
  if (response.status === 401) {
    const body: unknown = await response.json().catch(() => null);
    forgetToken(refusalOf(response.status, body).message);
  }
}
