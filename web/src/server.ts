// Where the server is and what it says of itself in the page.

/** Without a slash at the end. The dashboard is at …/tallygate/, also below a path of a reverse proxy. */
export function serverAddress(): string {
  return new URL("..", location.origin + location.pathname).href.replace(/\/$/, "");
}

function metaContent(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
}

export const serverVersion = () => metaContent("tallygate-version");
/** Whether its users and answers are make-believe. */
export const isDemo = () => metaContent("tallygate-demo") === "true";

let serverIsAheadMs = 0;

/** Notes what the server's clock says, from an answer's Date field: this machine's may be wrong. */
export function noteServerTime(date: string | null) {
  const at = Date.parse(date ?? "");
  if (!Number.isNaN(at)) serverIsAheadMs = at - Date.now();
}

/** What the server's clock said when this machine's said `time`; to about a second. */
export function serverTimeAt(time: number): number {
  return Math.abs(serverIsAheadMs) < 2_000 ? time : time + serverIsAheadMs;
}
