// Where in the dashboard one is, as the address says it: ?view=me, ?user=ID, &days=7. Every view is a link.
import { useMemo, useSyncExternalStore } from "react";

export const PERIODS = [7, 30, 90] as const;
const DEFAULT_DAYS = 30;

export interface Place {
  readonly view: "all" | "me" | "user";
  readonly userId: string; // of view "user"
  readonly days: number;
}

export function parsePlace(search: string): Place {
  const query = new URLSearchParams(search);
  const days = Number(query.get("days"));
  const userId = query.get("user") ?? "";
  return {
    view: userId !== "" ? "user" : query.get("view") === "me" ? "me" : "all",
    userId,
    days: PERIODS.some((period) => period === days) ? days : DEFAULT_DAYS,
  };
}

/** The address of `place`, relative; what is the default is left out. */
export function hrefOf(place: Place): string {
  const query = new URLSearchParams();
  if (place.view === "me") query.set("view", "me");
  if (place.view === "user") query.set("user", place.userId);
  if (place.days !== DEFAULT_DAYS) query.set("days", String(place.days));
  const text = query.toString();
  return text === "" ? location.pathname : `?${text}`;
}

const listeners = new Set<() => void>();

export function goTo(place: Place) {
  history.pushState(null, "", hrefOf(place));
  tell();
}

/** Leaves no trace in the address of what was looked at. */
export function leave() {
  history.replaceState(null, "", location.pathname);
  tell();
}

function tell() {
  for (const listener of listeners) listener();
}

export function usePlace(): Place {
  const search = useSyncExternalStore(subscribe, () => location.search);
  return useMemo(() => parsePlace(search), [search]);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
  };
}
