import { beforeEach, expect, test, vi } from "vitest";
import { forgetToken, keepToken, ownCustomer, token } from "./token";

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("dispatchEvent", () => true);
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
});

function tokenWith(claims: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(claims));
  const text = btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
  return `e30.${text}.signature`;
}

/** As `python -m domain.subjects` prints them. */
test.each([
  ["kermit", "kermit"],
  ["auth0|abc", "sub-yxiju5ywgmzoq7gwp5h55qebmbyfvgttsqfzurmrws3pds2tuyoq"],
  ["Zoë@example.com", "sub-4lh6glbgq2rxosgoldu3iqlhfhwiq7reecbhocvxsqrncimu2wfa"],
  [
    "sub-yxiju5ywgmzoq7gwp5h55qebmbyfvgttsqfzurmrws3pds2tuyoq",
    "sub-ieinthyzqn64ytv4znd6y5t65jwe37iegtwvmarzwtkuznxi7oaq",
  ],
])("the customer of %s is the API's", async (sub, id) => {
  const given = tokenWith({ sub, scope: "orders:read" });
  await keepToken(` Bearer ${given}`, "sub");
  expect(token()).toBe(given);
  expect(ownCustomer()).toBe(id);
  forgetToken();
  expect(ownCustomer()).toBeNull();
});

test("the customer is in the claim that the API says", async () => {
  await keepToken(tokenWith({ sub: "auth0|abc", shop: "kermit", scp: ["orders:read"] }), "shop");
  expect(ownCustomer()).toBe("kermit");
});

test.each([{ scope: "operator dev" }, { scp: ["operator"] }])(
  "an operator is no customer: %j",
  async (scopes) => {
    await keepToken(tokenWith({ sub: "anna", ...scopes }), "sub");
    expect(ownCustomer()).toBeNull();
  },
);

test("what is no token has no customer", async () => {
  await keepToken("nonsense", "sub");
  expect(ownCustomer()).toBeNull();
});
