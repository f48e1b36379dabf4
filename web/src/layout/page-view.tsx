import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Page, PageProps } from "../page";
import { setTitle } from "./title";

/** Loads a page's code and shows it. */
export function PageView({ page, parameters }: PageProps & { page: Page }) {
  const [View, setView] = useState<ComponentType<PageProps> | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    setTitle(page.title);
    page.load().then(
      (component) => setView(() => component),
      () => setFailed(true),
    );
  }, [page]);
  if (failed) {
    return <p role="alert">A new version of this page was deployed. Please reload.</p>;
  }
  return View ? <View parameters={parameters} /> : <p role="status">Loading …</p>;
}
