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
