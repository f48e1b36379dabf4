import { answer, api } from "../api/client";
import { ownCustomer, useToken } from "../api/token";
import { useResource } from "../api/use-resource";
import { pages } from "../pages";
import { match, usePath } from "../router";
import { ConfigContext } from "./config";
import { FaultBanner } from "./fault-banner";
import { Header } from "./header";
import { PageView } from "./page-view";
import { RefusalNote } from "./refusal-note";
import { TokenForm } from "./token-form";

/** The frame around every page. */
export function App() {
  const path = usePath();
  const token = useToken();
  const config = useResource(() => answer(api.GET("/ui-config")), []);
  if (!config.data) {
    return (
      <main class="page">
        {config.refusal ? (
          <RefusalNote refusal={config.refusal} reload={config.reload} />
        ) : (
          <p role="status">Loading …</p>
        )}
      </main>
    );
  }
  const available = pages.filter((page) => config.data?.development_mode || !page.development);
  const page = available.find((candidate) => match(candidate.path, path));
  const needsToken = config.data.auth === "jwt" && !token && !page?.open;
  // Customers may not know of faults, and need not.
  const hasBanner =
    config.data.fault_injection && !needsToken && !ownCustomer() && !page?.forCustomers;
  return (
    <ConfigContext.Provider value={config.data}>
      <button type="button" class="skip" onClick={skip}>
        Skip to the content
      </button>
      <Header pages={available} current={page} />
      {hasBanner && <FaultBanner />}
      <main id="main" class="page" tabIndex={-1}>
        {needsToken ? (
          <TokenForm />
        ) : page ? (
          <PageView
            key={page.view ?? path.split("?")[0]}
            page={page}
            parameters={match(page.path, path) ?? {}}
          />
        ) : (
          <NotFound path={path} />
        )}
      </main>
    </ConfigContext.Provider>
  );
}

function NotFound({ path }: { path: string }) {
  return (
    <>
      <h1>No such page</h1>
      <p>
        There is nothing at <code>{path}</code>. <a href="#/">To the shop</a>
      </p>
    </>
  );
}

/** A link to `#main` would replace the path, which is in the hash. */
function skip() {
  document.getElementById("main")?.focus();
}
