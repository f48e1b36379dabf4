/** Titles the tab: what the page shows, then the name of the whole. */
export function setTitle(shown: string): void {
  document.title = `${shown} · Orders and payments`;
}
