import { forgetToken, useToken } from "../api/token";
import type { Page } from "../page";
import { useConfig } from "./config";

/** Name and navigation. */
export function Header({ pages, current }: { pages: Page[]; current: Page | undefined }) {
  const config = useConfig();
  const token = useToken();
  if (current?.forCustomers) {
    return (
      <header class="top">
        <span class="brand">Orders and payments</span>
      </header>
    );
  }
  return (
    <header class="top">
      <a class="brand" href="#/">
        Orders and payments
      </a>
      <nav aria-label="Pages">
        <ul>
          {pages.map(
            (page) =>
              page.navigation && (
                <li key={page.path}>
                  <a
                    href={`#${page.path}`}
                    aria-current={isShown(page, current) ? "page" : undefined}
                  >
                    {page.navigation}
                  </a>
                </li>
              ),
          )}
          <li>
            <a href="/docs">API</a>
          </li>
          <li>
            <a href={config.temporal_ui_url} target="_blank" rel="noreferrer">
              Temporal
            </a>
          </li>
        </ul>
      </nav>
      {token && (
        <button type="button" class="quiet" onClick={() => forgetToken()}>
          Sign out
        </button>
      )}
    </header>
  );
}

function isShown(page: Page, current: Page | undefined): boolean {
  return page === current || (page.view !== undefined && page.view === current?.view);
}
