// The token of whoever is signed in: in memory, and in session storage so that a reload of this tab keeps it. We put it
// nowhere else: into no cookie, no local storage, no address. (A link that holds one stays in the browser's history.)
import { useSyncExternalStore } from "react";

const KEY = "tallygate.token";

interface Session {
  readonly token: string | null;
  readonly reason: string | null; // why nobody is signed in, for the sign-in page
}

let session: Session = { token: null, reason: null };
const listeners = new Set<() => void>();

function become(next: Session) {
  session = next;
  try {
    if (next.token === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, next.token);
  } catch {
    // No storage: memory alone has it, until a reload.
  }
  for (const listener of listeners) listener();
}

/** Signs in; the server says at the first request whether the token holds. */
export function signIn(token: string) {
  become({ token, reason: null });
}

/** Signs out; `reason` is shown where it was not the user's own wish. */
export function signOut(reason: string | null = null) {
  become({ token: null, reason });
}

export function currentToken(): string | null {
  return session.token;
}

export function useSession(): Session {
  return useSyncExternalStore(subscribe, () => session);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** What was pasted without what comes along: blanks, line breaks, a leading "Bearer". */
export function cleanToken(text: string): string {
  return text.replace(/^\s*(Authorization\s*:)?\s*Bearer\s+/i, "").replace(/\s+/g, "");
}

/** Whether it has the outside of a JSON Web Token: three parts in base64url. */
export function looksLikeToken(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}

/** Begins with the token of a sign-in link (#token=…), else with that of this tab's session. */
export function restoreSession() {
  if (takeTokenFromFragment()) return;
  const kept = keptToken();
  if (kept) session = { token: kept, reason: null };
}

/**
 * For a page that the browser brings back as it was left: whoever has signed out since is not signed in again. Returns
 * whether the token is another one now.
 */
export function resumeSession(): boolean {
  const kept = keptToken();
  if (kept === session.token) return false;
  become({ token: kept, reason: null });
  return true;
}

function keptToken(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null; // no storage: nobody stays signed in
  }
}

/** Takes the token out of the address at once, so that it is neither seen nor bookmarked. */
export function takeTokenFromFragment(): boolean {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given === null) return false;
  history.replaceState(history.state, "", location.pathname + location.search);
  const token = cleanToken(given);
  if (looksLikeToken(token)) signIn(token);
  else signOut("The sign-in link is not whole: what follows #token= is not a token. Copy all of it.");
  return true;
}
